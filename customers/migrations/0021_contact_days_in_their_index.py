"""The key of the days of contact holds the day: a list asks it of thousands of customers, without a row of them."""

from django.db import migrations

KEY = (
    "ALTER TABLE customers_contactday DROP CONSTRAINT customers_contactday_pkey,"
    " ADD CONSTRAINT customers_contactday_pkey PRIMARY KEY (customer_id)"
)


class Migration(migrations.Migration):
    dependencies = [("customers", "0020_contact_days")]

    operations = [migrations.RunSQL(f"{KEY} INCLUDE (day)", KEY)]
