from importlib import import_module

from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_composite (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    score double precision NOT NULL,
    purchases double precision,
    service_use double precision,
    feedback double precision,
    referrals double precision,
    perceived double precision,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_composite (score, customer_id);
"""
PARTS = ("purchases", "service_use", "feedback", "referrals", "perceived")

# What a snapshot holds of answers follows from these tables.
whole = import_module("analytics.migrations.0007_marks_of_whole_tables")
MARKED = ("surveys_answer", "surveys_question")


class Migration(migrations.Migration):
    dependencies = [("analytics", "0024_rule_segments"), ("surveys", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_composite"),
        migrations.CreateModel(
            name="CompositeValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("score", models.FloatField()),
                *((name, models.FloatField(null=True)) for name in PARTS),
            ],
            options={"db_table": "analytics_composite", "managed": False},
        ),
        *(migrations.RunSQL(whole.create_triggers(table, "answers"), whole.drop_triggers(table)) for table in MARKED),
    ]
