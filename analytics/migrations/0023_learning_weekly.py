"""Nights apply what was learned, weeks learn it anew; both are schedules that an admin changes."""

import datetime as dt

import django.db.models.deletion
from django.db import migrations, models

EVERYTHING = {"analyses": [], "as_of": None}
SUNDAY = 6


def part_schedules(apps, schema_editor):
    schedules = apps.get_model("jobs", "Schedule").objects
    # As it was made by 0005; what an admin has changed since stays.
    schedules.filter(kind="recompute", params=EVERYTHING, every="day").update(params={**EVERYTHING, "learn": False})
    schedules.get_or_create(
        kind="recompute", params=EVERYTHING, every="week", defaults={"weekday": SUNDAY, "at_time": dt.time(1, 0)}
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0022_earlier_settings"), ("jobs", "0005_every_half_minute")]

    operations = [
        migrations.AddField(
            "run",
            "learned_by",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="analytics.run",
                verbose_name="learned by",
            ),
        ),
        migrations.RunPython(part_schedules, migrations.RunPython.noop),
    ]
