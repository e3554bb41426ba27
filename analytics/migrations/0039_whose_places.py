"""Marks name too whose address has a city or a postal code now, or none."""

from importlib import import_module

from django.db import migrations

_marks = import_module("analytics.migrations.0036_whose_customers")
WHOSE, TOLD = _marks.ADDRESS


def function(told: str) -> str:
    made: str = _marks.FUNCTION.format(name="analytics_mark_addresses", whose=WHOSE, told=told, most=_marks.MOST_ROWS)
    return made.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("analytics", "0038_whose_education")]

    operations = [migrations.RunSQL(function(f"{TOLD}, city = '', postal_code = ''"), function(TOLD))]
