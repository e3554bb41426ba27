from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0004_daily_mails")]

    operations = [
        migrations.AlterField(
            "schedule",
            "every",
            models.CharField(
                choices=[
                    ("often", "Every half minute"),
                    ("hour", "Every hour"),
                    ("day", "Every day"),
                    ("week", "Every week"),
                ],
                default="day",
                max_length=5,
                verbose_name="how often",
            ),
        ),
        migrations.AlterField(
            "schedule",
            "at_time",
            models.TimeField(
                help_text="For every hour, only the minutes count; for every half minute, nothing of it.",
                verbose_name="local time",
            ),
        ),
    ]
