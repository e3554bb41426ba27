"""How custom fields are compared and indexed. What is not in the form of its kind is no value, and no error either."""

from django.db import migrations

NUMBER = r"""
CREATE FUNCTION crm_number(value text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN value ~ '^-?[0-9]{1,15}(\.[0-9]{1,6})?$' THEN value::numeric END $$
"""

# See protection.crypto: a byte for the version, then sixteen that equal values share.
BLIND_INDEX = """
CREATE FUNCTION crm_blind_index(sealed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN sealed ~ '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?$'
                  THEN encode(substring(decode(sealed, 'base64'), 2, 16), 'hex') END $$
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0003_custom_fields_and_saved_filters")]

    operations = [
        migrations.RunSQL(NUMBER, "DROP FUNCTION crm_number(text)"),
        migrations.RunSQL(BLIND_INDEX, "DROP FUNCTION crm_blind_index(text)"),
    ]
