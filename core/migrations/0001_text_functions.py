"""Extensions and the one text function that searching and sorting by name share."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

# unaccent() is only STABLE, because its dictionary could be swapped; ours is not, so a generated column may use it.
SORT_KEY = """
CREATE FUNCTION crm_sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT lower(btrim(unaccent('unaccent'::regdictionary, value))) $$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(SORT_KEY, "DROP FUNCTION crm_sort_key(text)"),
    ]
