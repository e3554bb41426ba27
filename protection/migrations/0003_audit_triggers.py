"""The function that writes the trail, and the guard that keeps it from being rewritten.

The triggers themselves are put on the tables after each `migrate` (protection.audit.triggers), with these arguments:
the key column, whether that is a number or a text, SQL for the customer's id seen from the new row `n` and from the old
row `o`, columns that are skipped, columns that are dotted, and the number of rows above which an insert is one line.

Settings of the transaction that the function reads: crm.actor (JSON: user, origin, detail, bulk), crm.erasing (values
are kept out of the trail) and crm.rotating (values are encrypted anew, which changes none).
"""

from django.db import migrations

# The path is that of the migration: an import sets its own, with tables of its own in front. Which columns there are is
# asked at each statement, so that a migration which adds or drops one finds the trigger right at once.
FUNCTION = r"""
CREATE FUNCTION protection_audit() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    key_column text := TG_ARGV[0];
    row_id text := CASE TG_ARGV[1] WHEN 'number' THEN 't.key::bigint' ELSE 'NULL::bigint' END;
    row_key text := CASE TG_ARGV[1] WHEN 'number' THEN quote_literal('') ELSE 'left(t.key::text, 200)' END;
    customer_now text := TG_ARGV[2];
    customer_before text := TG_ARGV[3];
    skipped text[] := string_to_array(TG_ARGV[4], ',');
    dotted text[] := string_to_array(TG_ARGV[5], ',');
    bulk_above bigint := NULLIF(TG_ARGV[6], '');
    with_values_up_to CONSTANT bigint := 100;
    who jsonb := COALESCE(NULLIF(current_setting('crm.actor', true), ''), '{}');
    is_erasing boolean := COALESCE(current_setting('crm.erasing', true) = 'on', false);
    many bigint;
    -- Templates, for a column: its value before and after, dots in their place, and whether the two differ. What is
    -- empty need not be said of a row that comes or goes.
    before text := CASE TG_OP WHEN 'INSERT' THEN 'NULL::text' ELSE 'o.%1$I' END;
    after text := CASE TG_OP WHEN 'DELETE' THEN 'NULL::text' ELSE 'n.%1$I' END;
    dots text := $sql$CASE WHEN %s IS NOT NULL THEN '••••••' END$sql$;
    filled text := $sql$to_jsonb(%s) <> ALL ('{"null","\"\"","[]","{}"}'::jsonb[])$sql$;
    differs text := CASE TG_OP WHEN 'INSERT' THEN replace(filled, '%s', after)
        WHEN 'DELETE' THEN replace(filled, '%s', before)
        ELSE before || ' IS DISTINCT FROM ' || after END;
    changes text := $sql$'{}'::jsonb$sql$;
    touched text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT count(*) INTO many FROM new_rows;
        IF who->'bulk' = 'true' THEN
            bulk_above := 0;
        END IF;
    ELSIF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I.%I LIMIT 1) AS any_row', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            INTO many;
        bulk_above := 0;
    ELSE
        SELECT count(*) INTO many FROM (SELECT FROM old_rows LIMIT 1) AS any_row;
        bulk_above := NULL;
    END IF;
    -- A statement that touched no row fires too.
    IF many = 0 OR TG_OP = 'UPDATE' AND current_setting('crm.rotating', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF many > bulk_above THEN
        INSERT INTO protection_change
            (transaction_id, actor_id, origin, detail, table_name, row_key, action, changes, rows)
        VALUES (pg_current_xact_id()::text::bigint, (who->>'user')::bigint, COALESCE(who->>'origin', ''),
            COALESCE(who->>'detail', ''), TG_TABLE_NAME, '', CASE TG_OP WHEN 'INSERT' THEN 'bulk' ELSE 'truncate' END,
            '{}', CASE TG_OP WHEN 'INSERT' THEN many ELSE 0 END);
        RETURN NULL;
    END IF;

    -- What many rows held when they came is not kept: it is what they hold still, or what a later line has as before.
    IF TG_OP <> 'INSERT' OR many <= with_values_up_to THEN
        SELECT 'jsonb_strip_nulls(' || string_agg(format('jsonb_build_object(%s)', part.pairs), ' || ') || ')'
        INTO changes
        FROM (
            SELECT string_agg(format(
                '%L, CASE WHEN ' || differs || ' THEN jsonb_build_array('
                || CASE WHEN is_erasing OR a.attname = ANY (dotted)
                        THEN replace(dots, '%s', before) || ', ' || replace(dots, '%s', after)
                        ELSE before || ', ' || after END
                || ') END', a.attname), ', ') AS pairs
            FROM pg_attribute AS a
            WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (skipped)
            GROUP BY a.attnum / 40  -- a function takes a hundred arguments at most
        ) AS part;
    END IF;
    touched := CASE TG_OP
        WHEN 'INSERT' THEN format(
            $sql$SELECT n.%I AS key, %s AS customer, 'insert' AS action, %s AS changes FROM new_rows AS n$sql$,
            key_column, customer_now, changes)
        WHEN 'DELETE' THEN format(
            $sql$SELECT o.%I AS key, %s AS customer, 'delete' AS action, %s AS changes FROM old_rows AS o$sql$,
            key_column, customer_before, changes)
        -- A row whose key was changed is one that went and one that came.
        ELSE format(
            $sql$SELECT COALESCE(n.%1$I, o.%1$I) AS key, COALESCE(%2$s, %3$s) AS customer,
                CASE WHEN o.%1$I IS NULL THEN 'insert' WHEN n.%1$I IS NULL THEN 'delete' ELSE 'update' END AS action,
                %4$s AS changes
            FROM old_rows AS o FULL JOIN new_rows AS n ON n.%1$I = o.%1$I OFFSET 0$sql$,
            key_column, customer_now, customer_before, changes)
        END;
    EXECUTE format(
        $sql$INSERT INTO protection_change (transaction_id, actor_id, origin, detail, table_name, row_id, row_key,
                                            customer_id, action, changes, rows)
        SELECT pg_current_xact_id()::text::bigint, $1, $2, $3, $4, %s, %s, t.customer, t.action, t.changes, 1
        FROM (%s) AS t WHERE t.action <> 'update' OR t.changes <> '{}'$sql$,
        row_id, row_key, touched)
    USING (who->>'user')::bigint, COALESCE(who->>'origin', ''), COALESCE(who->>'detail', ''), TG_TABLE_NAME;
    RETURN NULL;
END $$;

CREATE FUNCTION protection_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('crm.erasing', true) = 'on'
       OR TG_OP = 'TRUNCATE' AND current_setting('crm.flushing', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""

DROP_FUNCTION = """
DROP FUNCTION protection_audit() CASCADE;
DROP FUNCTION protection_append_only() CASCADE;
"""

GUARDS = "\n".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION protection_append_only();"
    for table in ("protection_change", "protection_accesslog")
)


class Migration(migrations.Migration):
    dependencies = [("protection", "0002_suppression")]

    operations = [
        migrations.RunSQL(FUNCTION, DROP_FUNCTION),
        migrations.RunSQL(GUARDS, migrations.RunSQL.noop),
    ]
