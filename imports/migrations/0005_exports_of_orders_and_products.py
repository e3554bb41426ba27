from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0004_websites"),
    ]

    operations = [
        migrations.AddField(
            model_name="export",
            name="subject",
            field=models.CharField(
                choices=[("customers", "Customers"), ("orders", "Orders"), ("products", "Products")],
                db_default="customers",
                default="customers",
                max_length=10,
                verbose_name="records",
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.CheckConstraint(
                condition=models.Q(("subject__in", ["customers", "orders", "products"])), name="export_subject_known"
            ),
        ),
    ]
