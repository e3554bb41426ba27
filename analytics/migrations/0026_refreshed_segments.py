from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0025_composite_values"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE analytics_rule_segments ADD COLUMN refreshed_at timestamptz",
            "ALTER TABLE analytics_rule_segments DROP COLUMN refreshed_at",
        ),
    ]
