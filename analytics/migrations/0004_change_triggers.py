"""Triggers that say which months of facts a statement touched, so that a snapshot reads no others again.

They cost one pass over the changed rows of a statement. See `ChangeMark` for why a mark is never shared.
"""

from django.db import migrations

# `::timestamp` first: date_trunc of a date would go through timestamptz and so through the session's time zone.
FUNCTIONS = """
CREATE FUNCTION analytics_mark_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text := TG_ARGV[0];
    day_column text := TG_ARGV[1];
    changed_rows text[] := CASE TG_OP WHEN 'INSERT' THEN '{new_rows}' WHEN 'DELETE' THEN '{old_rows}'
                                      ELSE '{old_rows,new_rows}' END;
    changed_days text;
BEGIN
    SELECT string_agg(format('SELECT %I AS day FROM %I', day_column, name), ' UNION ALL ')
        INTO changed_days FROM unnest(changed_rows) AS name;
    EXECUTE format(
        'INSERT INTO analytics_changemark (kind, month)
         SELECT DISTINCT %L, date_trunc(''month'', day::timestamp)::date FROM (%s) AS changed', kind, changed_days);
    RETURN NULL;
END $$;

CREATE FUNCTION analytics_mark_days_of_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text := TG_ARGV[0];
    changed_rows text[] := CASE TG_OP WHEN 'INSERT' THEN '{new_rows}' WHEN 'DELETE' THEN '{old_rows}'
                                      ELSE '{old_rows,new_rows}' END;
    changed_orders text;
BEGIN
    SELECT string_agg(format('SELECT order_id FROM %I', name), ' UNION ')
        INTO changed_orders FROM unnest(changed_rows) AS name;
    EXECUTE format(
        'INSERT INTO analytics_changemark (kind, month)
         SELECT DISTINCT %L, date_trunc(''month'', o.ordered_date::timestamp)::date
         FROM (%s) AS changed JOIN customers_order AS o ON o.id = changed.order_id', kind, changed_orders);
    RETURN NULL;
END $$;

CREATE FUNCTION analytics_mark_all_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_changemark (kind, month) VALUES (TG_ARGV[0], NULL);
    RETURN NULL;
END $$;
"""

DROP_FUNCTIONS = """
DROP FUNCTION analytics_mark_days();
DROP FUNCTION analytics_mark_days_of_orders();
DROP FUNCTION analytics_mark_all_days();
"""

# Table, and the call that marks its days.
MARKED = (
    ("customers_order", "analytics_mark_days('orders', 'ordered_date')"),
    ("customers_orderline", "analytics_mark_days_of_orders('lines')"),
    ("customers_refund", "analytics_mark_days('refunds', 'refunded_date')"),
    ("customers_event", "analytics_mark_days('events', 'occurred_date')"),
)
KINDS = {
    "customers_order": "orders",
    "customers_orderline": "lines",
    "customers_refund": "refunds",
    "customers_event": "events",
}
# PostgreSQL allows transition tables for one event a trigger only.
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def create_triggers(table: str, call: str) -> str:
    on_rows = [
        f"CREATE TRIGGER analytics_mark_{event} AFTER {event} ON {table} {transition}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {call};"
        for event, transition in TRANSITIONS.items()
    ]
    on_truncate = (
        f"CREATE TRIGGER analytics_mark_truncate AFTER TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_all_days('{KINDS[table]}');"
    )
    return "\n".join([*on_rows, on_truncate])


def drop_triggers(table: str) -> str:
    return "\n".join(f"DROP TRIGGER analytics_mark_{event} ON {table};" for event in (*TRANSITIONS, "truncate"))


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_result_tables"), ("customers", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(migrations.RunSQL(create_triggers(table, call), drop_triggers(table)) for table, call in MARKED),
    ]
