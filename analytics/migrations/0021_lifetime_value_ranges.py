from django.db import migrations, models

COLUMNS = {
    "least_purchases_3m": models.FloatField(null=True),
    "most_purchases_3m": models.FloatField(null=True),
    "least_spend_3m_minor": models.BigIntegerField(null=True),
    "most_spend_3m_minor": models.BigIntegerField(null=True),
    "least_purchases_6m": models.FloatField(null=True),
    "most_purchases_6m": models.FloatField(null=True),
    "least_spend_6m_minor": models.BigIntegerField(null=True),
    "most_spend_6m_minor": models.BigIntegerField(null=True),
    "least_purchases_12m": models.FloatField(null=True),
    "most_purchases_12m": models.FloatField(null=True),
}
TYPES = {models.FloatField: "double precision", models.BigIntegerField: "bigint"}
ADDED = ", ".join(f"ADD COLUMN {name} {TYPES[type(field)]}" for name, field in COLUMNS.items())
DROPPED = ", ".join(f"DROP COLUMN {name}" for name in COLUMNS)


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0020_refreshed_scores"),
    ]

    operations = [
        migrations.RunSQL(f"ALTER TABLE analytics_clv {ADDED}", f"ALTER TABLE analytics_clv {DROPPED}"),
        *(migrations.AddField("lifetimevalue", name, field) for name, field in COLUMNS.items()),
    ]
