"""The tables of results, one partition for each run.

A partition is filled and indexed before it is attached, so what stands here as an index is what each partition brings.
"""

from django.db import migrations

RFM = """
CREATE TABLE analytics_rfm (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    recency_days integer,
    frequency integer NOT NULL,
    monetary_minor bigint NOT NULL,
    r_score smallint,
    f_score smallint,
    m_score smallint,
    weighted_score double precision,
    segment varchar(24) NOT NULL,
    lifecycle_class varchar(16) NOT NULL,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_rfm (weighted_score DESC NULLS LAST, customer_id DESC);
CREATE INDEX ON analytics_rfm (monetary_minor DESC NULLS LAST, customer_id DESC);
CREATE INDEX ON analytics_rfm (segment, customer_id);
"""

KMEANS = """
CREATE TABLE analytics_kmeans (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    cluster smallint NOT NULL,
    distance double precision NOT NULL,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
CREATE INDEX ON analytics_kmeans (cluster, customer_id);
"""

RECOMMENDATIONS = """
CREATE TABLE analytics_recommendations (
    run_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    product_ids bigint[] NOT NULL,
    scores double precision[] NOT NULL,
    reason_product_ids bigint[] NOT NULL,
    reason_shares double precision[] NOT NULL,
    PRIMARY KEY (run_id, customer_id)
) PARTITION BY LIST (run_id);
"""

DAILY = """
CREATE TABLE analytics_daily (
    run_id bigint NOT NULL,
    day date NOT NULL,
    orders integer NOT NULL,
    anonymous_orders integer NOT NULL,
    buyers integer NOT NULL,
    new_buyers integer NOT NULL,
    returning_buyers integer NOT NULL,
    month_buyers integer NOT NULL,
    gross_minor bigint NOT NULL,
    refunds integer NOT NULL,
    refunded_minor bigint NOT NULL,
    PRIMARY KEY (run_id, day)
) PARTITION BY LIST (run_id);
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_marks_and_days")]

    operations = [
        migrations.RunSQL(create, f"DROP TABLE analytics_{name}")
        for name, create in (("rfm", RFM), ("kmeans", KMEANS), ("recommendations", RECOMMENDATIONS), ("daily", DAILY))
    ]
