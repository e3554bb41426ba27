"""The indexes that the customer list sorts scores by hold the run, and those of RFM the segment: a list is then read
from one of them, without a row of the table.
"""

from django.db import migrations

RFM = ("weighted_score", "recency_days", "frequency", "monetary_minor")
OTHERS = (
    ("kmeans", "cluster"),
    ("hdbscan", "cluster"),
    ("labels", "label"),
    ("composite", "score"),
    ("clv", "expected_spend_12m_minor"),
    ("clv", "alive_probability"),
    ("clv", "next_purchase_date"),
    ("churn", "churn_probability"),
)


def replace(index: str, table: str, column: str, included: str) -> tuple[str, str]:
    drop, create = f"DROP INDEX {index}", f"CREATE INDEX {index} ON {table} ({column}, customer_id)"
    return f"{drop}; {create} INCLUDE ({included})", f"{drop}; {create}"


class Migration(migrations.Migration):
    dependencies = [("analytics", "0031_switched_off")]

    operations = [
        *(
            migrations.RunSQL(*replace(f"analytics_rfm_{column}", "analytics_rfm", column, "run_id, segment"))
            for column in RFM
        ),
        *(
            migrations.RunSQL(
                *replace(f"analytics_{table}_{column}_customer_id_idx", f"analytics_{table}", column, "run_id")
            )
            for table, column in OTHERS
        ),
    ]
