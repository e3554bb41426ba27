from importlib import import_module

from django.db import migrations

# What a snapshot holds of answers to recommendations follows from this table.
whole = import_module("analytics.migrations.0007_marks_of_whole_tables")
TABLE = "analytics_recommendationfeedback"


class Migration(migrations.Migration):
    dependencies = [("analytics", "0033_judged_customers")]

    operations = [migrations.RunSQL(whole.create_triggers(TABLE, "feedback"), whole.drop_triggers(TABLE))]
