"""Days that come later are looked for by the customer: as a difference no index by the day is asked for each of them."""

from importlib import import_module

from django.db import migrations

_NAME = "CREATE FUNCTION customers_raise_purchase_days(sales text)"
_BEHIND = import_module("customers.migrations.0023_purchase_days").FUNCTIONS.partition(_NAME)[2]
BEFORE = f"{_NAME}{_BEHIND.partition('$$;')[0]}$$;".replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
AFTER = BEFORE.replace("kept.day < latest.day", "kept.day - latest.day < 0").replace(
    "kept.day < free.day", "kept.day - free.day < 0"
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0024_sure_contact_days")]

    operations = [migrations.RunSQL(AFTER, BEFORE)]
