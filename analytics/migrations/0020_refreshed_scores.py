"""Scores of customers whose purchases changed are made anew twice a minute, where there are any."""

import datetime as dt

import django.db.models.deletion
from django.db import migrations, models


def add_schedule(apps, schema_editor):
    apps.get_model("jobs", "Schedule").objects.get_or_create(
        kind="refresh-scores", defaults={"params": {}, "every": "often", "at_time": dt.time(0, 0)}
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0019_demand"), ("jobs", "0005_every_half_minute")]

    operations = [
        migrations.AddField(
            "run",
            "refreshed_at",
            models.DateTimeField(blank=True, null=True, verbose_name="brought up to date"),
        ),
        migrations.AddField(
            "run",
            "refreshed_customers",
            models.PositiveBigIntegerField(default=0, verbose_name="customers brought up to date"),
        ),
        migrations.AddField(
            "run",
            "refreshed_manifest",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="analytics.snapshotmanifest",
                verbose_name="brought up to",
            ),
        ),
        migrations.RunSQL(
            "ALTER TABLE analytics_rfm ADD COLUMN refreshed_at timestamptz",
            "ALTER TABLE analytics_rfm DROP COLUMN refreshed_at",
        ),
        migrations.RunPython(add_schedule, migrations.RunPython.noop),
    ]
