from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

from customers.keys import SortKey


class Migration(migrations.Migration):
    dependencies = [("customers", "0021_contact_days_in_their_index")]

    operations = [
        migrations.AddIndex(
            model_name="address",
            index=models.Index(
                OpClass(SortKey("city"), name="text_pattern_ops"),
                "customer",
                name="address_by_city",
                include=["is_primary", "id", "city"],
                condition=models.Q(("deleted_at", None)),
            ),
        ),
    ]
