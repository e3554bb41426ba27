from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models

from customers.keys import SortKey


class Migration(migrations.Migration):
    # Texts are folded by a function of this state wherever an index is built.
    dependencies = [("customers", "0021_contact_days_in_their_index"), ("core", "0004_text_function_anywhere")]

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
