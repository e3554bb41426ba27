import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0015_marks_of_new_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="ForecastOutcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("forecast", models.CharField(max_length=40)),
                ("until", models.DateField()),
                ("customers", models.PositiveIntegerField()),
                ("said", models.FloatField()),
                ("became", models.FloatField()),
                ("squared_error", models.FloatField()),
                ("calibration", models.JSONField(default=list)),
                ("compared_at", models.DateTimeField(auto_now_add=True)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outcomes",
                        to="analytics.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "outcome of a forecast",
                "verbose_name_plural": "outcomes of forecasts",
                "constraints": [models.UniqueConstraint(fields=("run", "forecast"), name="forecast_outcome_once")],
            },
        ),
    ]
