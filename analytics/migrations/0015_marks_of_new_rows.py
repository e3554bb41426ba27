"""Inserted facts are marked by their ids instead of their month: a snapshot then reads these rows and no others."""

from django.db import migrations, models

# One pass over the new rows; they are sorted only where others drew numbers from the sequence in between.
MARK_NEW_ROWS = """
CREATE FUNCTION analytics_mark_new_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text := TG_ARGV[0];
    first bigint;
    last bigint;
    inserted bigint;
BEGIN
    SELECT min(id), max(id), count(*) INTO first, last, inserted FROM new_rows;
    IF last - first + 1 = inserted THEN
        INSERT INTO analytics_changemark (kind, first_new_id, last_new_id) VALUES (kind, first, last);
    ELSIF inserted > 0 THEN
        INSERT INTO analytics_changemark (kind, first_new_id, last_new_id)
        SELECT kind, min(id), max(id)
        FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS gaps_before FROM new_rows) AS numbered
        GROUP BY gaps_before;
    END IF;
    RETURN NULL;
END $$;
"""

# Table, the kind of its marks, and the call that marked what was inserted until now.
MARKED = (
    ("customers_order", "orders", "analytics_mark_days('orders', 'ordered_date')"),
    ("customers_orderline", "lines", "analytics_mark_days_of_orders('lines')"),
    ("customers_refund", "refunds", "analytics_mark_days('refunds', 'refunded_date')"),
    ("customers_event", "events", "analytics_mark_days('events', 'occurred_date')"),
)


def replace_trigger(table: str, call: str) -> str:
    return (
        f"DROP TRIGGER analytics_mark_insert ON {table};"
        f" CREATE TRIGGER analytics_mark_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {call};"
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0014_distributions"), ("customers", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="changemark",
            options={
                "verbose_name": "change since the last snapshot",
                "verbose_name_plural": "changes since the last snapshot",
            },
        ),
        migrations.AddField("changemark", "first_new_id", models.BigIntegerField(null=True)),
        migrations.AddField("changemark", "last_new_id", models.BigIntegerField(null=True)),
        migrations.AddConstraint(
            "changemark",
            models.CheckConstraint(
                condition=models.Q(first_new_id=None, last_new_id=None)
                | models.Q(month=None, first_new_id__lte=models.F("last_new_id")),
                name="mark_of_rows_or_month",
            ),
        ),
        migrations.RunSQL(MARK_NEW_ROWS, "DROP FUNCTION analytics_mark_new_rows();"),
        *(
            migrations.RunSQL(
                replace_trigger(table, f"analytics_mark_new_rows('{kind}')"), replace_trigger(table, earlier)
            )
            for table, kind, earlier in MARKED
        ),
    ]
