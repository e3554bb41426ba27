from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("analytics", "0028_learned_models")]

    operations = [
        migrations.AlterField(
            "run",
            "status",
            models.CharField(
                choices=[
                    ("computing", "Computing"),
                    ("published", "Published"),
                    ("withheld", "Not published"),
                    ("failed", "Failed"),
                    ("sampled", "Kept in part"),
                    ("collected", "Rows removed"),
                ],
                default="computing",
                max_length=10,
                verbose_name="status",
            ),
        )
    ]
