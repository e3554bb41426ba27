from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

from customers.keys import SortKey


class Migration(migrations.Migration):
    dependencies = [("customers", "0025_purchase_days_by_customer")]

    operations = [
        migrations.AddIndex(
            model_name="address",
            index=models.Index(
                OpClass(SortKey("region"), name="text_pattern_ops"),
                condition=models.Q(("deleted_at", None)),
                name="address_by_region",
            ),
        ),
        migrations.AddIndex(
            model_name="address",
            index=models.Index(
                OpClass(SortKey("postal_code"), name="text_pattern_ops"),
                condition=models.Q(("deleted_at", None)),
                name="address_by_postal_code",
            ),
        ),
        migrations.AddIndex(
            model_name="customerexternalid",
            index=models.Index(
                OpClass(SortKey("value"), name="text_pattern_ops"),
                condition=models.Q(("deleted_at", None)),
                name="customer_external_id_value",
            ),
        ),
    ]
