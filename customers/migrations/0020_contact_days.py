"""A day of contact is kept for each customer, by triggers on all that counts as one; see `ContactDay`."""

import django.db.models.deletion
from django.db import migrations, models

# The rows that count, as `customers.filters.conditions.contact_sources` says it: table, column of the day, condition.
SOURCES = (
    ("customers_order", "ordered_date", "kind = 'sale'"),
    ("customers_event", "occurred_date", "true"),
    ("customers_interaction", "happened_date", "deleted_at IS NULL AND is_contact"),
)

# Each statement is planned anew: one row and a million go different ways.
FUNCTIONS = """
CREATE FUNCTION customers_latest_contact(customer bigint) RETURNS date LANGUAGE sql AS $$
    -- Locked, so that whoever deletes that row meanwhile waits, and then finds its day kept. Of rows that somebody is
    -- changing nobody knows whether they stay.
    SELECT greatest(
        (SELECT ordered_date FROM customers_order WHERE customer_id = customer AND kind = 'sale'
         ORDER BY ordered_at DESC LIMIT 1 FOR SHARE SKIP LOCKED),
        (SELECT occurred_date FROM customers_event WHERE customer_id = customer
         ORDER BY occurred_at DESC LIMIT 1 FOR SHARE SKIP LOCKED),
        (SELECT happened_date FROM customers_interaction
         WHERE customer_id = customer AND deleted_at IS NULL AND is_contact
         ORDER BY happened_date DESC LIMIT 1 FOR SHARE SKIP LOCKED))
$$;

CREATE FUNCTION customers_keep_contact_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    contacts text := format('SELECT customer_id, %I AS day FROM %%s WHERE customer_id IS NOT NULL AND %s',
                            TG_ARGV[0], TG_ARGV[1]);
    came text := format(contacts, 'new_rows');
    gone text := format(contacts, 'old_rows');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came := format('(%s) EXCEPT (%s)', format(contacts, 'new_rows'), format(contacts, 'old_rows'));
        gone := format('(%s) EXCEPT (%s)', format(contacts, 'old_rows'), format(contacts, 'new_rows'));
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE format(
            'WITH held AS MATERIALIZED (
                SELECT customer_id FROM customers_contactday WHERE (customer_id, day) IN (%s)
                ORDER BY customer_id FOR NO KEY UPDATE
            )
            UPDATE customers_contactday AS kept SET day = customers_latest_contact(held.customer_id)
            FROM held WHERE kept.customer_id = held.customer_id',
            gone);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        -- Whom another transaction holds is left out: an earlier day is right too, and nobody waits for an import.
        EXECUTE format(
            'WITH latest AS (
                SELECT customer_id, max(day) AS day FROM (%s) AS came GROUP BY customer_id
            ), free AS MATERIALIZED (
                SELECT kept.customer_id, latest.day FROM customers_contactday AS kept JOIN latest USING (customer_id)
                WHERE kept.day IS NULL OR kept.day < latest.day
                FOR NO KEY UPDATE OF kept SKIP LOCKED
            )
            UPDATE customers_contactday AS kept SET day = free.day FROM free WHERE kept.customer_id = free.customer_id',
            came);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION customers_forget_contact_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers_contactday SET day = NULL WHERE day IS NOT NULL;
    RETURN NULL;
END $$;

CREATE FUNCTION customers_begin_contact_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_contactday (customer_id) SELECT id FROM new_rows ORDER BY id
    ON CONFLICT (customer_id) DO UPDATE SET day = NULL;
    RETURN NULL;
END $$;

CREATE TRIGGER contact_days_begin AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers_begin_contact_days();
"""
DROP_FUNCTIONS = """
DROP TRIGGER contact_days_begin ON customers_customer;
DROP FUNCTION customers_begin_contact_days();
DROP FUNCTION customers_forget_contact_days();
DROP FUNCTION customers_keep_contact_days();
DROP FUNCTION customers_latest_contact(bigint);
"""

# PostgreSQL allows transition tables for one event a trigger only.
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def create_triggers(table: str, day: str, condition: str) -> str:
    quoted = condition.replace("'", "''")
    on_rows = [
        f"CREATE TRIGGER contact_days_{event} AFTER {event} ON {table} {transition}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION customers_keep_contact_days('{day}', '{quoted}');"
        for event, transition in TRANSITIONS.items()
    ]
    on_truncate = (
        f"CREATE TRIGGER contact_days_truncate AFTER TRUNCATE ON {table}"
        " FOR EACH STATEMENT EXECUTE FUNCTION customers_forget_contact_days();"
    )
    return "\n".join([*on_rows, on_truncate])


def drop_triggers(table: str) -> str:
    return "\n".join(f"DROP TRIGGER contact_days_{event} ON {table};" for event in (*TRANSITIONS, "truncate"))


# Behind the triggers, whose tables nobody else writes until the end: no contact falls between the two.
LATEST_BY_SOURCE = " UNION ALL ".join(
    f"SELECT customer_id, max({day}) AS day FROM {table} WHERE {condition} GROUP BY customer_id"  # noqa: S608
    for table, day, condition in SOURCES
)
FILL = f"""
INSERT INTO customers_contactday (customer_id, day)
SELECT customer.id, latest.day
FROM customers_customer AS customer
LEFT JOIN (
    SELECT customer_id, max(day) AS day FROM ({LATEST_BY_SOURCE}) AS contact GROUP BY customer_id
) AS latest ON latest.customer_id = customer.id
"""  # noqa: S608  # out of our own words


class Migration(migrations.Migration):
    dependencies = [("customers", "0019_texts_that_sort")]

    operations = [
        migrations.CreateModel(
            name="ContactDay",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="contact_day",
                        serialize=False,
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                ("day", models.DateField(null=True, verbose_name="day")),
            ],
            options={"verbose_name": "day of contact", "verbose_name_plural": "days of contact"},
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        *(migrations.RunSQL(create_triggers(*source), drop_triggers(source[0])) for source in SOURCES),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="contactday",
            index=models.Index(fields=["day", "customer"], name="contact_day_of_customer"),
        ),
    ]
