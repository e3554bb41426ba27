"""Filters tell scores by a file beside a run, and by whose rows have been written since its partition was attached."""

import django.db.models.deletion
from django.db import migrations, models

NOTE_ROW = """
CREATE FUNCTION analytics_note_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO analytics_changedrow (run_id, customer_id) VALUES (OLD.run_id, OLD.customer_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO analytics_changedrow (run_id, customer_id) VALUES (NEW.run_id, NEW.customer_id);
    END IF;
    RETURN NULL;
END $$;
"""
# Each partition gets it when it is attached, so what fills one before is not noted.
NOTED = ("rfm", "kmeans", "hdbscan", "labels", "clv", "churn", "composite")


class Migration(migrations.Migration):
    dependencies = [("analytics", "0036_whose_customers")]

    operations = [
        migrations.CreateModel(
            name="RunColumns",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("file", models.CharField(blank=True, max_length=100)),
                ("written_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="columns", to="analytics.run"
                    ),
                ),
            ],
            options={"verbose_name": "columns of a run", "verbose_name_plural": "columns of runs"},
        ),
        migrations.CreateModel(
            name="ChangedRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run_id", models.BigIntegerField()),
                ("customer_id", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "row of a run that has changed",
                "verbose_name_plural": "rows of runs that have changed",
                "indexes": [models.Index(fields=["run_id", "customer_id"], name="changed_row_by_run")],
            },
        ),
        migrations.RunSQL(NOTE_ROW, "DROP FUNCTION analytics_note_row()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER note_row AFTER INSERT OR UPDATE OR DELETE ON analytics_{name}"
                " FOR EACH ROW EXECUTE FUNCTION analytics_note_row()",
                f"DROP TRIGGER note_row ON analytics_{name}",
            )
            for name in NOTED
        ),
    ]
