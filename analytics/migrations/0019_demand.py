from django.db import migrations, models

CREATE = """
CREATE TABLE analytics_demand (
    run_id bigint NOT NULL,
    place integer NOT NULL,
    series varchar(32) NOT NULL,
    start_date date NOT NULL,
    value double precision,
    expected double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    is_anomaly boolean NOT NULL,
    additive_trend double precision,
    additive_season double precision,
    multiplicative_trend double precision,
    multiplicative_season double precision,
    PRIMARY KEY (run_id, place)
) PARTITION BY LIST (run_id);
CREATE UNIQUE INDEX ON analytics_demand (run_id, series, start_date);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0018_learned_labels"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP TABLE analytics_demand"),
        migrations.CreateModel(
            name="DemandPeriod",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "run_id", "place", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("place", models.IntegerField()),
                ("series", models.CharField(max_length=32)),
                ("start_date", models.DateField()),
                ("value", models.FloatField(null=True)),
                ("expected", models.FloatField()),
                ("low", models.FloatField()),
                ("high", models.FloatField()),
                ("is_anomaly", models.BooleanField()),
                ("additive_trend", models.FloatField(null=True)),
                ("additive_season", models.FloatField(null=True)),
                ("multiplicative_trend", models.FloatField(null=True)),
                ("multiplicative_season", models.FloatField(null=True)),
            ],
            options={
                "db_table": "analytics_demand",
                "managed": False,
            },
        ),
    ]
