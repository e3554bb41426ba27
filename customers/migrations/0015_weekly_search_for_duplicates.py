import datetime as dt

from django.db import migrations


def add_schedule(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        kind="find_duplicates", defaults={"every": "week", "weekday": 6, "at_time": dt.time(3, 10)}
    )


class Migration(migrations.Migration):
    dependencies = [("customers", "0014_interactions"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop)]
