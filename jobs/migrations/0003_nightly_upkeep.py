from django.db import migrations


def add_schedule(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        kind="purge-idempotency-keys", defaults={"params": {}, "every": "day", "at_time": "03:40"}
    )


class Migration(migrations.Migration):
    dependencies = [("jobs", "0002_leases_and_slots")]
    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop, elidable=False)]
