"""Marks of changed customers and addresses say whose these are, so that of all others a snapshot tells the present."""

from importlib import import_module

from django.db import migrations

# A statement about more rows is one about everybody.
MOST_ROWS = 20_000

# Whose row it is, and what else of it lists are told by the snapshot: who has nothing of it changed is not named.
CUSTOMER = "id", "kind, lifecycle, sex, owner_id, team_id, source, customer_since"
ADDRESS = "customer_id", "id, country, region, is_primary, deleted_at IS NULL"

# Differences of sets, which take the same time for each row however many there are.
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed boolean;
    are_few boolean;
    named bigint[];
BEGIN
    -- A statement that touched no row fires too: importers send such.
    IF TG_OP = 'DELETE' THEN
        SELECT count(*) > 0, count(*) <= {most} INTO changed, are_few
            FROM (SELECT FROM old_rows LIMIT {most} + 1) AS counted;
    ELSE
        SELECT count(*) > 0, count(*) <= {most} INTO changed, are_few
            FROM (SELECT FROM new_rows LIMIT {most} + 1) AS counted;
    END IF;
    IF NOT changed THEN
        RETURN NULL;
    END IF;
    IF NOT are_few THEN
        named := NULL;
    ELSIF TG_OP = 'INSERT' THEN
        named := ARRAY(SELECT DISTINCT {whose} FROM new_rows);
    ELSIF TG_OP = 'DELETE' THEN
        named := ARRAY(SELECT DISTINCT {whose} FROM old_rows);
    ELSE
        named := ARRAY(
            SELECT DISTINCT {whose} FROM (
                (SELECT {whose}, {told} FROM new_rows EXCEPT SELECT {whose}, {told} FROM old_rows)
                UNION ALL
                (SELECT {whose}, {told} FROM old_rows EXCEPT SELECT {whose}, {told} FROM new_rows)
            ) AS differing
        );
    END IF;
    INSERT INTO analytics_changemark (kind, month, whose) VALUES ('customers', NULL, named);
    RETURN NULL;
END $$;
"""
TRIGGER = (
    "DROP TRIGGER analytics_mark_{event} ON {table};"
    " CREATE TRIGGER analytics_mark_{event} AFTER {event} ON {table} REFERENCING {rows}"
    " FOR EACH STATEMENT EXECUTE FUNCTION {name}();"
)
ROWS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}
_BEFORE = import_module("analytics.migrations.0007_marks_of_whole_tables")


def marks(table: str, name: str, whose: str, told: str) -> migrations.RunSQL:
    triggers = [TRIGGER.format(event=event, table=table, rows=rows, name=name) for event, rows in ROWS.items()]
    before = [
        _BEFORE.drop_triggers(table),
        _BEFORE.create_triggers(table, "customers"),
        f"DROP FUNCTION {name}();",
    ]
    function = FUNCTION.format(name=name, whose=whose, told=told, most=MOST_ROWS)
    return migrations.RunSQL("\n".join([function, *triggers]), "\n".join(before))


class Migration(migrations.Migration):
    dependencies = [("analytics", "0035_whose_changes")]

    operations = [
        marks("customers_customer", "analytics_mark_customers", *CUSTOMER),
        marks("customers_address", "analytics_mark_addresses", *ADDRESS),
    ]
