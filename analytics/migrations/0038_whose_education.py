"""Marks name too whose education is another now, and who was made, deleted or has come back."""

from importlib import import_module

from django.db import migrations

_marks = import_module("analytics.migrations.0036_whose_customers")
WHOSE, TOLD = _marks.CUSTOMER
NAME = "analytics_mark_customers"


def function(told: str) -> str:
    made: str = _marks.FUNCTION.format(name=NAME, whose=WHOSE, told=told, most=_marks.MOST_ROWS)
    return made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("analytics", "0037_columns_of_runs")]

    operations = [
        migrations.RunSQL(function(f"{TOLD}, education, created_at, deleted_at IS NULL"), function(TOLD)),
    ]
