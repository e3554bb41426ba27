"""One plain index for each score that the customer list sorts by: read forwards and backwards, it leads both ways.

Empty values are asked for apart (core.paging), so their place in the index does not matter.
"""

from django.db import migrations

SCORES = ("weighted_score", "recency_days", "frequency", "monetary_minor")
FORWARDS = [
    "DROP INDEX analytics_rfm_weighted_score_customer_id_idx",
    "DROP INDEX analytics_rfm_monetary_minor_customer_id_idx",
    *(f"CREATE INDEX analytics_rfm_{score} ON analytics_rfm ({score}, customer_id)" for score in SCORES),
]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0007_marks_of_whole_tables")]
    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
