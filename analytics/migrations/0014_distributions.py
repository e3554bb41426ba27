from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0013_similar_customers"),
    ]

    operations = [
        migrations.AddField(
            model_name="run",
            name="distributions",
            field=models.JSONField(default=dict, verbose_name="distributions"),
        ),
    ]
