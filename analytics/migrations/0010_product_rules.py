import django.contrib.postgres.fields
from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_rules (
    run_id bigint NOT NULL,
    rule integer NOT NULL,
    antecedent_ids bigint[] NOT NULL,
    consequent_id bigint NOT NULL,
    antecedent_count integer NOT NULL,
    consequent_count integer NOT NULL,
    joint_count integer NOT NULL,
    support double precision NOT NULL,
    confidence double precision NOT NULL,
    lift double precision NOT NULL,
    leverage double precision NOT NULL,
    conviction double precision,
    later_joint_count integer,
    later_confidence double precision,
    later_lift double precision,
    PRIMARY KEY (run_id, rule)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_rules USING gin (antecedent_ids);
CREATE INDEX ON analytics_rules (consequent_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0009_recommendation_feedback"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_rules"),
        migrations.CreateModel(
            name="ProductRule",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "rule", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rule", models.IntegerField()),
                (
                    "antecedent_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
                ("consequent_id", models.BigIntegerField()),
                ("antecedent_count", models.IntegerField()),
                ("consequent_count", models.IntegerField()),
                ("joint_count", models.IntegerField()),
                ("support", models.FloatField()),
                ("confidence", models.FloatField()),
                ("lift", models.FloatField()),
                ("leverage", models.FloatField()),
                ("conviction", models.FloatField(null=True)),
                ("later_joint_count", models.IntegerField(null=True)),
                ("later_confidence", models.FloatField(null=True)),
                ("later_lift", models.FloatField(null=True)),
            ],
            options={
                "db_table": "analytics_rules",
                "managed": False,
            },
        ),
    ]
