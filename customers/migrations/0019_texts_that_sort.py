"""Indexes of custom texts are of another kind now, which the job makes while people work on."""

import hashlib

from django.db import migrations


def ask_for_the_indexes(apps, schema_editor):
    fields = apps.get_model("customers", "CustomField").objects
    if not fields.filter(kind__in=["text", "link"], is_indexed=True, archived_at=None).exists():
        return
    work = {"kind": "custom_field_index", "scope": "", "params_hash": hashlib.sha256(b"{}").hexdigest()}
    jobs = apps.get_model("jobs", "Job").objects
    if not jobs.filter(**work, status="queued").exists():
        jobs.create(**work)


class Migration(migrations.Migration):
    dependencies = [("customers", "0018_product_in_stock"), ("jobs", "0001_initial")]

    operations = [migrations.RunPython(ask_for_the_indexes, migrations.RunPython.noop)]
