import datetime as dt

from django.db import migrations


def add_schedules(apps, schema_editor):
    schedules = apps.get_model("jobs", "Schedule").objects
    schedules.get_or_create(kind="finish_erasures", defaults={"every": "hour", "at_time": dt.time(0, 20)})
    schedules.get_or_create(kind="apply_retention", defaults={"every": "day", "at_time": dt.time(2, 0)})


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_erasures_and_packages"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(add_schedules, migrations.RunPython.noop)]
