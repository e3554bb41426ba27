import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_nightly_recompute")]

    operations = [
        migrations.CreateModel(
            name="RunSummary",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("rows", models.JSONField()),
                (
                    "earlier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="analytics.run",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="summaries",
                        to="analytics.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "sums of a run",
                "verbose_name_plural": "sums of runs",
                "constraints": [models.UniqueConstraint(fields=("run", "name"), name="run_summary_once")],
            },
        ),
    ]
