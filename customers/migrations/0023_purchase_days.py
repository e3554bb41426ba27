"""The day of the last purchase is kept for each customer, by triggers on orders and refunds; see `PurchaseDay`."""

import datetime as dt

import django.db.models.deletion
from django.db import migrations, models

# Each statement is planned anew: one row and a million go different ways.
FUNCTIONS = """
CREATE FUNCTION customers_latest_purchase(customer bigint) RETURNS date LANGUAGE sql AS $$
    -- Locked, so that whoever changes that row meanwhile waits, and then finds its day kept. Of rows that somebody is
    -- changing nobody knows whether they stay. The days of two orders may follow each other otherwise than their
    -- instants do, where the zone was changed.
    WITH latest AS (
        SELECT ordered_at FROM customers_order AS sale
        WHERE customer_id = customer AND kind = 'sale' AND total_base_minor > (
            SELECT coalesce(sum(total_base_minor), 0) FROM customers_refund WHERE order_id = sale.id)
        ORDER BY ordered_at DESC LIMIT 1 FOR SHARE SKIP LOCKED
    ), last AS (
        SELECT ordered_date FROM customers_order AS sale
        WHERE customer_id = customer AND kind = 'sale' AND total_base_minor > (
            SELECT coalesce(sum(total_base_minor), 0) FROM customers_refund WHERE order_id = sale.id)
          AND ordered_at >= (SELECT ordered_at FROM latest) - interval '2 days'
        ORDER BY ordered_date DESC LIMIT 1 FOR SHARE SKIP LOCKED
    )
    SELECT coalesce((SELECT ordered_date FROM last), '0001-01-01')
$$;

-- Statements, which the triggers execute: only they know what was written.
-- Of whom the day is held by somebody else is left out, so that nobody waits for an import; but it is noted.
CREATE FUNCTION customers_raise_purchase_days(sales text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN format(
        'WITH sale AS (%s), latest AS (
            SELECT customer_id, max(ordered_date) AS day FROM sale
            WHERE total_base_minor > (
                SELECT coalesce(sum(total_base_minor), 0) FROM customers_refund WHERE order_id = sale.id)
            GROUP BY customer_id
        ), later AS MATERIALIZED (
            SELECT customer_id, latest.day FROM customers_purchaseday AS kept JOIN latest USING (customer_id)
            WHERE kept.day < latest.day
        ), free AS MATERIALIZED (
            SELECT customer_id, later.day FROM customers_purchaseday AS kept JOIN later USING (customer_id)
            FOR NO KEY UPDATE OF kept SKIP LOCKED
        ), held AS (
            INSERT INTO customers_unsurepurchaseday (customer_id)
            SELECT customer_id FROM later EXCEPT SELECT customer_id FROM free
        )
        UPDATE customers_purchaseday AS kept SET day = free.day FROM free
        WHERE kept.customer_id = free.customer_id AND kept.day < free.day',
        sales);
END $$;

-- Whoever writes an earlier purchase at this moment does not know that it may become the last one: so it is unsure.
CREATE FUNCTION customers_reset_purchase_days(customers text, are_unsure boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN format(
        'WITH held AS MATERIALIZED (
            SELECT customer_id, day FROM customers_purchaseday AS kept WHERE %s
            ORDER BY customer_id FOR NO KEY UPDATE
        ), found AS MATERIALIZED (
            SELECT customer_id, held.day AS kept, customers_latest_purchase(customer_id) AS day FROM held
        ), unsure AS (
            INSERT INTO customers_unsurepurchaseday (customer_id)
            SELECT customer_id FROM found WHERE %L OR kept <> day
        )
        UPDATE customers_purchaseday AS kept SET day = found.day FROM found
        WHERE kept.customer_id = found.customer_id AND kept.day <> found.day',
        customers, are_unsure);
END $$;

CREATE FUNCTION customers_keep_purchase_days() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sales text := 'SELECT id, customer_id, ordered_date, total_base_minor FROM %s'
                  ' WHERE kind = ''sale'' AND customer_id IS NOT NULL';
    came text := format(sales, 'new_rows');
    gone text := format(sales, 'old_rows');
BEGIN
    IF TG_OP = 'UPDATE' THEN
        came := format('(%s) EXCEPT (%s)', format(sales, 'new_rows'), format(sales, 'old_rows'));
        gone := format('(%s) EXCEPT (%s)', format(sales, 'old_rows'), format(sales, 'new_rows'));
    END IF;
    IF TG_OP <> 'INSERT' THEN
        EXECUTE customers_reset_purchase_days(
            format('(customer_id, day) IN (SELECT customer_id, ordered_date FROM (%s) AS gone)', gone), false);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE customers_raise_purchase_days(came);
    END IF;
    RETURN NULL;
END $$;

-- The orders are locked: whoever changes them meanwhile waits, and nobody takes one of them for the last purchase.
CREATE FUNCTION customers_keep_purchase_days_of_refunds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    orders text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT order_id FROM new_rows'
        WHEN 'DELETE' THEN 'SELECT order_id FROM old_rows'
        ELSE 'SELECT order_id FROM ('
             '(SELECT id, order_id, total_base_minor FROM new_rows'
             ' EXCEPT SELECT id, order_id, total_base_minor FROM old_rows) UNION ALL '
             '(SELECT id, order_id, total_base_minor FROM old_rows'
             ' EXCEPT SELECT id, order_id, total_base_minor FROM new_rows)) AS changed'
        END;
    refunded bigint[];
BEGIN
    EXECUTE format(
        'SELECT array_agg(id) FROM (
            SELECT id FROM customers_order WHERE id IN (%s) ORDER BY id FOR NO KEY UPDATE
        ) AS refunded',
        orders) INTO refunded;
    IF TG_OP = 'INSERT' THEN
        EXECUTE customers_reset_purchase_days(format(
            '(customer_id, day) IN (SELECT customer_id, ordered_date FROM customers_order WHERE id = ANY (%L))',
            refunded), false);
    ELSIF refunded IS NOT NULL THEN
        EXECUTE customers_reset_purchase_days(format(
            'customer_id IN (SELECT customer_id FROM customers_order WHERE id = ANY (%L))', refunded), true);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION customers_forget_purchase_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE customers_purchaseday SET day = '0001-01-01' WHERE day <> '0001-01-01';
    RETURN NULL;
END $$;

CREATE FUNCTION customers_doubt_purchase_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_unsurepurchaseday (customer_id) SELECT customer_id FROM customers_purchaseday;
    RETURN NULL;
END $$;

CREATE FUNCTION customers_begin_purchase_days() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO customers_purchaseday (customer_id, day) SELECT id, '0001-01-01' FROM new_rows ORDER BY id
    ON CONFLICT (customer_id) DO UPDATE SET day = excluded.day;
    RETURN NULL;
END $$;

-- How many are still unsure. A day is only raised here: one that is kept is a day of a purchase.
CREATE FUNCTION customers_settle_purchase_days() RETURNS bigint LANGUAGE plpgsql AS $$
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
            SELECT id, customer_id FROM customers_unsurepurchaseday
            WHERE asked_at < coalesce(writing_since, 'infinity')
            ORDER BY id LIMIT 5000
        ) AS ripe
        GROUP BY customer_id ORDER BY customer_id
    LOOP
        PERFORM FROM customers_purchaseday WHERE customer_id = unsure.customer_id FOR NO KEY UPDATE SKIP LOCKED;
        IF FOUND THEN
            latest := customers_latest_purchase(unsure.customer_id);
            -- Not before those are done who are changing an order of theirs.
            IF NOT EXISTS (
                SELECT FROM customers_order AS sale
                WHERE customer_id = unsure.customer_id AND kind = 'sale' AND ordered_date > latest
                  AND total_base_minor > (
                    SELECT coalesce(sum(total_base_minor), 0) FROM customers_refund WHERE order_id = sale.id)
            ) THEN
                UPDATE customers_purchaseday SET day = latest
                WHERE customer_id = unsure.customer_id AND day < latest;
                DELETE FROM customers_unsurepurchaseday WHERE id = ANY (unsure.ids);
            END IF;
        ELSIF NOT EXISTS (SELECT FROM customers_purchaseday WHERE customer_id = unsure.customer_id) THEN
            DELETE FROM customers_unsurepurchaseday WHERE id = ANY (unsure.ids);
        END IF;
    END LOOP;
    UPDATE customers_unsurepurchaseday SET asked_at = clock_timestamp() WHERE asked_at IS NULL;
    RETURN (SELECT count(*) FROM customers_unsurepurchaseday);
END $$;

-- Of all customers, of whom none has a day yet.
CREATE FUNCTION customers_fill_purchase_days() RETURNS void LANGUAGE sql AS $$
    INSERT INTO customers_purchaseday (customer_id, day)
    SELECT customer.id, coalesce(latest.day, '0001-01-01')
    FROM customers_customer AS customer
    LEFT JOIN (
        SELECT customer_id, max(ordered_date) AS day
        FROM customers_order AS sale
        LEFT JOIN (
            SELECT order_id, sum(total_base_minor) AS minor FROM customers_refund
            WHERE order_id IS NOT NULL GROUP BY order_id
        ) AS refunded ON refunded.order_id = sale.id
        WHERE kind = 'sale' AND customer_id IS NOT NULL AND total_base_minor > coalesce(refunded.minor, 0)
        GROUP BY customer_id
    ) AS latest ON latest.customer_id = customer.id
$$;

CREATE TRIGGER purchase_days_begin AFTER INSERT ON customers_customer REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION customers_begin_purchase_days();
CREATE TRIGGER purchase_days_truncate AFTER TRUNCATE ON customers_order
    FOR EACH STATEMENT EXECUTE FUNCTION customers_forget_purchase_days();
CREATE TRIGGER purchase_days_truncate AFTER TRUNCATE ON customers_refund
    FOR EACH STATEMENT EXECUTE FUNCTION customers_doubt_purchase_days();
"""
DROP_FUNCTIONS = """
DROP TRIGGER purchase_days_truncate ON customers_refund;
DROP TRIGGER purchase_days_truncate ON customers_order;
DROP TRIGGER purchase_days_begin ON customers_customer;
DROP FUNCTION customers_fill_purchase_days();
DROP FUNCTION customers_settle_purchase_days();
DROP FUNCTION customers_begin_purchase_days();
DROP FUNCTION customers_doubt_purchase_days();
DROP FUNCTION customers_forget_purchase_days();
DROP FUNCTION customers_keep_purchase_days_of_refunds();
DROP FUNCTION customers_keep_purchase_days();
DROP FUNCTION customers_reset_purchase_days(text, boolean);
DROP FUNCTION customers_raise_purchase_days(text);
DROP FUNCTION customers_latest_purchase(bigint);
"""

# PostgreSQL allows transition tables for one event a trigger only.
TRANSITIONS = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}


def triggers(table: str, function: str) -> migrations.RunSQL:
    create = [
        f"CREATE TRIGGER purchase_days_{event} AFTER {event} ON {table} {transition}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {function}();"
        for event, transition in TRANSITIONS.items()
    ]
    return migrations.RunSQL(
        "\n".join(create), "\n".join(f"DROP TRIGGER purchase_days_{event} ON {table};" for event in TRANSITIONS)
    )


# The key holds the day: a list asks it of thousands of customers, without a row of them.
KEY = (
    "ALTER TABLE customers_purchaseday DROP CONSTRAINT customers_purchaseday_pkey,"
    " ADD CONSTRAINT customers_purchaseday_pkey PRIMARY KEY (customer_id)"
)
# Every order makes a page of them one that is not known to be visible to all, and the list reads the key alone.
VACUUM = "autovacuum_vacuum_scale_factor"
OFTEN = "; ".join(
    f"ALTER TABLE {table} SET ({VACUUM} = 0.01)" for table in ("customers_contactday", "customers_purchaseday")
)
SELDOM = f"ALTER TABLE customers_contactday RESET ({VACUUM})"


class Migration(migrations.Migration):
    dependencies = [("customers", "0022_cities_in_an_index")]

    operations = [
        migrations.CreateModel(
            name="PurchaseDay",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="purchase_day",
                        serialize=False,
                        to="customers.customer",
                        verbose_name="customer",
                    ),
                ),
                ("day", models.DateField(default=dt.date.min, verbose_name="day")),
            ],
            options={
                "verbose_name": "day of the last purchase",
                "verbose_name_plural": "days of the last purchase",
            },
        ),
        migrations.CreateModel(
            name="UnsurePurchaseDay",
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
                "verbose_name": "unsure day of the last purchase",
                "verbose_name_plural": "unsure days of the last purchase",
            },
        ),
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        triggers("customers_order", "customers_keep_purchase_days"),
        triggers("customers_refund", "customers_keep_purchase_days_of_refunds"),
        # Behind the triggers, whose tables nobody else writes until the end: no purchase falls between the two.
        migrations.RunSQL("SELECT customers_fill_purchase_days()", migrations.RunSQL.noop),
        migrations.RunSQL(f"{KEY} INCLUDE (day)", KEY),
        migrations.RunSQL(OFTEN, SELDOM),
        migrations.AddIndex(
            model_name="purchaseday",
            index=models.Index(fields=["day", "customer"], name="purchase_day_of_customer"),
        ),
    ]
