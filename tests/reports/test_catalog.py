"""Every entry of the catalog, on nothing and on data. A new chart is tested here without a line more."""

import csv
import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation

from reports.cards import card
from reports.catalog import BY_KEY, CHARTS
from reports.frames import Published
from reports.tables import as_file
from reports.words import ReaderWords
from tests.reports.charts.drawn import cells, validated
from tests.reports.facts import publish_facts
from tests.reports.runs import (
    AS_OF,
    DAYS,
    MAP,
    POSITIONING,
    SCORES,
    publish_demand,
    publish_maps,
    publish_scores,
)

pytestmark = pytest.mark.django_db
# Two buyers of whom everything is known, one of whom nothing is, in two years.
FACTS: dict[str, Any] = {
    "customer_dim": [
        {"customer_id": 1, "sex": "female", "country": "DE", "region": "Berlin", "source": "fair", "birth_year": 1980},
        {"customer_id": 2, "sex": "male", "country": "FR", "region": "Paris", "source": "web", "birth_year": 1960},
        {"customer_id": 3},
    ],
    "orders": [
        {"order_id": 1, "customer_id": 1, "ordered_date": dt.date(2024, 11, 1)},
        {"order_id": 2, "customer_id": 1, "ordered_date": dt.date(2025, 11, 3), "total_minor": 2_000},
        {"order_id": 3, "customer_id": 2, "ordered_date": dt.date(2025, 11, 20), "total_minor": 3_000},
        {"order_id": 4, "customer_id": 1, "ordered_date": AS_OF, "total_minor": 4_000},
        {"order_id": 5, "customer_id": None, "ordered_date": AS_OF, "total_minor": 5_000},
    ],
    "lines": [
        {"order_id": 2, "customer_id": 1, "product_id": 1, "ordered_date": dt.date(2025, 11, 3), "amount": 20},
        {"order_id": 4, "customer_id": 1, "product_id": 2, "ordered_date": AS_OF, "amount": 40},
    ],
    "refunds": [{"refund_id": 1, "order_id": 3, "customer_id": 2, "refunded_date": AS_OF, "total_minor": 500}],
    "products": [{"product_id": 1, "category_id": 1}, {"product_id": 2}],
}
# Born in the future, from nowhere; orders of nobody and of the day after; refunds that outweigh all, of no order.
ODD_FACTS: dict[str, Any] = {
    "customer_dim": [
        {"customer_id": 1, "birth_year": 3000, "country": "XX", "sex": "?", "source": "<b>"},
        {"customer_id": 2, "birth_year": 1, "is_live": False},
    ],
    "orders": [
        {"order_id": 1, "customer_id": None, "ordered_date": AS_OF, "total_minor": 10**13},
        {"order_id": 2, "customer_id": 2, "ordered_date": AS_OF, "total_minor": 0},
        {"order_id": 3, "customer_id": 9, "ordered_date": AS_OF + dt.timedelta(days=1), "kind": "correction"},
    ],
    "lines": [
        {"order_id": 1, "customer_id": None, "product_id": 77, "ordered_date": AS_OF, "amount": -5, "quantity": 0}
    ],
    "refunds": [{"refund_id": 1, "customer_id": 2, "refunded_date": AS_OF, "total_minor": 10**14}],
}
WORDS = ReaderWords("en_GB", "EUR")

each_chart = pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.key)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()


@pytest.fixture
def published() -> Published:
    publish_scores([(1, 3, 9, 90_000, 4, 4, "loyal"), *SCORES[1:]])
    publish_scores()
    publish_facts(days=DAYS, **FACTS)
    publish_maps()
    publish_demand([90_000, *[50_000] * 20, 20_000])
    return Published.now()


def test_keys_are_unique():
    assert len(BY_KEY) == len(CHARTS)


@each_chart
def test_it_says_what_it_lacks_where_nothing_is_published(chart):
    shown = card(chart, Published.now(), WORDS)
    assert shown.drawing.figure is None
    assert shown.drawing.finding
    assert shown.advice
    assert shown.rows == []
    assert shown.as_json()["run"] is None


@each_chart
def test_it_draws_what_is_published(chart, published):
    shown = card(chart, published, WORDS)
    figure = validated(shown.drawing)
    assert len(figure.data) > 0
    assert shown.drawing.finding
    assert shown.note
    assert shown.run is not None
    assert shown.advice == ""


@each_chart
def test_it_draws_a_single_customer(chart):
    publish_scores([(1, 0, 1, 1, 5, 5, "champions")])
    publish_scores([(1, 0, 1, 1, 5, 5, "new")])
    order = {"order_id": 1, "customer_id": 1, "ordered_date": AS_OF}
    line = {**order, "product_id": 1}
    publish_facts(days=[(AS_OF, 1, 1, 1, 1, 1, 0)], customer_dim=[{"customer_id": 1}], orders=[order], lines=[line])
    alone = {**MAP, "points": [[1, 0.0, 0.0]], "centroids": [[1, 0.0, 0.0]], "explained": [0.0, 0.0]}
    pair = {"groups": ["1"], "categories": [7], "group_lines": [1], "category_lines": [1], "ratios": [[1.0]]}
    publish_maps(drawn=alone, positioning={**POSITIONING, **pair, "rows": [[0, 0]], "columns": [[0, 0]]})
    publish_demand([1.0])
    shown = card(chart, Published.now(), WORDS)
    validated(shown.drawing)
    assert len(shown.rows) > 0


@each_chart
def test_it_draws_what_nobody_expects(chart):
    """Refunds that outweigh all orders, a segment of a newer version, days without a buyer, scores of nobody, weeks."""
    publish_scores([(1, None, 0, -500, None, None, "prospect"), (2, 9_999, 4_000, 10**14, 1, 5, "from_the_future")])
    publish_scores([(2, 9_999, 4_000, -(10**14), 1, 5, "at_risk"), (3, 1, 1, 0, 5, 1, "new")])
    days = [(AS_OF.replace(day=1), 0, 0, 0, 0, 0, 10**14), (AS_OF, 3, 0, 0, 0, 10**13, 0)]
    publish_facts(days=days, **ODD_FACTS)
    publish_maps(drawn={**MAP, "centroids": [[0, 0.0, 3.0], [40, 9e9, 0.5]]})
    publish_demand([-(10.0**13), 0.0, 10.0**14], grain="week")
    validated(card(chart, Published.now(), WORDS).drawing)


@each_chart
def test_its_table_and_its_file_have_the_same_rows(chart, published):
    shown = card(chart, published, WORDS)
    assert len(shown.rows) > 0
    in_file = list(csv.reader(io.StringIO(as_file(shown.drawing, WORDS, "csv").decode("utf-8-sig"))))
    assert len(in_file) == len(shown.rows) + 1
    assert {len(row) for row in in_file} == {len(shown.columns)}
    assert len(cells(shown.drawing)) == len(shown.rows)


@each_chart
def test_it_defines_its_numbers(chart):
    assert len(str(chart.definition)) > 80
    assert str(chart.title)
    assert chart.roles


@each_chart
def test_it_speaks_chinese(chart, published):
    english = card(chart, published, WORDS).as_json()
    with translation.override("zh-hans"):
        chinese = card(chart, Published.now(), ReaderWords.of_reader("EUR")).as_json()
    for part in ("title", "finding", "unit", "sample", "definition"):
        assert chinese[part] != english[part]


@each_chart
def test_its_figure_is_small(chart, published):
    assert len(json.dumps(card(chart, published, WORDS).as_json(), default=str)) < 16_000
