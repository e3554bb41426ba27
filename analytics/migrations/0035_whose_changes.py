"""Marks of changed facts say whose these are, so that of all other customers a snapshot tells the present."""

from importlib import import_module

import django.contrib.postgres.fields
from django.db import migrations, models

# A statement about more rows is one about everybody.
MOST_ROWS = 20_000

# An expression that the triggers execute: a function that they called would not see the rows of the statement.
WHOSE = f"""
CREATE FUNCTION analytics_whose(kind text, changed_rows text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    everything text := (
        SELECT string_agg(format('SELECT * FROM %I', name), ' UNION ALL ') FROM unnest(changed_rows) AS name);
    whose text := CASE WHEN kind IN ('lines', 'refunds') THEN 'order_id' ELSE 'customer_id' END;
BEGIN
    RETURN format(
        'CASE WHEN (SELECT count(*) FROM (SELECT FROM (%s) AS fact LIMIT {MOST_ROWS + 1}) AS counted) <= {MOST_ROWS}
         THEN ARRAY(SELECT DISTINCT %I FROM (%s) AS fact WHERE %I IS NOT NULL) END',
        everything, whose, everything, whose);
END $$;
"""  # noqa: S608 - a constant of this module

MARK_DAYS = """
CREATE OR REPLACE FUNCTION analytics_mark_days() RETURNS trigger LANGUAGE plpgsql AS $$
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
        'INSERT INTO analytics_changemark (kind, month, whose)
         SELECT %L, month, CASE row_number() OVER (ORDER BY month) WHEN 1 THEN %s ELSE ''{}'' END
         FROM (SELECT DISTINCT date_trunc(''month'', day::timestamp)::date AS month FROM (%s) AS changed) AS months',
        kind, analytics_whose(kind, changed_rows), changed_days);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION analytics_mark_days_of_orders() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text := TG_ARGV[0];
    changed_rows text[] := CASE TG_OP WHEN 'INSERT' THEN '{new_rows}' WHEN 'DELETE' THEN '{old_rows}'
                                      ELSE '{old_rows,new_rows}' END;
    changed_orders text;
BEGIN
    SELECT string_agg(format('SELECT order_id FROM %I', name), ' UNION ')
        INTO changed_orders FROM unnest(changed_rows) AS name;
    EXECUTE format(
        'INSERT INTO analytics_changemark (kind, month, whose)
         SELECT %L, month, CASE row_number() OVER (ORDER BY month) WHEN 1 THEN %s ELSE ''{}'' END
         FROM (
            SELECT DISTINCT date_trunc(''month'', o.ordered_date::timestamp)::date AS month
            FROM (%s) AS changed JOIN customers_order AS o ON o.id = changed.order_id
         ) AS months',
        kind, analytics_whose(kind, changed_rows), changed_orders);
    RETURN NULL;
END $$;
"""

MARK_NEW_ROWS = """
CREATE OR REPLACE FUNCTION analytics_mark_new_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kind text := TG_ARGV[0];
    first bigint;
    last bigint;
    inserted bigint;
BEGIN
    SELECT min(id), max(id), count(*) INTO first, last, inserted FROM new_rows;
    IF last - first + 1 = inserted THEN
        EXECUTE format(
            'INSERT INTO analytics_changemark (kind, first_new_id, last_new_id, whose) VALUES (%L, %L, %L, %s)',
            kind, first, last, analytics_whose(kind, '{new_rows}'));
    ELSIF inserted > 0 THEN
        EXECUTE format(
            'INSERT INTO analytics_changemark (kind, first_new_id, last_new_id, whose)
             SELECT %L, min(id), max(id), CASE row_number() OVER (ORDER BY min(id)) WHEN 1 THEN %s ELSE ''{}'' END
             FROM (SELECT id, id - row_number() OVER (ORDER BY id) AS gaps_before FROM new_rows) AS numbered
             GROUP BY gaps_before',
            kind, analytics_whose(kind, '{new_rows}'));
    END IF;
    RETURN NULL;
END $$;
"""

_MARKS_OF_DAYS = import_module("analytics.migrations.0004_change_triggers").FUNCTIONS
_UNTIL_ALL_DAYS = _MARKS_OF_DAYS.partition("CREATE FUNCTION analytics_mark_all_days")[0]
_MARKS_OF_NEW_ROWS = import_module("analytics.migrations.0015_marks_of_new_rows").MARK_NEW_ROWS
BEFORE = (_UNTIL_ALL_DAYS + _MARKS_OF_NEW_ROWS).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("analytics", "0034_marks_of_feedback")]

    operations = [
        # Of marks that are there nobody knows whose they are.
        migrations.AddField(
            model_name="changemark",
            name="whose",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), null=True, size=None),
        ),
        migrations.RunSQL(WHOSE + MARK_DAYS + MARK_NEW_ROWS, f"{BEFORE} DROP FUNCTION analytics_whose(text, text[]);"),
    ]
