import django.contrib.postgres.fields
from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_similar (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    similar_ids bigint[] NOT NULL,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0012_churn_scores"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_similar"),
        migrations.CreateModel(
            name="SimilarCustomers",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "similar_ids",
                    django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None),
                ),
            ],
            options={
                "db_table": "analytics_similar",
                "managed": False,
            },
        ),
    ]
