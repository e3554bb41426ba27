"""The function that writes the trail, and the guard that keeps it from being rewritten.

The triggers themselves are put on the tables after each `migrate` (protection.audit.triggers), with these arguments:
the key column, whether that is a number or a text, SQL for the customer's id seen from the new row `n` and from the old
row `o`, columns that are skipped, columns that are dotted, and the number of rows above which an insert is one line.

Settings of the transaction that the function reads: crm.actor (JSON: user, origin, detail, bulk), crm.erasing (values
are kept out of the trail) and crm.rotating (encrypted columns are written anew with the same value).
"""

from django.db import migrations

# The path is that of the migration: an import sets its own, with tables of its own in front.
FUNCTION = """
CREATE FUNCTION protection_audit() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    key_column text := TG_ARGV[0];
    row_id text := CASE TG_ARGV[1] WHEN 'number' THEN 't.key::bigint' ELSE 'NULL::bigint' END;
    row_key text := CASE TG_ARGV[1] WHEN 'number' THEN '''''' ELSE 'left(t.key::text, 200)' END;
    customer_now text := TG_ARGV[2];
    customer_before text := TG_ARGV[3];
    skipped text[] := string_to_array(TG_ARGV[4], ',');
    dotted text[] := string_to_array(TG_ARGV[5], ',');
    bulk_above bigint := NULLIF(TG_ARGV[6], '');
    who jsonb := COALESCE(NULLIF(current_setting('crm.actor', true), ''), '{}');
    is_erasing boolean := COALESCE(current_setting('crm.erasing', true) = 'on', false);
    touched text;
    many bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %I.%I LIMIT 1) AS any_row', TG_TABLE_SCHEMA, TG_TABLE_NAME)
            INTO many;
        IF many > 0 THEN
            INSERT INTO protection_change
                (transaction_id, actor_id, origin, detail, table_name, row_key, action, changes, rows)
            VALUES (pg_current_xact_id()::text::bigint, (who->>'user')::bigint, COALESCE(who->>'origin', ''),
                COALESCE(who->>'detail', ''), TG_TABLE_NAME, '', 'truncate', '{}', 0);
        END IF;
        RETURN NULL;
    END IF;

    IF TG_OP = 'INSERT' THEN
        SELECT count(*) INTO many FROM new_rows;
        IF who->'bulk' = 'true' THEN
            bulk_above := 0;
        END IF;
        IF many > bulk_above THEN
            INSERT INTO protection_change
                (transaction_id, actor_id, origin, detail, table_name, row_key, action, changes, rows)
            VALUES (pg_current_xact_id()::text::bigint, (who->>'user')::bigint, COALESCE(who->>'origin', ''),
                COALESCE(who->>'detail', ''), TG_TABLE_NAME, '', 'bulk', '{}', many);
            RETURN NULL;
        END IF;
    ELSE
        SELECT count(*) INTO many FROM (SELECT FROM old_rows LIMIT 1) AS any_row;
    END IF;
    IF many = 0 THEN  -- a statement that touched no row fires too
        RETURN NULL;
    END IF;

    IF current_setting('crm.rotating', true) = 'on' THEN
        skipped := skipped || dotted;
    END IF;
    touched := CASE TG_OP
        WHEN 'INSERT' THEN format(
            'SELECT n.%I, %s, ''insert'', NULL::jsonb, to_jsonb(n) FROM new_rows AS n', key_column, customer_now)
        WHEN 'DELETE' THEN format(
            'SELECT o.%I, %s, ''delete'', to_jsonb(o), NULL::jsonb FROM old_rows AS o', key_column, customer_before)
        -- A row whose key was changed is one that went and one that came.
        ELSE format(
            'SELECT COALESCE(n.%1$I, o.%1$I), COALESCE(%2$s, %3$s),
                CASE WHEN o.%1$I IS NULL THEN ''insert'' WHEN n.%1$I IS NULL THEN ''delete'' ELSE ''update'' END,
                to_jsonb(o), to_jsonb(n)
             FROM old_rows AS o FULL JOIN new_rows AS n ON n.%1$I = o.%1$I',
            key_column, customer_now, customer_before)
        END;
    EXECUTE format(
        'INSERT INTO protection_change (transaction_id, actor_id, origin, detail, table_name, row_id, row_key,
                                        customer_id, action, changes, rows)
         SELECT pg_current_xact_id()::text::bigint, $1, $2, $3, $4, %s, %s, t.customer, t.action,
                COALESCE(differing.changes, ''{}''), 1
         FROM (%s) AS t (key, customer, action, before, after)
         CROSS JOIN LATERAL (
             SELECT jsonb_object_agg(c.key, CASE
                 WHEN $7 OR c.key = ANY ($6) THEN jsonb_build_array(
                     CASE WHEN t.before->c.key <> ''null'' THEN ''••••••'' END,
                     CASE WHEN t.after->c.key <> ''null'' THEN ''••••••'' END)
                 ELSE jsonb_build_array(t.before->c.key, t.after->c.key) END) AS changes
             FROM jsonb_each(COALESCE(t.after, t.before)) AS c
             WHERE c.key <> ALL ($5)
               AND (t.before->c.key IS DISTINCT FROM t.after->c.key)
               AND (t.action = ''update'' OR c.value <> ALL (''{"null","\\"\\"","[]","{}"}''::jsonb[]))
         ) AS differing
         WHERE t.action <> ''update'' OR differing.changes IS NOT NULL',
        row_id, row_key, touched)
    USING (who->>'user')::bigint, COALESCE(who->>'origin', ''), COALESCE(who->>'detail', ''), TG_TABLE_NAME,
        skipped, dotted, is_erasing;
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
