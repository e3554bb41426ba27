from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0021_lifetime_value_ranges"),
    ]

    operations = [
        migrations.AddField(
            model_name="analysissettings",
            name="earlier_params",
            field=models.JSONField(null=True, verbose_name="parameters before"),
        ),
    ]
