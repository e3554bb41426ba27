import datetime as dt

from django.db import migrations


def add_schedule(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        kind="recompute",
        defaults={"params": {"analyses": [], "as_of": None}, "every": "day", "at_time": dt.time(3, 0)},
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_change_triggers"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop)]
