"""Names the schema, so that the function also works where none is searched: pg_restore fills tables like that."""

from django.db import migrations

SORT_KEY = """
CREATE OR REPLACE FUNCTION crm_sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT lower(btrim(public.unaccent('public.unaccent'::regdictionary, value))) $$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0003_idempotency_keys")]
    operations = [migrations.RunSQL(SORT_KEY, migrations.RunSQL.noop)]
