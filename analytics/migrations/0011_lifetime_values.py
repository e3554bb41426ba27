from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_clv (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    alive_probability double precision NOT NULL,
    expected_basket_minor bigint NOT NULL,
    expected_purchases_3m double precision NOT NULL,
    expected_spend_3m_minor bigint NOT NULL,
    expected_purchases_6m double precision NOT NULL,
    expected_spend_6m_minor bigint NOT NULL,
    expected_purchases_12m double precision NOT NULL,
    expected_spend_12m_minor bigint NOT NULL,
    least_spend_12m_minor bigint NOT NULL,
    most_spend_12m_minor bigint NOT NULL,
    next_purchase_date date,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_clv (expected_spend_12m_minor, customer_id);
CREATE INDEX ON analytics_clv (alive_probability, customer_id);
CREATE INDEX ON analytics_clv (next_purchase_date, customer_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0010_product_rules"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_clv"),
        migrations.CreateModel(
            name="LifetimeValue",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("alive_probability", models.FloatField()),
                ("expected_basket_minor", models.BigIntegerField()),
                ("expected_purchases_3m", models.FloatField()),
                ("expected_spend_3m_minor", models.BigIntegerField()),
                ("expected_purchases_6m", models.FloatField()),
                ("expected_spend_6m_minor", models.BigIntegerField()),
                ("expected_purchases_12m", models.FloatField()),
                ("expected_spend_12m_minor", models.BigIntegerField()),
                ("least_spend_12m_minor", models.BigIntegerField()),
                ("most_spend_12m_minor", models.BigIntegerField()),
                ("next_purchase_date", models.DateField(null=True)),
            ],
            options={
                "db_table": "analytics_clv",
                "managed": False,
            },
        ),
    ]
