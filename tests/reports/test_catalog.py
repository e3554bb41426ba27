"""Every entry of the catalog, on nothing and on data. A new chart is tested here without a line more."""

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings
from django.utils import timezone, translation

from jobs.status import Status
from reports.cards import card
from reports.catalog import BY_KEY, CHARTS
from reports.frames import Published
from reports.tables import as_file
from reports.words import ReaderWords
from tests.factories import create_customer, create_product
from tests.reports.charts.drawn import cells, validated
from tests.reports.everything import publish_everything
from tests.reports.facts import publish_facts
from tests.reports.runs import (
    AS_OF,
    MAP,
    publish_demand,
    publish_maps,
    publish_scores,
)
from tests.reports.sayings import (
    ADA,
    BOLT,
    CUP,
    SAUCER,
    end_job,
    publish_advice,
    publish_churn,
    publish_composite,
    publish_rules,
    publish_values,
)

pytestmark = pytest.mark.django_db
# Born in the future, from nowhere; orders of nobody and of the day after; refunds that outweigh all, of no order.
ODD_FACTS: dict[str, Any] = {
    "customer_dim": [
        {"customer_id": 1, "birth_year": 3000, "country": "XX", "sex": "?", "source": "<b>"},
        {"customer_id": 2, "birth_year": 1, "is_live": False},
        {"customer_id": BOLT, "kind": "organisation"},
    ],
    "orders": [
        {"order_id": 1, "customer_id": None, "ordered_date": AS_OF, "total_minor": 10**13},
        {"order_id": 2, "customer_id": 2, "ordered_date": AS_OF, "total_minor": 0},
        {"order_id": 4, "customer_id": 9, "ordered_date": AS_OF, "total_minor": 10**13},
        {"order_id": 3, "customer_id": 9, "ordered_date": AS_OF + dt.timedelta(days=1), "kind": "correction"},
    ],
    "lines": [{"order_id": 1, "product_id": 77, "ordered_date": AS_OF, "amount": 5, "quantity": 0, "cost": 10**9}],
    "refunds": [
        {"refund_id": 1, "customer_id": 2, "refunded_date": AS_OF, "total_minor": 10**14},
        {"refund_id": 2, "customer_id": BOLT, "refunded_date": AS_OF, "total_minor": 1},
    ],
    "events": [
        {"customer_id": None, "kind": "visit", "occurred_date": AS_OF},
        {"customer_id": 9, "kind": "of_the_future", "occurred_date": AS_OF},
        {"customer_id": 9, "kind": "add_to_cart", "occurred_date": AS_OF},
        {"customer_id": 10, "kind": "click", "occurred_date": AS_OF},
    ],
}
WORDS = ReaderWords("en_GB", "EUR")

POSITIONED = ("positioning", "group-positioning")
# Of a single customer.
ONE_SAYS = {
    "purchases-rate": "Nobody bought on two days, so there is no rate yet.",
    **dict.fromkeys(POSITIONED, "Fewer than two segments have bought of two known categories."),
}

each_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.key)


@pytest.fixture(scope="class")
def stage(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """What a class publishes, once for all its tests, which only read."""
    folder = tmp_path_factory.mktemp("snapshots")
    with override_settings(SNAPSHOT_DIR=folder), django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        request.cls.publish()
        yield
        transaction.set_rollback(True)


def test_keys_are_unique():
    assert len(BY_KEY) == len(CHARTS)


@each_chart
def test_it_defines_its_numbers(chart):
    assert len(str(chart.definition)) > 80
    assert str(chart.title)
    assert chart.roles


@each_chart
def test_it_says_what_it_lacks_where_nothing_is_published(chart):
    shown = card(chart, Published.now(), WORDS)
    assert shown.drawing.figure is None
    assert shown.drawing.finding
    assert shown.advice
    assert shown.rows == []
    assert shown.as_json()["run"] is None


@pytest.mark.usefixtures("stage")
class TestOnData:
    publish = staticmethod(publish_everything)

    @each_chart
    def test_it_draws_what_is_published(self, chart):
        shown = card(chart, Published.now(), WORDS)
        figure = validated(shown.drawing)
        assert len(figure.data) > 0
        assert shown.drawing.finding
        assert shown.note
        assert shown.run is not None
        assert shown.advice == ""

    @each_chart
    def test_its_table_and_its_file_have_the_same_rows(self, chart):
        shown = card(chart, Published.now(), WORDS)
        assert len(shown.rows) > 0
        in_file = list(csv.reader(io.StringIO(as_file(shown.drawing, WORDS, "csv").decode("utf-8-sig"))))
        assert len(in_file) == len(shown.rows) + 1
        assert {len(row) for row in in_file} == {len(shown.columns)}
        assert len(cells(shown.drawing)) == len(shown.rows)
        figure = json.dumps(shown.drawing.figure)
        leads = bool(shown.drawing.drill), "customdata" in figure or '"filter"' in figure
        assert leads == ((chart.subject != "upkeep"),) * 2, "marks lead to customers, but of runs and jobs"

    @each_chart
    def test_it_speaks_chinese_and_is_small(self, chart):
        english = card(chart, Published.now(), WORDS).as_json()
        with translation.override("zh-hans"):
            chinese = card(chart, Published.now(), ReaderWords.of_reader("EUR")).as_json()
        for part in ("title", "finding", "unit", "sample", "definition"):
            assert chinese[part] != english[part]
        assert len(json.dumps(english, default=str)) < 16_000


@pytest.mark.usefixtures("stage")
class TestOnOneCustomer:
    @staticmethod
    def publish():
        publish_scores([(BOLT, 0, 1, 1, 5, 5, "champions")])
        publish_scores([(BOLT, 0, 1, 1, 5, 5, "new")])
        order = {"order_id": 1, "customer_id": BOLT, "ordered_date": AS_OF}
        publish_facts(
            days=[(AS_OF, 1, 1, 1, 1, 1, 0)],
            customer_dim=[
                {"customer_id": BOLT, "kind": "organisation", "birth_year": 1980, "since_date": AS_OF},
            ],
            orders=[order],
            lines=[{**order, "product_id": CUP, "cost": 4}, {**order, "product_id": SAUCER}],
            events=[{"customer_id": BOLT, "kind": "visit", "occurred_date": AS_OF}],
            feedback=[{"customer_id": BOLT, "product_id": CUP, "answer": "offered", "given_date": AS_OF}],
        )
        alone = {**MAP, "points": [[1, 0.0, 0.0]], "centroids": [[1, 0.0, 0.0]], "explained": [0.0, 0.0]}
        publish_maps([(BOLT, 1)], drawn=alone)
        publish_demand([1.0])
        create_customer("Bolt Ltd", pk=BOLT, kind="organisation")
        publish_values([(BOLT, 1)], calibration=[[0.0, 0.0, 1]])
        publish_churn([(BOLT, 1.0, "very_high")], calibration=[[1.0, 1.0, 1]])
        publish_composite([(BOLT, 0.5)])
        publish_advice(offered=1, bought=0, not_relevant=0, ndcg=0.0)
        publish_rules([(create_product(pk=CUP).pk, create_product(pk=SAUCER).pk)])
        end_job("recompute", seconds=0, ended_at=timezone.now())

    @each_chart
    def test_it_draws_a_single_customer(self, chart):
        shown = card(chart, Published.now(), WORDS)
        if chart.key in ONE_SAYS:
            assert shown.drawing.finding == ONE_SAYS[chart.key]
            return
        validated(shown.drawing)
        assert len(shown.rows) > 0


@pytest.mark.usefixtures("stage")
class TestOnWhatNobodyExpects:
    """Refunds that outweigh all orders, a segment of a newer version, days without a buyer, scores of nobody, weeks."""

    @staticmethod
    def publish():
        publish_scores(
            [(ADA, None, 0, -500, None, None, "prospect"), (BOLT, 9_999, 4_000, 10**14, 1, 5, "from_the_future")]
        )
        publish_scores([(BOLT, 9_999, 4_000, -(10**14), 1, 5, "at_risk"), (3, 1, 1, 0, 5, 1, "new")])
        days = [(AS_OF.replace(day=1), 0, 0, 0, 0, 0, 10**14), (AS_OF, 3, 0, 0, 0, 10**13, 0)]
        of_nothing = {"customer_id": BOLT, "product_id": 10**9, "answer": "not_relevant", "given_date": AS_OF}
        publish_facts(days=days, **ODD_FACTS, feedback=[of_nothing])
        publish_maps(drawn={**MAP, "centroids": [[0, 0.0, 3.0], [40, 9e9, 0.5]]})
        publish_demand([-(10.0**13), 0.0, 10.0**14], grain="week")
        create_customer("<b>", pk=ADA)
        create_customer("\u202e", pk=BOLT, kind="organisation")
        publish_values([(ADA, 10**14), (BOLT, -5), (9, 0)], calibration=[[-1, 5, 1]])
        publish_churn([(BOLT, 0.0, "of_time"), (3, 1.0, "high")], calibration=[[0.0, 1.0, 0]])
        publish_composite([(BOLT, 0.0), (3, 1.0)])
        publish_advice(offered=0, bought=0, not_relevant=3, ndcg=0.0)
        product = create_product("<i>" * 60).pk
        publish_rules([(product, product), (product, 10**9)], lift=10.0**6)
        end_job("of_the_future", seconds=-5, status=Status.FAILED, ended_at=timezone.now())
        end_job("recompute", seconds=-5, ended_at=timezone.now())

    @each_chart
    def test_it_is_drawn(self, chart):
        shown = card(chart, Published.now(), WORDS)
        if chart.key in {"customers-growth", "customers-age", "purchases-rate", "rule-network", *POSITIONED}:
            # Nobody has a day, a year that anybody can be born in, or two purchases; nobody known bought a thing.
            assert shown.drawing.figure is None
            assert shown.drawing.finding
            return
        validated(shown.drawing)
