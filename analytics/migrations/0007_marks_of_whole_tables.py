"""Triggers that say whether a table that a snapshot reads as a whole changed, so that it is not read again unchanged."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION analytics_mark_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed boolean;
BEGIN
    -- A statement that touched no row fires too: importers send such.
    IF TG_OP = 'DELETE' THEN
        SELECT EXISTS (SELECT FROM old_rows) INTO changed;
    ELSE
        SELECT EXISTS (SELECT FROM new_rows) INTO changed;
    END IF;
    IF changed THEN
        INSERT INTO analytics_changemark (kind, month) VALUES (TG_ARGV[0], NULL);
    END IF;
    RETURN NULL;
END $$;
"""

# Table, and the kind of its marks.
MARKED = (
    ("customers_customer", "customers"),
    ("customers_address", "customers"),
    ("customers_product", "products"),
)
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def create_triggers(table: str, kind: str) -> str:
    on_rows = [
        f"CREATE TRIGGER analytics_mark_{event} AFTER {event} ON {table} {transition}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_whole('{kind}');"
        for event, transition in TRANSITIONS.items()
    ]
    on_truncate = (
        f"CREATE TRIGGER analytics_mark_truncate AFTER TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_all_days('{kind}');"
    )
    return "\n".join([*on_rows, on_truncate])


def drop_triggers(table: str) -> str:
    return "\n".join(f"DROP TRIGGER analytics_mark_{event} ON {table};" for event in (*TRANSITIONS, "truncate"))


class Migration(migrations.Migration):
    dependencies = [("analytics", "0006_run_summaries"), ("customers", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION analytics_mark_whole();"),
        *(migrations.RunSQL(create_triggers(table, kind), drop_triggers(table)) for table, kind in MARKED),
    ]
