"""The explorer: its numbers are those of the facts, of the seen customers alone, and every question gets an answer."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json

import numpy as np
import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation

from accounts.models import FIRST_RULES, AccessRule, Role, Team
from accounts.visibility import EVERYTHING
from analytics.job_kinds import RECOMPUTE
from customers.filters import apply, parse
from customers.models import Category, Customer
from jobs import actions
from jobs.execution import run_job
from protection.audit.models import AccessLog
from reports.exploring import Asked
from reports.models import Report
from reports.semantics.answers import answer, newest_facts
from reports.semantics.few import FEW
from reports.semantics.measures import MEASURES
from reports.semantics.questions import BadQuestion, Question, dimensions_for
from reports.words import ReaderWords
from tests.factories import create_customer, create_event, create_order, create_product, create_refund, create_team
from tests.factories import create_user as user_of
from tests.reports.charts.drawn import validated
from tests.reports.runs import drop_partitions

pytestmark = pytest.mark.django_db(transaction=True)

SINCE, UNTIL = dt.date(2026, 5, 1), dt.date(2026, 6, 30)
URL = "/reports/explore/"


@pytest.fixture(autouse=True)
def computed(settings, tmp_path):
    """Six customers of the North, one of the South, one order of nobody."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshots"
    cache.clear()
    north, south = create_team("North"), create_team("South")
    tea = create_product(sku="tea", category=Category.objects.create(name="Drinks"))
    for number in range(6):
        born = dt.date(1980 + number, 1, 1)
        customer = create_customer(f"north {number}", team=north, source="fair", lifecycle="customer", birth_date=born)
        create_order(customer, on=UNTIL, amount="10.00", channel="web", products=[tea])
        create_event(customer, on=UNTIL, kind="visit")
    create_order(customer, on=dt.date(2025, 6, 3), amount="6.00", channel="web")
    create_order(create_customer("south", team=south, source="web"), on=SINCE, amount="1000.00", channel="shop")
    create_refund(customer, on=UNTIL, amount="3.00")
    create_order(None, on=UNTIL, amount="77.00", channel="shop")
    run_job(actions.enqueue(kind=RECOMPUTE, params={"analyses": ["daily", "rfm"]}, notify=False).pk)
    yield
    drop_partitions()


def asked(measure, by, *, sight=EVERYTHING, among=None, **more):
    question = Question(measure, by, **{"since": SINCE, "until": UNTIL, **more})
    if among is not None:
        question = Question(measure, by, SINCE, UNTIL, among=parse(among), **more)
    return answer(question, run=newest_facts(), sight=sight, minor_units=100).frame


def values(frame):
    return dict(zip(frame["key"], frame["value"], strict=True))


def test_the_numbers_are_those_of_the_facts_narrowed_by_a_filter_and_by_what_somebody_sees():
    assert values(asked("revenue", "month")) == {SINCE: 100_000, dt.date(2026, 6, 1): 6_000 - 300 + 7_700}
    assert values(asked("revenue", "source")) == {"web": 100_000, "": 7_700, "fair": 5_700}
    assert values(asked("orders", "channel")) == {"web": 6, "shop": 2}
    assert values(asked("buyers", "team")) == {
        Team.objects.get(name=name).pk: n for name, n in (("North", 6), ("South", 1))
    }
    assert values(asked("visits", "lifecycle")) == {"customer": 6}
    assert values(asked("customers", "source")) == {"fair": 6, "web": 1}
    assert values(asked("refund_share", "year")) == pytest.approx({dt.date(2026, 1, 1): 300 / 113_700})
    compared = asked("orders", "quarter", since=dt.date(2026, 4, 1), compare="year")
    assert [tuple(row) for row in compared[["value", "earlier"]].to_numpy()] == [(8, 1)]
    split = asked("orders", "month", split="channel")
    assert sorted(zip(split["key"], split["split"], split["value"], strict=True)) == [
        (SINCE, "shop", 1), (SINCE, "web", 0), (dt.date(2026, 6, 1), "shop", 1), (dt.date(2026, 6, 1), "web", 6)
    ]  # fmt: skip

    fair = {"field": "source", "op": "is", "value": "fair"}
    assert asked("revenue", "year", among=fair)["value"].sum() == 5_700
    northerner = user_of(Role.SALES, team=Team.objects.get(name="North"))
    assert asked("revenue", "year", sight=northerner.sight)["value"].sum() == 5_700
    assert asked("revenue", "year", sight=northerner.sight, among={"not": fair})["value"].sum() == 0


def test_groups_of_few_are_not_told_to_somebody_from_whom_fields_are_hidden():
    AccessRule.objects.create(role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": ["birth_date"]})
    viewer = user_of(Role.VIEWER)
    # Six of the fair beside seven in all would be one of the web; an order of nobody tells of nobody.
    assert values(asked("customers", "source", sight=viewer.sight)) == {FEW: 7}
    assert values(asked("orders", "source", sight=viewer.sight)) == {FEW: 7, "": 1}
    assert values(asked("buyers", "source", sight=viewer.sight)) == {}
    # Six now, and one a year before, who would be told of beside them.
    assert values(asked("orders", "source", sight=viewer.sight, compare="year")) == {"": 1}
    by_month = asked("orders", "month", sight=viewer.sight, split="source")
    told = {(row.key.month, row.split): row.value for row in by_month.itertuples()}
    assert np.isnan(told.pop((5, "web"))), "a zero would be read as no order"
    assert told == {(5, "fair"): 0, (5, ""): 0, (6, "web"): 0, (6, "fair"): 6, (6, ""): 1}
    with pytest.raises(BadQuestion):
        asked("customers", "born", sight=viewer.sight)


def test_each_persons_search_by_a_hidden_value_is_logged():
    AccessRule.objects.create(role=Role.VIEWER, **{**FIRST_RULES[Role.VIEWER], "sees": "all", "masked": ["email"]})
    words = ReaderWords("en_GB", "EUR")
    among = parse({"field": "email", "op": "is", "value": "ada@example.org"})
    question = Question("customers", "source", SINCE, UNTIL, among=among)
    before = AccessLog.objects.filter(what="search_masked").count()
    for viewer in (user_of(Role.VIEWER), user_of(Role.VIEWER)):
        Asked(question, newest_facts(), viewer.sight, words).drawing()
    assert AccessLog.objects.filter(what="search_masked").count() == before + 2


def test_every_measure_by_every_division_is_drawn_and_a_row_leads_to_the_customers_behind_it():
    words = ReaderWords("en_GB", "EUR")
    checked = set()
    for place, measure in enumerate(MEASURES):
        with translation.override(("en", "zh-hans")[place % 2]):
            for by in dimensions_for(measure, EVERYTHING):
                question = Question(measure.key, by, SINCE, UNTIL).check(EVERYTHING)
                drawing = Asked(question, newest_facts(), EVERYTHING, words).drawing()
                assert drawing.finding, (measure.key, by)
                kind = (measure.kind, question.divided.of)
                if drawing.figure and kind not in checked:  # a figure of each shape; checking one is what takes time
                    validated(drawing)
                    checked.add(kind)
    for by, expected in (("source", 6), ("month", 6), ("product", 6), ("segment", None)):
        counted = "quantity" if by == "product" else "buyers"
        drawing = Asked(Question(counted, by, dt.date(2026, 6, 1), UNTIL), newest_facts(), EVERYTHING, words).drawing()
        filters = [text for text in drawing.table.frame["filter"] if text]
        found = apply(Customer.objects.live(), parse(json.loads(filters[0])), sight=EVERYTHING)
        if expected:
            assert found.count() == expected, (by, filters)


def test_the_page_answers_and_says_what_is_wrong(client):
    client.force_login(user_of(Role.MANAGER))
    page = client.get(URL)
    assert page.status_code == 200
    assert "Revenue" in page.content.decode()
    assert client.get(URL, {"measure": "visits", "by": "channel"}).status_code == 422
    assert client.get(URL, {"since": "yesterday"}).status_code == 422
    for name in ("measure", "by", "split", "period", "compare"):
        assert client.get(URL, {name: "1); DROP TABLE orders --"}).status_code == 422, name
    assert client.get(URL, {"among": "sauce = web"}).status_code == 422
    assert client.get(URL, {"among": 'source = "fair"', "by": "team", "compare": ""}).status_code == 200


def test_what_is_divided_further_is_compared_as_well(client):
    client.force_login(user_of(Role.MANAGER))
    first = client.get(URL).context["explored"].form
    assert first.question.compare == "year"
    asked_for = {**first.values, "measure": "orders", "split": "channel"}
    page = client.get(URL, asked_for)
    drawing = page.context["drawing"]
    assert [column.key for column in drawing.table.columns] == ["label", "split_label", "value", "earlier", "change"]
    assert {trace["name"] for trace in drawing.figure["data"]} == {"web", "shop"}
    assert "(" in drawing.figure["data"][0]["hovertext"][-1]
    beside = asked("orders", "quarter", split="channel", since=dt.date(2026, 4, 1), compare="year")
    assert sorted(zip(beside["split"], beside["value"], beside["earlier"], strict=True)) == [
        ("shop", 2, 0), ("web", 6, 1)
    ]  # fmt: skip
    by_source = asked("orders", "source", split="channel", compare="year")
    assert by_source[["value", "earlier"]].fillna(0).sum().tolist() == [8, 1]


def test_the_table_leaves_as_a_file_only_with_the_right(client):
    client.force_login(user_of(Role.ADMIN))
    address = reverse("reports:explored_file", args=["csv"])
    answered = client.get(address, {"measure": "orders", "by": "source", "compare": "", "since": "2026-05-01"})
    rows = list(csv.reader(io.StringIO(answered.content.decode("utf-8-sig"))))
    assert rows == [["Source", "Orders"], ["fair", "6"], ["Unknown", "1"], ["web", "1"]]
    assert client.get(address, {"since": "yesterday"}).status_code == 302
    AccessRule.objects.create(role=Role.SALES, **{**FIRST_RULES[Role.SALES], "may_export": False})
    client.force_login(user_of(Role.SALES))
    assert client.get(address).status_code == 403


def test_a_question_is_kept_under_a_name_shared_and_moves_on_with_the_data(client):
    manager, colleague = user_of(Role.MANAGER), user_of(Role.MANAGER)
    client.force_login(manager)
    asked_for = "measure=orders&by=source&period=90d&compare="
    assert asked_for.split("&")[0] in client.get(f"{URL}save/?{asked_for}").content.decode()
    saved = {"name": "Sources", "sharing": "everybody", "question": asked_for}
    assert client.post(f"{URL}save/", saved).status_code == 302
    assert client.post(f"{URL}save/", saved).status_code == 422  # the name is taken
    report = Report.objects.get()
    assert report.question["period"] == "90d"
    client.force_login(colleague)
    page = client.get(report.get_absolute_url()).content.decode()
    assert "Sources" in page
    assert "fair" in page
    assert client.post(f"{URL}{report.pk}/delete/").status_code == 403
    Report.objects.update(sharing="nobody")
    assert client.get(report.get_absolute_url()).status_code == 404
    client.force_login(manager)
    assert client.post(f"{URL}{report.pk}/delete/").status_code == 302
    assert not Report.objects.exists()
