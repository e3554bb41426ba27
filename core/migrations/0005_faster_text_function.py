"""PostgreSQL does not write a function of SQL out in place if it promises more than what it calls, and then takes twice
as long for each call as one of its own language. What it returns is the same, so indexes stay."""

from django.db import migrations

SORT_KEY = """
CREATE OR REPLACE FUNCTION crm_sort_key(value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
AS $$ BEGIN RETURN lower(btrim(public.unaccent('public.unaccent'::regdictionary, value))); END $$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0004_text_function_anywhere")]
    operations = [migrations.RunSQL(SORT_KEY, migrations.RunSQL.noop)]
