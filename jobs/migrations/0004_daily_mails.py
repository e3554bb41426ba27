from django.db import migrations


def add_schedule(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        kind="send_digests", defaults={"params": {}, "every": "hour", "at_time": "00:00"}
    )


class Migration(migrations.Migration):
    dependencies = [("jobs", "0003_nightly_upkeep")]
    operations = [migrations.RunPython(add_schedule, migrations.RunPython.noop, elidable=False)]
