import django.contrib.postgres.fields
from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_churn (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    churn_probability double precision NOT NULL,
    band varchar(10) NOT NULL,
    reasons varchar(16)[] NOT NULL,
    contributions double precision[] NOT NULL,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_churn (churn_probability, customer_id);
CREATE INDEX ON analytics_churn (band, customer_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0011_lifetime_values"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_churn"),
        migrations.CreateModel(
            name="ChurnScore",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("churn_probability", models.FloatField()),
                ("band", models.CharField(max_length=10)),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None),
                ),
                ("contributions", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
            ],
            options={
                "db_table": "analytics_churn",
                "managed": False,
            },
        ),
    ]
