"""Charts of now and of runs beside what they were: each of them, whose runs are kept, what a part is told of."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from accounts.models import Role
from accounts.visibility import EVERYTHING
from analytics import collection, earlier_runs, kept_samples, summaries
from analytics.models import Run, RunSummary
from api.views.charts import table_json
from customers.filters.typed import read_typed
from reports.cards import card
from reports.catalog import BY_KEY, CHARTS, Follows
from reports.catalog.entry import days
from reports.frames import Published
from reports.models import Dashboard, DashboardCard
from reports.scope import Scope
from reports.tables import as_file
from reports.words import ReaderWords
from tests.factories import create_user
from tests.reports.charts.drawn import cells, validated
from tests.reports.everything import publish_everything
from tests.reports.runs import AS_OF, SCORES, publish_scores
from tests.reports.sayings import ADA, BOLT, publish_advice, publish_churn, publish_composite, publish_values

pytestmark = pytest.mark.django_db
WORDS = ReaderWords("en_GB", "EUR")
YEAR_AGO, THEN = dt.date(2025, 1, 16), dt.date(2025, 1, 3)
ASKED = Scope(AS_OF - dt.timedelta(days=29), AS_OF, "year")
COMPARED = [chart for chart in CHARTS if chart.beside is not None]


def asked_of(key: str, scope: Scope | None = ASKED, sight=EVERYTHING):
    return card(BY_KEY[key], Published.now(sight, scope=scope), WORDS, scope=scope)


def of_then() -> None:
    """Runs of a year ago and a few days, then those of now."""
    publish_scores([(ADA, 3, 2, 9_000, 5, 3, "champions"), (BOLT, 9, 1, 4_000, 4, 1, "new")], as_of=THEN)
    of_values = [
        publish_values([(ADA, 50_000), (BOLT, 60_000)], as_of=THEN),
        publish_churn([(ADA, 0.95, "very_high"), (BOLT, 0.92, "very_high")], as_of=THEN),
        publish_composite([(ADA, 0.35), (BOLT, 0.75)], as_of=THEN),
    ]
    publish_advice(offered=1, bought=0, not_relevant=0, ndcg=0.125, as_of=THEN)
    for run in of_values:
        partition = f"analytics_{run.analysis}_r{run.pk}"
        RunSummary.objects.bulk_create(summaries.summed_up(run, partition=partition, earlier=None))
    groups = [["segment", "champions", 1, 0.35, None], ["segment", "new", 1, 0.75, None]]
    RunSummary.objects.filter(name="composite_groups").update(rows=groups)
    publish_everything()


@pytest.fixture(scope="class")
def stage(django_db_setup, django_db_blocker, tmp_path_factory):
    with (
        override_settings(SNAPSHOT_DIR=tmp_path_factory.mktemp("snapshots")),
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        cache.clear()
        of_then()
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.key)
def test_each_chart_is_compared_or_says_why_not(chart):
    by_its_own_picture = Follows.COMPARISON in chart.follows
    assert [by_its_own_picture, chart.stands_beside_earlier, bool(chart.not_compared)].count(True) == 1
    if by_its_own_picture and Follows.DAYS not in chart.follows:
        assert chart.beside is not None or chart.run is days


@pytest.mark.usefixtures("stage")
class TestBesideAYearAgo:
    @pytest.mark.parametrize("chart", COMPARED, ids=lambda chart: chart.key)
    def test_it_is_drawn_and_told_twice(self, chart):
        alone, shown = asked_of(chart.key, replace(ASKED, compare="")), asked_of(chart.key)
        figure, before = validated(shown.drawing), validated(alone.drawing)
        day = WORDS.day(YEAR_AGO if chart.run is days else THEN)
        assert len(figure.data) > len(before.data) or figure.data[0].type == "heatmap"
        headings = [column.label for column in shown.columns]
        assert any(day in heading for heading in headings)
        assert "comparison" not in shown.not_followed
        in_file = list(csv.reader(io.StringIO(as_file(shown.drawing, WORDS, "csv").decode("utf-8-sig"))))
        assert [len(row) for row in in_file] == [len(headings)] * (len(shown.rows) + 1)
        assert len(headings) > len(alone.columns)
        assert "n = " in alone.note
        assert "compared" not in alone.note

    def test_the_numbers_are_those_of_the_earlier_run(self):
        shown = asked_of("churn-distribution")
        assert [row[:3] for row in cells(shown.drawing)] == [
            ("10% – 14%", 1, 0),
            ("90% – 94%", 0, 1),
            ("95% – 100%", 1, 1),
        ]
        assert shown.drawing.finding.endswith("within 90 days (3 Jan 2025: 100%)")
        run = Run.objects.get(analysis="churn", as_of=THEN)
        assert shown.drawing.compared == f"compared with run {run.pk}, as of 3 Jan 2025"
        ours, theirs = shown.drawing.figure["data"]
        assert theirs["x"] == ours["x"]
        assert theirs["y"] == [0, 1, 1]
        assert f'"runs":[{run.pk}' in theirs["customdata"][1]
        grid = asked_of("recency-frequency").drawing.figure["data"][0]
        assert grid["text"][0][2] == "0<br>(1)"

    def test_customers_of_now_stand_beside_those_who_were_there(self):
        countries = [row[:3] for row in cells(asked_of("customers-map").drawing)]
        assert countries == [("Unknown", 2, 2), ("Germany", 1, 0), ("France", 1, 1)]
        sexes = asked_of("customers-sex").drawing
        assert sexes.finding == "Customers: Female leads with 25%; all together +33.3% against 16 Jan 2025"
        # An age is that of the year: who was born in 1960 was a year younger.
        ages = [row[:3] for row in cells(asked_of("customers-age").drawing) if row[1] or row[2]]
        assert ages == [("45–49", 1, 0), ("65–69", 1, 1), ("Unknown", 2, 2)]

    def test_where_no_run_is_old_enough_it_says_so_and_draws_what_there_is(self):
        before = Scope(AS_OF - dt.timedelta(days=3 * 365), AS_OF, "before")
        shown, alone = asked_of("segments", before), asked_of("segments", None)
        assert shown.drawing.compared == "No run from 16 Jan 2023 or before is kept"
        assert shown.drawing.figure == alone.drawing.figure
        assert shown.drawing.compared in shown.note

    def test_a_part_of_the_customers_is_counted_in_the_rows_of_then(self):
        among = read_typed("kind = organisation", sight=EVERYTHING)
        shown = asked_of("money-at-risk", replace(ASKED, among=among))
        told = [column.key for column in shown.columns]
        high, low = (dict(zip(told, row, strict=True)) for row in cells(shown.drawing))
        assert (high["label"], high["customers"], high["then_customers"]) == ("Very high", 0, 1)
        assert (low["label"], low["customers"], low["then_customers"]) == ("Low", 1, 0)
        # What it had bought by then, as the scores of then say.
        assert high["then_monetary_minor"] == 4_000

    def test_pages_files_dashboards_and_programs_get_the_same(self, client):
        admin = create_user(Role.ADMIN)
        client.force_login(admin)
        board = Dashboard.objects.create(name="Value", owner=admin)
        place = DashboardCard.objects.create(dashboard=board, chart="money-at-risk", position=0)
        asked = {"period": "30d", "compare": "year"}
        told = f"compared with run {Run.objects.get(analysis='churn', as_of=THEN).pk}, as of 3 Jan 2025"
        for address in ("/reports/money-at-risk/card/", board.get_absolute_url()):
            assert told in client.get(address, asked).content.decode()
        card_of_board = f"{board.get_absolute_url()}cards/{place.pk}/"
        assert told in client.get(card_of_board, asked).content.decode()
        assert "compared with" not in client.get(board.get_absolute_url()).content.decode()
        assert "Revenue, 3 Jan 2025" in client.get("/reports/money-at-risk/table.csv", asked).content.decode()
        found = table_json(asked_of("money-at-risk"))
        assert found["compared"] == told
        assert found["rows"][0]["then_monetary"] == 130.0


def test_of_each_month_rows_are_kept_and_of_each_week_sums(monkeypatch):
    monkeypatch.setattr(collection, "KEPT_RUNS", 1)
    monkeypatch.setattr(kept_samples, "CUSTOMERS", 2)
    days_of_runs = [dt.date(2025, 10, 30), *(dt.date(2025, 11, day) for day in (3, 9, 27, 28)), dt.date(2025, 12, 1)]
    runs = [publish_scores(as_of=day) for day in days_of_runs]
    Run.objects.filter(pk=runs[0].pk).update(row_count=len(SCORES))
    collection.keep_sums()
    collection.collect_runs()
    collection.keep_samples_of_older_runs()
    found = {run.as_of: run for run in Run.objects.all()}
    assert [found[day].status for day in days_of_runs] == ["sampled", *["collected"] * 3, *["published"] * 2]
    with_sums = RunSummary.objects.filter(name="profiles").values_list("run__as_of", flat=True).distinct()
    assert sorted(with_sums) == [dt.date(2025, 10, 30), dt.date(2025, 11, 9), dt.date(2025, 11, 28)]
    shown, day = runs[-1], dt.date(2025, 11, 20)
    assert earlier_runs.run_before(shown, day) == found[dt.date(2025, 11, 9)]
    assert earlier_runs.run_with_rows_before(shown, day, also_samples=True) == found[dt.date(2025, 10, 30)]
    assert earlier_runs.run_with_rows_before(shown, day, also_samples=False) is None
    # Two of five are left: each counts for two and a half.
    counted = summaries.frame_of("segments", found[dt.date(2025, 10, 30)], among="TRUE", is_of_then=True)
    assert counted["customers"].tolist() == [2, 2]
