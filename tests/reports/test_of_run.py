"""The list behind a mark holds as many customers as the mark counts, whatever has happened since it was drawn."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import FIRST_RULES, AccessRule, Confidential, Role
from accounts.visibility import EVERYTHING
from analytics import publishing
from analytics.models import JudgedCustomers, RfmScore, Run
from customers.filters import FilterError, MaskedField, apply, as_json, parse, parse_text
from customers.models import Address, Customer
from reports import members
from reports.catalog import BY_KEY, CHARTS
from reports.charts.drawing import ONE_CUSTOMER, ColumnKind, rows_of
from reports.exploring import Asked
from reports.frames import Published
from reports.members import Members
from reports.scope import Scope
from reports.semantics.dimensions import DIMENSION
from reports.semantics.measures import MEASURE
from reports.semantics.questions import Question
from reports.words import ReaderWords
from tests.factories import create_customer, create_event, create_order, create_product, create_team, create_user
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, publish_demand, publish_maps, publish_scores
from tests.reports.sayings import (
    keep_judged,
    publish_advice,
    publish_churn,
    publish_composite,
    publish_rules,
    publish_values,
)

pytestmark = pytest.mark.django_db

WORDS = ReaderWords("en_GB", "EUR")
SINCE = AS_OF - dt.timedelta(days=200)
EVERYBODY_OF = Scope(SINCE, AS_OF)
OF_FAIR = replace(EVERYBODY_OF, among=parse({"field": "source", "op": "is", "value": "fair"}))
SEGMENTS = ("champions", "loyal", "at_risk", "lost")
# Charts whose rows count customers, by the column that does.
ENDS = ("segment", "category", "antecedent", "consequent", "bought", "not_relevant", "stayed")
FILTERS_OF_MONTHS = ("filter", "new_filter", "returning_filter")
COUNTED = {"customers", "buyers", "new", "i_customers", "cases", "offered_customers"}


def day(ago: int) -> dt.date:
    return AS_OF - dt.timedelta(days=ago)


@pytest.fixture
def people(settings, tmp_path):
    """Eight customers, of whom the even ones are of the fair and of the North; what they did, and what runs say."""
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()
    teams = create_team("North"), create_team("South")
    people = [
        create_customer(f"person {number}", source=("fair", "web")[number % 2], team=teams[number % 2])
        for number in range(8)
    ]
    products = [create_product(), create_product()]
    orders: list[tuple[int | None, int, int]] = [(who, 3 + 20 * who, 1_000 * (who + 1)) for who in range(6)]
    orders += [(0, 30, 500), (0, 100, 700), (1, 60, 90_000), (2, 10, 100), (None, 5, 400), (3, 300, 100)]
    kinds = ("visit", "view", "add_to_cart", "click")
    publish_facts(
        customer_dim=[
            {"customer_id": each.pk, "source": each.source, "birth_year": (1990, 1961, None, 3000)[number % 4],
             "since_date": day(70 * number), "country": ("DE", "FR", "")[number % 3], "team_id": each.team_id,
             "sex": ("female", "")[number % 2], "region": ("Berlin", "berlin")[number % 2], "is_live": number != 7}
            for number, each in enumerate(people)
        ],
        orders=[
            {"order_id": number, "customer_id": None if who is None else people[who].pk, "ordered_date": day(ago),
             "total_minor": minor, "channel": ("web", "")[number % 2]}
            for number, (who, ago, minor) in enumerate(orders, start=1)
        ],
        refunds=[{"refund_id": 1, "order_id": 3, "customer_id": people[2].pk, "refunded_date": day(2),
                  "total_minor": 3_000}],
        lines=[
            {"order_id": number, "customer_id": None if who is None else people[who].pk, "ordered_date": day(ago),
             "amount": minor / 100, "cost": 1, "product_id": product.pk}
            for number, (who, ago, minor) in enumerate(orders, start=1)
            for product in (products if number % 3 == 1 else products[number % 2 :][:1])
        ],
        products=[{"product_id": product.pk, "category_id": number} for number, product in enumerate(products, 1)],
        feedback=[
            {"customer_id": people[who].pk, "product_id": products[0].pk, "answer": answer, "given_date": day(ago)}
            for who, answer, ago in ((0, "offered", 40), (1, "offered", 40), (4, "offered", 1), (6, "not_relevant", 9))
        ],
        events=[
            {"customer_id": people[who].pk, "kind": kinds[number % 4], "occurred_date": day(90 - number)}
            for number, who in enumerate((0, 0, 0, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6))
        ],
    )  # fmt: skip
    for shift in (0, 1):
        publish_scores(
            [
                (each.pk, 3 + number, 1 + number, 1_000 * (number + 1), 1 + number % 5, 1 + number % 4,
                 SEGMENTS[(number + shift * (number > 4)) % 4])
                for number, each in enumerate(people[:7])
            ]
        )  # fmt: skip
    values = publish_values([(each.pk, 4_000 * (number + 1)) for number, each in enumerate(people[:7])])
    churn = publish_churn(
        [(each.pk, number / 7, ("low", "very_high")[number % 2]) for number, each in enumerate(people[:7])]
    )
    for run, forecast in ((churn, ""), (values, ""), (values, "purchases_3m")):
        keep_judged(run, [(each.pk, number // 3, 1) for number, each in enumerate(people[:6])], forecast=forecast)
    publish_composite([(each.pk, 0.5) for each in people[:7]])
    publish_maps([(each.pk, number % 2 + 1) for number, each in enumerate(people[:7])])
    publish_rules([(products[0].pk, products[1].pk)])
    keep_judged(publish_advice(offered=0, bought=0, not_relevant=0), [(each.pk, 0, 0) for each in people[:3]])
    publish_demand([1_000.0] * 3)
    return people


def behind(text, sight=EVERYTHING):
    return set(apply(Customer.objects.live(), parse_text(text), sight=sight).values_list("pk", flat=True))


def marks(scope, sight=EVERYTHING, charts=CHARTS):
    """(chart, filter, how many the mark counts) of the last and the largest mark of each chart that leads to them."""
    found = []
    for chart in charts:
        drawing = chart.drawing(Published.now(sight, scope=scope), WORDS)
        columns = [column.key for column in drawing.table.columns]
        counts = [column.key for column in drawing.table.columns if column.kind is ColumnKind.COUNT]
        if chart.by_series or not drawing.drill or drawing.drill == ONE_CUSTOMER:
            continue
        is_of_customers = "value" in columns and columns[1] == "value" and chart.subject == "customers"
        counted = next((name for name in counts if name in COUNTED), "value" if is_of_customers else "")
        ends = [(f"{end}_customers", f"{end}_filter") for end in ENDS]
        for name, column in ((counted, "filter"), ("new", "new_filter"), ("returning", "returning_filter"),
                             ("f_customers", "f_filter"), *ends):  # fmt: skip
            rows = [row for row in rows_of(drawing.table.frame) if counted and row.get(column) and name in row]
            if rows:
                most = max(rows, key=lambda row: row[name])
                found += [(chart.key, row[column], int(row[name])) for row in (rows[-1], most)]
        for flows in (trace for trace in (drawing.figure or {})["data"] if trace["type"] == "sankey"):
            links = flows["link"]
            found += zip([chart.key] * 3, links["customdata"], map(int, links["value"]), strict=False)
    return found


def change_everything(people):
    for each in people[1:]:
        create_order(each, on=day(1), amount="77.00")
        create_event(each, on=day(1), kind="visit")
        Address.objects.create(customer=each, country="IT", region="Rome", is_primary=True)
    Customer.objects.update(source="elsewhere", customer_since=day(1), birth_date=dt.date(1950, 1, 1))
    publish_scores([(each.pk, 1, 1, 1, 5, 5, "new") for each in people])


def test_the_number_of_a_mark_is_that_of_the_list_even_after_everything_has_changed(people, monkeypatch):
    monkeypatch.setattr(members, "NAMED", 3)  # so that the larger ones are looked up by their bits
    drawn = marks(EVERYBODY_OF) + marks(OF_FAIR)
    charts = {chart for chart, _filter, _count in drawn}
    assert {
        "customers-growth", "customers-age", "customers-map", "customers-region", "customers-segment", "sales-buyers",
        "cohorts-customers", "purchases-number", "purchases-rate", "purchases-amount", "distributions", "segments",
        "recency-frequency", "movement", "segment-profiles", "segment-sizes", "expected-spend", "churn-distribution",
        "money-at-risk", "value-by-segment", "funnel", "sales-concentration", "expected-concentration", "paths",
        "positioning", "group-positioning", "group-map", "dense-group-map", "rule-network", "churn-calibration",
        "value-calibration", "recommendations-offered", "segment-evenness",
    } <= charts, charts  # fmt: skip
    assert sum(count for _chart, _filter, count in drawn) > 100
    change_everything(people)
    cache.clear()
    # The seventh is archived in the facts and alive in the database: facts say who was a customer then.
    listed = [(*mark, len(behind(mark[1]))) for mark in drawn]
    assert not [mark for mark in listed if mark[2] != mark[3]]


def test_a_month_of_the_dashboard_leads_to_who_bought_in_it(people):
    sight = create_user(Role.SALES, team=people[0].team).sight
    drawing = BY_KEY["buyers"].drawing(Published.now(sight), WORDS)
    rows = rows_of(drawing.table.frame)
    assert sum(row["buyers"] for row in rows) > 3
    for row in rows:
        found = [len(behind(row[name], sight)) if row[name] else 0 for name in FILTERS_OF_MONTHS]
        assert found == [row["buyers"], row["new_buyers"], row["returning_buyers"]], row["month"]
    revenue = rows_of(BY_KEY["revenue"].drawing(Published.now(sight), WORDS).table.frame)
    assert [row["filter"] for row in revenue] == [row["filter"] for row in rows]


def test_earlier_days_lead_to_who_was_there_then(people):
    compared = Published.now(scope=Scope(day(80), AS_OF, "before"))
    steps = rows_of(BY_KEY["funnel"].drawing(compared, WORDS).table.frame)
    assert [len(behind(step["earlier_filter"])) for step in steps if step["earlier"]] == [
        step["earlier"] for step in steps if step["earlier"]
    ]
    assert steps[0]["earlier"] > 1
    weeks = rows_of(BY_KEY["sales-revenue"].drawing(compared, WORDS).table.frame)
    found = [behind(week["earlier_filter"]) for week in weeks if week["earlier_minor"]]
    assert set.union(*found) == {people[who].pk for who in (0, 4, 5)}


def test_a_period_of_demand_leads_to_who_bought_in_it_and_a_way_to_recommend_to_who_was_asked_about(people):
    table = BY_KEY["demand-anomalies"].drawing(Published.now(), WORDS).table.frame
    found = {row["start_date"]: behind(row["filter"]) for row in rows_of(table)}
    assert found[dt.date(2025, 12, 1)] == {people[who].pk for who in (0, 1, 2)}
    [_popular, used] = rows_of(BY_KEY["recommenders"].drawing(Published.now(), WORDS).table.frame)
    assert behind(used["filter"]) == {each.pk for each in people[:3]}
    JudgedCustomers.objects.all().delete()
    assert behind(used["filter"]) == set()


def test_every_measure_by_every_division_leads_to_whom_it_counts(people):
    run = Published.now().facts_run
    for measure in ("customers", "buyers", "product_buyers"):
        for by in ("month", "source", "region", "born", "segment", "team", "channel", "category"):
            if MEASURE[measure].subject not in DIMENSION[by].subjects:
                continue
            split = "sex" if by != "born" else ""
            question = Question(measure, by, SINCE, AS_OF, split)
            rows = rows_of(Asked(question, run, EVERYTHING, WORDS).drawing().table.frame)
            for row in [row for row in rows if row["value"] > 0][:3]:
                assert len(behind(row["filter"])) == row["value"], (measure, by, row)
    for measure, by in (("buyers", "month"), ("buyers", "source"), ("customers", "sex"), ("customers", "country")):
        question = Question(measure, by, day(60), AS_OF, compare="before")
        rows = rows_of(Asked(question, run, EVERYTHING, WORDS).drawing().table.frame)
        then = [(len(behind(row["earlier_filter"])), row["earlier"]) for row in rows if row["earlier_filter"]]
        assert any(found for found, _told in then), (measure, by)
        assert [found for found, _told in then] == [told for _found, told in then], (measure, by)
    scope = Scope(day(60), AS_OF, "before")
    ages = BY_KEY["customers-age"].drawing(Published.now(scope=scope), WORDS).figure
    assert ages is not None
    marks_of_then = zip(ages["data"][-1]["customdata"], ages["data"][-1]["y"], strict=True)
    counted = {each: count for each, count in marks_of_then if each}
    assert {each: len(behind(each)) for each in counted} == counted
    visits = Asked(Question("visits", "month", SINCE, AS_OF), run, EVERYTHING, WORDS).drawing().table.frame
    assert behind(visits["filter"].iloc[-4]) | behind(visits["filter"].iloc[-3]) == {
        people[who].pk for who in (0, 1, 4, 6)
    }


def test_a_period_of_behaviour_leads_to_who_did_it_then(people):
    table = BY_KEY["behaviour-trend"].drawing(Published.now(scope=OF_FAIR), WORDS).table.frame
    found = {(row["label"], row["period"]): behind(row["filter"]) for row in rows_of(table) if row["filter"]}
    visits = [who for (label, _period), who in found.items() if label == "Visits"]
    assert set.union(*visits) == {people[who].pk for who in (0, 4, 6)}
    assert len(found) == len(table[table["value"] > 0])


def test_who_was_deleted_since_is_told_and_rows_that_one_may_not_see_are_in_neither(people, client):
    drawn = marks(EVERYBODY_OF, charts=[BY_KEY["customers-map"]])
    [filter_text] = [text for _chart, text, count in drawn if count == 3]
    northerner = create_user(Role.SALES, team=people[0].team)
    client.force_login(create_user(Role.MANAGER))
    address = f"/customers/?{urlencode({'filter': filter_text})}"
    page = client.get(address).content.decode()
    assert "3 customers then" in page
    assert "deleted" not in page
    Customer.objects.filter(pk=people[0].pk).update(deleted_at=timezone.now())
    page = client.get(address).content.decode()
    assert "3 customers then" in page
    assert "1 of them is archived or deleted" in page
    assert behind(filter_text) == {people[3].pk, people[6].pk}
    client.force_login(northerner)
    page = client.get(address).content.decode()
    assert "2 customers then" in page
    assert behind(filter_text, northerner.sight) == {people[6].pk}


def test_what_was_brought_up_to_date_since_is_told_with_both_numbers(people, client):
    charts = BY_KEY["segments"], BY_KEY["customers-map"]
    _last, of_segment, _least, of_country = marks(EVERYBODY_OF, charts=charts)
    client.force_login(create_user(Role.MANAGER))

    def page(mark):
        return client.get(f"/customers/?{urlencode({'filter': mark[1]})}").content.decode()

    assert "was brought up to date" not in page(of_segment)
    run = publishing.current_run("rfm")
    RfmScore.objects.filter(run_id=run.pk, customer_id=min(behind(of_segment[1]))).delete()
    Run.objects.filter(pk=run.pk).update(refreshed_at=timezone.now())
    said = f"the chart counted {of_segment[2]}, by now they are {of_segment[2] - 1}"
    assert f"run {run.pk} was brought up to date" in page(of_segment)
    assert said in page(of_segment)
    assert "was brought up to date" not in page(of_country), "its customers do not depend on scores"
    assert "was brought up to date" not in page(marks(EVERYBODY_OF, charts=charts)[1])


def test_what_is_not_kept_any_more_finds_nobody_and_says_so(people, client):
    filter_text = marks(EVERYBODY_OF, charts=[BY_KEY["customers-growth"]])[0][1]
    assert as_json(parse_text(filter_text)) == {"version": 1, **as_json(parse(as_json(parse_text(filter_text))))}
    Run.objects.filter(analysis="daily").update(status=Run.Status.COLLECTED)
    client.force_login(create_user(Role.MANAGER))
    page = client.get(f"/customers/?{urlencode({'filter': filter_text})}").content.decode()
    assert "What this chart was drawn from is not kept any more" in page
    assert behind(filter_text) == set()


def test_a_mark_tells_nothing_that_is_hidden(people):
    AccessRule.objects.create(
        role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": [Confidential.BIRTH_DATE]}
    )
    viewer = create_user(Role.VIEWER)
    run = Published.now().facts_run.pk
    days = {"since": str(SINCE), "until": str(AS_OF)}
    for asked in (
        {"runs": [run], "of": "customers/born", "key": "1990", **days},
        {"runs": [run], "of": "customers/sex/born", "key": "female", "further": "1990", **days},
        {"runs": [run], "who": {"not": {"field": "birth_date", "op": "is_empty"}}},
    ):
        with pytest.raises(MaskedField):
            apply(Customer.objects.live(), parse({"of_run": asked}), sight=viewer.sight)


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({}, "/of_run/runs"),
        ({"runs": []}, "/of_run/runs"),
        ({"runs": ["1"]}, "/of_run/runs/0"),
        ({"runs": [1], "who": {"nonsense": {}}}, "/of_run/who"),
        ({"runs": [1], "of": "customers/sauce", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "of": "revenue/product", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "of": "orders/month", "key": "x", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "of": "spending", "key": "1); DROP", "since": "2026-01-01", "until": "2026-01-02"},
         "/of_run/of"),
        ({"runs": [1], "of": "paths", "key": "came.*.*/1", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "of": "paths", "key": "*.*.*.*/0", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "of": "together", "key": "1.2.3", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "of": "expected_best", "key": "1..x", "since": "2026-01-01", "until": "2026-01-02"},
         "/of_run/of"),
        ({"runs": [1], "of": "churn_judged", "key": "1.11.0.1..0.2", "since": "2026-01-01", "until": "2026-01-02"},
         "/of_run/of"),
        ({"runs": [1], "of": "category", "key": "0", "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/of"),
        ({"runs": [1], "refreshed": "2026-01-01"}, "/of_run/refreshed"),
        ({"runs": [1], "refreshed": "", "drawn": -1}, "/of_run/drawn"),
        ({"runs": [1], "of": "funnel", "key": "came", "since": "2026-01-01"}, "/of_run/until"),
        ({"runs": [1], "of": "funnel", "key": 7, "since": "2026-01-01", "until": "2026-01-02"}, "/of_run/key"),
        ({"runs": [1], "of": "funnel", "since": {"days_ago": 1}, "until": "2026-01-02"}, "/of_run/since"),
    ],
)  # fmt: skip
def test_what_no_chart_has_is_refused_with_its_place(asked, place):
    with pytest.raises(FilterError) as refused:
        parse({"of_run": asked})
    assert refused.value.path == place


def test_ids_are_kept_as_bits():
    ids = np.array([7, 8, 15, 16, 300], dtype=np.int64)
    kept = Members.of(ids)
    assert (kept.count, kept.ids.tolist(), kept.first) == (5, ids.tolist(), 7)
    assert kept.holding(np.array([8, 9, 300])) == 2
    assert Members.of(ids[:0]).count == 0
