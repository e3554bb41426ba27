import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0032_lists_read_from_indexes_of_scores"),
    ]

    operations = [
        migrations.CreateModel(
            name="JudgedCustomers",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("forecast", models.CharField(blank=True, max_length=40)),
                ("customers", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="judged_customers",
                        to="analytics.run",
                    ),
                ),
            ],
            options={
                "verbose_name": "customers whom a run was judged on",
                "verbose_name_plural": "customers whom runs were judged on",
                "constraints": [models.UniqueConstraint(fields=("run", "forecast"), name="judged_customers_once")],
            },
        ),
    ]
