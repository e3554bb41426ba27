"""Where the day of the last contact may have stayed behind, that is noted: of all others it is the last one."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

# Each statement is planned anew: one row and a million go different ways.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION customers_latest_contact(customer bigint) RETURNS date LANGUAGE sql AS $$
    -- Locked, so that whoever deletes that row meanwhile waits, and then finds its day kept. Of rows that somebody is
    -- changing nobody knows whether they stay. The days of two may follow each other otherwise than their instants do,
    -- where the zone was changed.
    WITH last_order(at) AS (
        SELECT ordered_at FROM customers_order WHERE customer_id = customer AND kind = 'sale'
        ORDER BY ordered_at DESC LIMIT 1 FOR SHARE SKIP LOCKED
    ), last_event(at) AS (
        SELECT occurred_at FROM customers_event WHERE customer_id = customer
        ORDER BY occurred_at DESC LIMIT 1 FOR SHARE SKIP LOCKED
    )
    SELECT greatest(
        (SELECT ordered_date FROM customers_order
         WHERE customer_id = customer AND kind = 'sale' AND ordered_at >= (SELECT at FROM last_order) - interval '2 days'
         ORDER BY ordered_date DESC LIMIT 1 FOR SHARE SKIP LOCKED),
        (SELECT occurred_date FROM customers_event
         WHERE customer_id = customer AND occurred_at >= (SELECT at FROM last_event) - interval '2 days'
         ORDER BY occurred_date DESC LIMIT 1 FOR SHARE SKIP LOCKED),
        (SELECT happened_date FROM customers_interaction
         WHERE customer_id = customer AND deleted_at IS NULL AND is_contact
         ORDER BY happened_date DESC LIMIT 1 FOR SHARE SKIP LOCKED))
$$;

CREATE OR REPLACE FUNCTION customers_keep_contact_days() RETURNS trigger LANGUAGE plpgsql AS $$
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
        -- Whoever notes an earlier contact at this moment does not know that it may become the last one.
        EXECUTE format(
            'WITH held AS MATERIALIZED (
                SELECT customer_id, day FROM customers_contactday WHERE (customer_id, day) IN (%s)
                ORDER BY customer_id FOR NO KEY UPDATE
            ), found AS MATERIALIZED (
                SELECT customer_id, day AS kept, customers_latest_contact(customer_id) AS day FROM held
            ), unsure AS (
                INSERT INTO customers_unsurecontactday (customer_id)
                SELECT customer_id FROM found WHERE kept IS DISTINCT FROM day
            )
            UPDATE customers_contactday AS kept SET day = found.day FROM found
            WHERE kept.customer_id = found.customer_id AND kept.day IS DISTINCT FROM found.day',
            gone);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        -- Whom another transaction holds is left out, so that nobody waits for an import; but it is noted.
        EXECUTE format(
            'WITH latest AS (
                SELECT customer_id, max(day) AS day FROM (%s) AS came GROUP BY customer_id
            ), later AS MATERIALIZED (
                SELECT customer_id, latest.day FROM customers_contactday AS kept JOIN latest USING (customer_id)
                WHERE kept.day IS NULL OR kept.day < latest.day
            ), free AS MATERIALIZED (
                SELECT customer_id, later.day FROM customers_contactday AS kept JOIN later USING (customer_id)
                FOR NO KEY UPDATE OF kept SKIP LOCKED
            ), unsure AS (
                INSERT INTO customers_unsurecontactday (customer_id)
                SELECT customer_id FROM later EXCEPT SELECT customer_id FROM free
            )
            UPDATE customers_contactday AS kept SET day = free.day FROM free
            WHERE kept.customer_id = free.customer_id AND (kept.day IS NULL OR kept.day < free.day)',
            came);
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION customers_forget_contact_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers_contactday SET day = NULL WHERE day IS NOT NULL;
    INSERT INTO customers_unsurecontactday (customer_id) SELECT customer_id FROM customers_contactday;
    RETURN NULL;
END $$;

-- As `customers_settle_purchase_days`.
CREATE FUNCTION customers_settle_contact_days() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    writing_since timestamptz := (
        SELECT min(coalesce(xact_start, '-infinity')) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND backend_xid IS NOT NULL
          AND pid <> pg_backend_pid());
    unsure record;
    latest date;
BEGIN
    FOR unsure IN
        SELECT customer_id, array_agg(id) AS ids FROM (
            SELECT id, customer_id FROM customers_unsurecontactday
            WHERE asked_at < coalesce(writing_since, 'infinity')
            ORDER BY id LIMIT 5000
        ) AS ripe
        GROUP BY customer_id ORDER BY customer_id
    LOOP
        PERFORM FROM customers_contactday WHERE customer_id = unsure.customer_id FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            latest := customers_latest_contact(unsure.customer_id);
            -- Not before those are done who are changing a contact of theirs.
            IF latest IS NOT DISTINCT FROM greatest(
                (SELECT max(ordered_date) FROM customers_order WHERE customer_id = unsure.customer_id AND kind = 'sale'),
                (SELECT max(occurred_date) FROM customers_event WHERE customer_id = unsure.customer_id),
                (SELECT max(happened_date) FROM customers_interaction
                 WHERE customer_id = unsure.customer_id AND deleted_at IS NULL AND is_contact))
            THEN
                UPDATE customers_contactday SET day = latest
                WHERE customer_id = unsure.customer_id AND (day IS NULL OR day < latest);
                DELETE FROM customers_unsurecontactday WHERE id = ANY (unsure.ids);
            END IF;
        ELSIF NOT EXISTS (SELECT FROM customers_contactday WHERE customer_id = unsure.customer_id) THEN
            DELETE FROM customers_unsurecontactday WHERE id = ANY (unsure.ids);
        END IF;
    END LOOP;
    UPDATE customers_unsurecontactday SET asked_at = clock_timestamp() WHERE asked_at IS NULL;
    RETURN (SELECT count(*) FROM customers_unsurecontactday);
END $$;
"""

FIRST = import_module("customers.migrations.0020_contact_days").FUNCTIONS.partition("CREATE TRIGGER")[0]
BEFORE = FIRST.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")

# Those that have stayed behind until now. Nobody else writes meanwhile.
SETTLE = """
LOCK TABLE customers_order, customers_event, customers_interaction IN SHARE ROW EXCLUSIVE MODE;
UPDATE customers_contactday AS kept SET day = latest.day
FROM (
    SELECT customer_id, max(day) AS day FROM (
        SELECT customer_id, max(ordered_date) AS day FROM customers_order WHERE kind = 'sale' GROUP BY customer_id
        UNION ALL
        SELECT customer_id, max(occurred_date) FROM customers_event GROUP BY customer_id
        UNION ALL
        SELECT customer_id, max(happened_date) FROM customers_interaction
        WHERE deleted_at IS NULL AND is_contact GROUP BY customer_id
    ) AS contact
    GROUP BY customer_id
) AS latest
WHERE kept.customer_id = latest.customer_id AND kept.day IS DISTINCT FROM latest.day
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0023_purchase_days")]

    operations = [
        migrations.CreateModel(
            name="UnsureContactDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "customer",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                ("asked_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "unsure day of contact",
                "verbose_name_plural": "unsure days of contact",
            },
        ),
        migrations.RunSQL(FUNCTIONS, f"{BEFORE} DROP FUNCTION customers_settle_contact_days();"),
        migrations.RunSQL(SETTLE, migrations.RunSQL.noop),
    ]
