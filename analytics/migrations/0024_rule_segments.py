from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_rule_segments (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    segment_id bigint NOT NULL,
    PRIMARY KEY (run_id, customer_id, segment_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_rule_segments (segment_id, customer_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0023_learning_weekly"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_rule_segments"),
        migrations.CreateModel(
            name="RuleSegmentMember",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id",
                        "customer_id",
                        "segment_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("segment_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "analytics_rule_segments",
                "managed": False,
            },
        ),
    ]
