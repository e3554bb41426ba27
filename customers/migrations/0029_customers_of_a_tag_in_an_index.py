"""The table of tags is Django's own, so the index is made here: who has a tag is read from it alone. It serves the
foreign key as well, whose index goes."""

from django.db import migrations

OF_TAG = "CREATE INDEX customer_of_tag ON customers_customer_tags (tag_id, customer_id)"
BY_TAG = "CREATE INDEX customers_customer_tags_tag_id_4d54c921 ON customers_customer_tags (tag_id)"


class Migration(migrations.Migration):
    dependencies = [("customers", "0028_contacts_read_from_indexes")]

    operations = [
        migrations.RunSQL(OF_TAG, "DROP INDEX customer_of_tag"),
        migrations.RunSQL("DROP INDEX IF EXISTS customers_customer_tags_tag_id_4d54c921", BY_TAG),
    ]
