from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0026_refreshed_segments")]

    operations = [
        migrations.RenameField("forecastoutcome", "customers", "cases"),
        migrations.AddField("forecastoutcome", "inside", models.FloatField(null=True)),
    ]
