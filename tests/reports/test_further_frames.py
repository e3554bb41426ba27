"""Frames of value, churn, segments, behaviour, organisations, advice and upkeep: exact sums, and whose they are."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from accounts.models import FIRST_RULES, AccessRule, Confidential, Role
from analytics.erasure import delete_results
from analytics.models import ForecastOutcome, Run, SwitchedOff
from customers.filters import parse
from customers.models import ContactPerson, Customer
from jobs.status import Status
from reports import (
    advice_frames,
    organisation_frames,
    segment_frames,
    upkeep_frames,
    value_frames,
)
from reports.cards import card
from reports.catalog import BY_KEY
from reports.charts.upkeep import age_of_results
from reports.frames import Published
from reports.scope import Scope
from reports.words import ReaderWords
from tests.factories import create_customer, create_team, create_user
from tests.reports.facts import publish_facts
from tests.reports.runs import AS_OF, publish_scores
from tests.reports.sayings import (
    end_job,
    keep_judged,
    publish_advice,
    publish_churn,
    publish_composite,
    publish_values,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.SNAPSHOT_DIR = tmp_path
    cache.clear()


@pytest.fixture
def seller():
    """One who sees a single team, and no birth dates: not told of few."""
    AccessRule.objects.create(role=Role.SALES, **{**FIRST_RULES[Role.SALES], "masked": [Confidential.BIRTH_DATE]})
    return create_user(Role.SALES, team=create_team("North"))


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def listed(client, filter_text):
    """The names on the list that a mark leads to."""
    return listed_at(client, f"{reverse('customers:list')}?{urlencode({'filter': filter_text})}")


def listed_at(client, url):
    page = client.get(url).content.decode()
    return {name for name in Customer.objects.values_list("name", flat=True) if f">{name}<" in page}


def test_expected_spend_in_ranges_that_the_list_knows(client):
    expected = {"Ann Nothing": 99, "Bea Hundred": 10_000, "Cem Under": 9_999, "Dan Above": 19_999}
    run = publish_values([(create_customer(name).pk, minor) for name, minor in expected.items()])
    ranges = value_frames.expected_spend(Published.now())
    assert rows(ranges, "least", "below", "customers", "expected_minor") == [
        (0, 100, 1, 99),
        (5_000, 10_000, 1, 9_999),
        (10_000, 20_000, 2, 29_999),
    ]
    client.force_login(create_user(Role.MANAGER))
    found = [listed(client, text) for text in ranges["filter"]]
    assert found == [{"Ann Nothing"}, {"Cem Under"}, {"Bea Hundred", "Dan Above"}]
    best = value_frames.best_customers(Published.now())
    assert rows(best, "expected_minor", "least_minor", "most_minor")[:2] == [
        (19_999, 9_999, 39_998),
        (10_000, 5_000, 20_000),
    ]
    assert value_frames.values(Published.now()) == run


def test_composite_value_in_tenths_that_the_list_knows(client):
    # Rounded to hundredths the first is 0.1, and the last tenth holds 1.
    said = {"Ann": 0.0999, "Bea": 0.194, "Cem": 0.95, "Dan": 1.0}
    customers = [create_customer(name) for name in said]
    publish_composite([(each.pk, said[each.name]) for each in customers])
    drawing = BY_KEY["value-spread"].drawing(Published.now(), ReaderWords("en_GB", "EUR"))
    assert drawing.finding == "50% of the customers have a composite value of 0.5 or more; the mean is 0.56"
    table = drawing.table.frame
    assert table["customers"].tolist() == [0, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert table["label"].tolist()[::9] == ["0–0.09", "0.9–1"]
    client.force_login(create_user(Role.MANAGER))
    assert [listed(client, text) for text in table["filter"] if text] == [{"Ann", "Bea"}, {"Cem", "Dan"}]


def test_churn_in_twentieths_that_the_list_knows_and_bands_with_their_revenue(client):
    said = {"Ann Low": (0.004, "low"), "Bea Round": (0.395, "low"), "Cem Sure": (1.0, "very_high")}
    customers = [create_customer(name) for name in said]
    publish_scores([(customers[0].pk, 3, 9, 90_000, 5, 5, "champions"), (customers[2].pk, 9, 1, 500, 1, 1, "lost")])
    publish_churn([(each.pk, *said[each.name]) for each in customers])
    twentieths = value_frames.churn_twentieths(Published.now())
    assert rows(twentieths, "twentieth", "customers", "tone") == [(0, 1, "good"), (8, 1, "neutral"), (19, 1, "bad")]
    client.force_login(create_user(Role.MANAGER))
    assert [listed(client, text) for text in twentieths["filter"]] == [{"Ann Low"}, {"Bea Round"}, {"Cem Sure"}]
    bands = value_frames.churn_bands(Published.now())
    assert rows(bands, "band", "customers", "monetary_minor", "is_risky") == [
        ("very_high", 1, 500, True),
        ("low", 2, 90_000, False),
    ]


def test_who_sees_a_part_is_shown_its_sums_without_groups_of_few(seller):
    mine = [create_customer(f"mine {number}", team=seller.team) for number in range(14)]
    south = create_team("South")
    others = [create_customer("other", team=south) for _number in range(7)]
    # One alone, and five who hide that it is one.
    said = [(each.pk, 0.95, "very_high") for each in [*mine[:8], *others]]
    said += [(each.pk, 0.5, "medium") for each in mine[8:13]]
    publish_churn([*said, (mine[13].pk, 0.1, "low")])
    publish_values([(each.pk, 10_000) for each in [*mine, *others]])
    publish_scores([(each.pk, 3, 9, 1_000, 5, 5, "loyal") for each in [*mine[:8], *others]])
    publish_scores(
        [(each.pk, 3, 9, 1_000, 5, 5, "champions") for each in mine[:8]]
        + [(each.pk, 3, 9, 1_000, 3, 5, "at_risk") for each in mine[8:13]]
        + [(mine[13].pk, 3, 9, 1_000, 1, 1, "lost"), (others[0].pk, 3, 9, 1_000, 5, 5, "champions")]
    )
    publish_composite([(each.pk, 0.5) for each in [*mine, *others]])
    published = Published.now(seller.sight)
    assert rows(value_frames.churn_bands(published), "band", "customers", "monetary_minor") == [("very_high", 8, 8_000)]
    at_risk = card(BY_KEY["money-at-risk"], published, ReaderWords("en_GB", "EUR")).drawing
    assert (at_risk.finding, at_risk.sample) == (
        "8 buyers who are likely to stay away brought €80, 57.1% of the revenue", "n = 14 buyers"
    )  # fmt: skip
    assert rows(value_frames.churn_twentieths(published), "twentieth", "customers") == [(19, 8)]
    assert rows(value_frames.expected_spend(published), "customers", "expected_minor") == [(14, 140_000)]
    assert value_frames.expected_hundredths(published)["customers"].tolist() == [5, 9]
    assert set(value_frames.best_customers(published)["label"]) == {each.name for each in mine}
    assert rows(value_frames.value_by_segment(published), "segment", "customers") == [("champions", 8)]
    sizes = segment_frames.segment_sizes(published)
    assert rows(sizes, "segment", "customers") == [("loyal", 8), ("champions", 8)]
    for frame in (segment_frames.profiles(published), segment_frames.current_segments(published)):
        assert rows(frame, "segment", "customers") == [("champions", 8)]
    assert rows(segment_frames.cells(published), "r_score", "customers") == [(5, 8)]
    assert rows(segment_frames.moves(published), "before", "segment", "customers") == [("loyal", "champions", 8)]
    assert segment_frames.segment_evenness(published)["stayed"].tolist()[1] == 0
    assert value_frames.calibration_of(value_frames.churn(published), published).empty
    publish_advice(offered=3, bought=1, not_relevant=0)
    assert advice_frames.methods(published).empty


def test_a_filter_chooses_among_the_rows_of_runs_and_goes_along_to_the_list(client):
    chosen = [create_customer(f"100% {number}", source="fair") for number in range(2)]
    other = create_customer("other", source="web")
    for segments in (("loyal", "lost", "new"), ("champions", "lost", "new")):
        everybody = zip([*chosen, other], segments, strict=True)
        publish_scores([(each.pk, 3, 9, 1_000, 5, 5, segment) for each, segment in everybody])
    publish_churn([(each.pk, 0.95, "very_high") for each in [*chosen, other]])
    publish_values([(each.pk, 10_000) for each in [*chosen, other]])
    publish_composite([(each.pk, 0.5) for each in [*chosen, other]])
    publish_facts(customer_dim=[{"customer_id": each.pk, "source": each.source} for each in [*chosen, other]])
    has_percent = {"field": "name", "op": "contains", "value": "%"}
    scope = Scope(AS_OF, AS_OF, among=parse({"and": [{"field": "source", "op": "is", "value": "fair"}, has_percent]}))
    published = Published.now(scope=scope)
    assert published.segments["customers"].tolist() == [1, 1]
    assert published.moves["customers"].sum() == 2
    assert published.score_values.query("measure == 'recency'")["customers"].sum() == 2
    assert rows(value_frames.churn_bands(published), "customers", "monetary_minor") == [(2, 2_000)]
    assert value_frames.best_customers(published)["customer_id"].tolist() == [each.pk for each in chosen[::-1]]
    client.force_login(create_user(Role.MANAGER))
    [ranges] = value_frames.expected_spend(published)["filter"]
    assert listed(client, ranges) == {"100% 0", "100% 1"}
    [[cell, *_rest]] = card(BY_KEY["money-at-risk"], published, ReaderWords("en_GB", "EUR"), scope=scope).rows
    assert listed_at(client, cell.url) == {"100% 0", "100% 1"}
    assert Published.now().segments["customers"].sum() == 3


def test_a_page_waits_for_no_sum_of_runs_unless_a_filter_is_asked():
    chart, facts = BY_KEY["money-at-risk"], BY_KEY["funnel"]
    filtered = Scope(AS_OF, AS_OF, among=parse({"field": "source", "op": "is", "value": "fair"}))
    assert [chart.waits(scope) for scope in (None, Scope(AS_OF, AS_OF), filtered)] == [False, False, True]
    assert facts.waits(None)
    assert not BY_KEY["results-age"].waits(filtered)


def test_segments_over_the_runs_are_those_of_the_runs_that_are_kept():
    publish_scores([(1, 3, 9, 1, 5, 5, "champions"), (2, 3, 9, 1, 5, 5, "lost")], as_of=dt.date(2026, 1, 1))
    dropped = publish_scores([(1, 3, 9, 1, 5, 5, "loyal")], as_of=dt.date(2026, 1, 8))
    publish_scores([(1, 3, 9, 1, 5, 5, "champions"), (2, 3, 9, 1, 5, 5, "loyal"), (3, 1, 1, 1, 5, 5, "new")])
    Run.objects.filter(pk=dropped.pk).update(status=Run.Status.COLLECTED)
    published = Published.now()
    assert rows(segment_frames.segment_sizes(published), "as_of", "segment", "customers") == [
        (dt.date(2026, 1, 1), "champions", 1),
        (dt.date(2026, 1, 1), "lost", 1),
        (AS_OF, "champions", 1),
        (AS_OF, "loyal", 1),
        (AS_OF, "new", 1),
    ]
    evenness = segment_frames.segment_evenness(published)
    assert evenness["entropy"].tolist() == pytest.approx([1.0, 1.584963], abs=1e-6)
    # Its sums were made against the run that is gone: nothing tells any more who stayed.
    assert evenness["stayed"].isna().all()
    publish_scores([(1, 3, 9, 1, 5, 5, "champions"), (2, 3, 9, 1, 5, 5, "new")])
    assert segment_frames.segment_evenness(Published.now())["stayed"].tolist()[-1] == 0.5


def test_segments_over_the_runs_of_some_customers_are_those_of_all_runs(django_capture_on_commit_callbacks):
    ada, bob, eve = (create_customer(name).pk for name in ("Ada", "Bob", "Eve"))
    publish_facts(customer_dim=[{"customer_id": pk, "source": "fair"} for pk in (ada, bob)] + [{"customer_id": eve}])
    for ada_in, bob_in in [("champions", "lost"), ("champions", "new"), ("loyal", "new")]:
        publish_scores([(ada, 3, 9, 1, 5, 5, ada_in), (bob, 3, 9, 1, 5, 5, bob_in), (eve, 3, 9, 1, 5, 5, "lost")])
    fair, also_fair = (
        Published.now(scope=Scope(AS_OF, AS_OF, among=parse({"field": "source", "op": op, "value": value})))
        for op, value in (("is", "fair"), ("in", ["fair"]))
    )
    evenness = segment_frames.segment_evenness(fair)
    assert rows(evenness, "customers", "segments")[1:] == [(2, 2), (2, 2)]
    assert evenness["stayed"].tolist()[1:] == [0.5, 0.5]
    with django_capture_on_commit_callbacks(execute=True):
        delete_results([ada])
    told = segment_frames.segment_sizes(also_fair)
    assert rows(told, "segment", "customers") == [("lost", 1), ("new", 1), ("new", 1)]


def test_profiles_are_means_of_the_buyers_of_each_segment():
    publish_scores(
        [
            (1, 10, 4, 3_000, 5, 5, "lost"),
            (2, 20, 1, 1_000, 5, 5, "lost"),
            (3, 1, 9, 7_000, 5, 5, "champions"),
            (4, None, 0, 0, None, None, "prospect"),
        ]
    )
    profiles = segment_frames.profiles(Published.now())
    assert rows(profiles, "segment", "customers", "recency_days", "frequency", "monetary_minor") == [
        ("champions", 1, 1.0, 9.0, 7_000.0),
        ("lost", 2, 15.0, 2.5, 2_000.0),
    ]


def test_entropy_of_equal_parts_is_the_logarithm_of_their_number():
    assert segment_frames.entropy_of([5] * 8) == pytest.approx(3)
    assert segment_frames.entropy_of([7]) == 0
    assert segment_frames.entropy_of([]) == 0


def test_the_latest_outcome_stands_beside_the_proof():
    earlier = publish_churn([(1, 0.5, "medium")])
    ForecastOutcome.objects.create(
        run=earlier,
        forecast="silence",
        until=AS_OF,
        cases=9,
        said=0.5,
        became=0.6,
        squared_error=0,
        calibration=[[0.5, 0.6, 9]],
    )
    tenths = value_frames.calibration_of(publish_churn([(1, 0.5, "medium")]), Published.now())
    assert rows(tenths, "when", "said", "became", "cases", "kind") == [
        ("judged", 0.1, 0.2, 30, "share"),
        ("judged", 0.6, 0.5, 30, "share"),
        ("came", 0.5, 0.6, 9, "share"),
    ]


def test_of_some_customers_the_tenths_are_of_those_who_are_kept_of_a_judgement(seller):
    mine = [create_customer(f"mine {number}", team=seller.team, source="fair") for number in range(20)]
    other = create_customer("other", team=create_team("South"))
    teacher = publish_churn([])
    run = publish_churn([(mine[0].pk, 0.5, "medium")])
    Run.objects.filter(pk=run.pk).update(learned_by=teacher)
    publish_facts(customer_dim=[{"customer_id": each.pk, "source": each.source} for each in [*mine, other]])
    of_fair = Scope(AS_OF, AS_OF, among=parse({"field": "source", "op": "is", "value": "fair"}))

    def tenths(**asked):
        published = Published.now(**asked)
        return value_frames.calibration_of(value_frames.churn(published), published)

    drawing = BY_KEY["churn-calibration"].drawing(Published.now(scope=of_fair), ReaderWords("en_GB", "EUR"))
    assert "None of these customers" in drawing.finding
    assert tenths()["cases"].tolist() == [30, 30], "known of all together alone"
    said = [(each.pk, 0.25 + 0.5 * (number >= 10), number % 4 == 0) for number, each in enumerate(mine)]
    keep_judged(teacher, [*said, (other.pk, 0.95, 0)])
    keep_judged(teacher, said[:10], forecast="silence")
    whole = tenths()
    assert whole.groupby("when")["cases"].sum().to_dict() == {"judged": 21, "came": 10}
    fair = tenths(scope=of_fair)
    assert fair["cases"].tolist() == [2] * 10 + [1] * 10
    judged = fair[fair["when"] == "judged"]
    assert (judged["said"].mean(), judged["became"].mean()) == pytest.approx((0.5, 0.25))
    assert tenths(sight=seller.sight).empty, "fewer than five tell of single ones"


def test_an_organisation_counts_with_its_people_whom_one_sees(seller):
    organisation, south = Customer.Kind.ORGANISATION, create_team("South")
    acme = create_customer("Acme", team=seller.team, kind=organisation)
    bolt = create_customer("Bolt", team=south, kind=organisation)
    member = create_customer("Member", organisation=acme, team=seller.team)
    contact = create_customer("Contact", team=south)
    ContactPerson.objects.create(customer=acme, person=contact, name="Contact")
    everybody = [acme, bolt, member, contact, create_customer("Alone")]
    dims = [{"customer_id": each.pk, "kind": each.kind} for each in everybody]
    orders = [
        {
            "order_id": place,
            "customer_id": each.pk,
            "ordered_date": AS_OF - dt.timedelta(days=1),
            "total_minor": 100 * 10**place,
        }
        for place, each in enumerate(everybody)
    ]
    refund = {"refund_id": 1, "customer_id": member.pk, "refunded_date": AS_OF, "total_minor": 1}
    publish_facts(customer_dim=dims, orders=orders, refunds=[refund])
    columns = ("label", "own_minor", "people_minor", "people", "all_minor", "count")
    assert rows(organisation_frames.largest(Published.now()), *columns) == [
        ("Acme", 100, 10_000 + 100_000 - 1, 2, 111_099, 2),
        ("Bolt", 1_000, 0, 0, 111_099, 2),
    ]
    seen = organisation_frames.largest(Published.now(seller.sight))
    assert rows(seen, *columns) == [("Acme", 100, 10_000 - 1, 1, 10_099, 1)]


def test_results_age_from_their_last_change_and_trouble_is_later_than_they():
    publish_scores()
    churn = publish_churn([(1, 0.5, "medium")])
    now = timezone.now()
    Run.objects.filter(pk=churn.pk).update(
        started_at=now - dt.timedelta(hours=9), finished_at=now - dt.timedelta(hours=5)
    )
    Run.objects.create(analysis="churn", as_of=AS_OF, status=Run.Status.WITHHELD, finished_at=now)
    ages = upkeep_frames.ages(Published.now())
    assert sorted(rows(ages, "label", "trouble")) == [("Churn", "withheld"), ("RFM scores and segments", "")]
    [(hours, seconds)] = rows(ages[ages["label"] == "Churn"], "hours", "seconds")
    assert (round(hours), seconds) == (5, 4 * 3600)
    SwitchedOff.objects.create(analysis="churn")
    ages = upkeep_frames.ages(Published.now())
    assert sorted(rows(ages, "label", "trouble")) == [("Churn", "off"), ("RFM scores and segments", "")]
    drawn = age_of_results(ages, ReaderWords("en_GB", "EUR"))
    assert "came to nothing" not in drawn.finding
    assert "RFM" in drawn.finding, "what is switched off may be old"


def test_jobs_that_ended_lately_by_kind():
    now = timezone.now()
    for seconds in (10, 20, 90):
        end_job("recompute", seconds=seconds, ended_at=now - dt.timedelta(hours=1))
    end_job("recompute", seconds=500, status=Status.FAILED, ended_at=now - dt.timedelta(hours=1))
    end_job("recompute", seconds=9_000, ended_at=now - dt.timedelta(days=31))
    jobs = upkeep_frames.jobs(Published.now())
    assert rows(jobs, "label", "runs", "failed", "median_seconds", "longest_seconds") == [
        ("Recomputation", 4, 1, 20, 90)
    ]


def test_upkeep_is_for_whom_its_charts_are(client):
    client.force_login(create_user(Role.SALES))
    assert client.get(reverse("reports:chart", args=["job-durations"])).status_code == 403
    assert "/reports/about/upkeep/" not in client.get(reverse("reports:index")).content.decode()
    client.force_login(create_user(Role.MANAGER))
    assert "/reports/about/upkeep/" in client.get(reverse("reports:index")).content.decode()
