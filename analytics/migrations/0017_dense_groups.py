from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_hdbscan (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    cluster smallint NOT NULL,
    strength double precision NOT NULL,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_hdbscan (cluster, customer_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0016_outcomes_of_forecasts"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_hdbscan"),
        migrations.CreateModel(
            name="DenseGroupMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cluster", models.SmallIntegerField()),
                ("strength", models.FloatField()),
            ],
            options={
                "db_table": "analytics_hdbscan",
                "managed": False,
            },
        ),
    ]
