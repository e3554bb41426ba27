from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_labels (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    label varchar(60) NOT NULL,
    probability double precision,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_labels (label, customer_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0017_dense_groups"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_labels"),
        migrations.CreateModel(
            name="LearnedLabel",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("label", models.CharField(max_length=60)),
                ("probability", models.FloatField(null=True)),
            ],
            options={
                "db_table": "analytics_labels",
                "managed": False,
            },
        ),
    ]
