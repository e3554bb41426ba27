"""Websites, keys by which duplicates are found, merges and what an undo of them needs."""

import datetime as dt

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import customers.keys

# Two steps: what a name is without its legal form, and its words in the order of the alphabet. Points within a form are
# left out ("G.m.b.H."), all else that is no letter and no digit parts words. The schema is named, so that the functions
# also work where none is searched: pg_restore fills tables like that.
KEYS = r"""
CREATE FUNCTION crm_bare_name(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT coalesce(nullif(btrim(regexp_replace(plain, '{legal_forms}', '', 'g')), ''), plain)
FROM (SELECT btrim(regexp_replace(
    regexp_replace(public.crm_sort_key(value), '[.''’`´]', '', 'g'),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f\uff00-\uff0f]+', ' ', 'g'
)) AS plain) AS without_signs
$$;

CREATE FUNCTION crm_name_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT coalesce(string_agg(word, ' ' ORDER BY word COLLATE "C"), '')
FROM regexp_split_to_table(public.crm_bare_name(value), ' +') AS word
$$;

CREATE FUNCTION crm_website_host(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
SELECT regexp_replace(
    regexp_replace(lower(btrim(value)), '^[a-z][a-z0-9+.-]*://', ''), '^(?:[^/@]*@)?(?:www[0-9]?\.)?([^/:?#]*).*$', '\1'
)
$$;
""".replace(
    "{legal_forms}",
    "^(?:the|ооо|оао|зао|пао|ип|pt) |^株式会社 ?|(?: (?:"
    "ltd|limited|llc|llp|lp|plc|inc|incorporated|corp|corporation|co|company|pty|pte|pvt|private"
    "|gmbh|mbh|ag|kg|kgaa|ohg|gbr|ug|ev|eg|ek|se|haftungsbeschrankt"
    "|sa|sarl|sas|sasu|eurl|snc|sci|spa|srl|srls|sl|slu|slne|sau|scoop|ltda|eireli|lda|cv|sapi|de"
    "|bv|nv|vof|bvba|sprl|ab|as|asa|aps|oy|oyj|hf|ehf|ou|uab|sia|kft|zrt|rt|doo|dd|ad|ood|eood|spzoo|sro|as"
    "|sp z oo|ooo|oao|zao|pao|ооо|оао|зао|пао|ип|bhd|sdn bhd|tbk|pt|kk|gk"
    "))+$| ?(?:股份有限公司|有限责任公司|有限公司|股份公司|集团公司|公司|株式会社|有限会社|合同会社|주식회사)$",
)

DROP_KEYS = """
DROP FUNCTION crm_website_host(text);
DROP FUNCTION crm_name_key(text);
DROP FUNCTION crm_bare_name(text);
"""


def add_schedules(apps, schema_editor):
    schedules = apps.get_model("jobs", "Schedule").objects
    schedules.get_or_create(kind="settle_merges", defaults={"every": "day", "at_time": dt.time(2, 30)})


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0001_initial"),
        ("accounts", "0003_sessions"),
        ("customers", "0010_lists_read_from_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(KEYS, DROP_KEYS),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.FloatField(verbose_name="probability")),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), default=list, size=None, verbose_name="reasons"
                    ),
                ),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found")),
                ("dismissed_at", models.DateTimeField(null=True, verbose_name="no duplicate")),
            ],
            options={
                "verbose_name": "possible duplicate",
                "verbose_name_plural": "possible duplicates",
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "absorbed_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="merged records"
                    ),
                ),
                ("merged_at", models.DateTimeField(verbose_name="merged")),
                ("swapped", models.JSONField(default=dict, verbose_name="values taken")),
                ("counts", models.JSONField(default=dict, verbose_name="rows moved")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="undone")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="final")),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MergedRows",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("absorbed_id", models.BigIntegerField()),
                ("table_name", models.CharField(max_length=63)),
                ("column", models.CharField(max_length=63)),
                (
                    "effect",
                    models.CharField(
                        choices=[
                            ("moved", "Moved"),
                            ("demoted", "Demoted"),
                            ("cleared", "Cleared"),
                            ("added", "Added"),
                        ],
                        max_length=7,
                    ),
                ),
                ("row_ids", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
            ],
            options={
                "verbose_name": "rows of a merge",
                "verbose_name_plural": "rows of merges",
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="absorbed",
                to="customers.customer",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="website",
            field=models.URLField(blank=True, db_default="", default="", verbose_name="website"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(customers.keys.NameKey("name"), name="customer_name_key"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                customers.keys.WebsiteHost("website"),
                condition=models.Q(("website", ""), _negated=True),
                name="customer_website_host",
            ),
        ),
        migrations.AddIndex(
            model_name="phonenumber",
            index=models.Index(customers.keys.PhoneEnding("digits"), name="phone_ending"),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(models.Q(("merged_into", models.F("id")), _negated=True), ("deleted_at__isnull", False)),
                    _connector="OR",
                ),
                name="customer_merged_is_deleted",
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="dismissed_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="first",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="second",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="merged_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="merged by",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="survivor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="merges",
                to="customers.customer",
                verbose_name="customer",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="undone by",
            ),
        ),
        migrations.AddField(
            model_name="mergedrows",
            name="merge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="customers.merge"
            ),
        ),
        migrations.AddIndex(
            model_name="duplicatepair",
            index=models.Index(
                condition=models.Q(("dismissed_at", None)), fields=["-score", "-id"], name="duplicate_likeliest"
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.UniqueConstraint(fields=("first", "second"), name="duplicate_pair_once"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.CheckConstraint(
                condition=models.Q(("first__lt", models.F("second"))), name="duplicate_pair_ordered"
            ),
        ),
        migrations.AddIndex(
            model_name="merge",
            index=models.Index(
                condition=models.Q(("settled_at", None), ("undone_at", None)),
                fields=["merged_at"],
                name="merge_unsettled",
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("absorbed_ids", []), _negated=True), name="merge_absorbs_some"
            ),
        ),
        migrations.RunPython(add_schedules, migrations.RunPython.noop),
    ]
