"""What the analyses bring to a customer's page: the trend, moves between segments, and answers to recommendations."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from django.utils import timezone

from accounts.models import Team
from accounts.visibility import EVERYTHING
from analytics.analyses.churn import BAND_LABELS
from analytics.customers_at_risk import at_risk
from analytics.erasure import delete_results
from analytics.models import ChangeMark, ChurnScore, RfmScore, Run, SimilarCustomers
from analytics.recommendation_outcomes import declined, outcomes
from analytics.score_history import Trend, churn_changes, segment_changes, trend
from tests.factories import create_customer, create_product, create_user
from tests.reports.runs import publish, publish_recommendations, publish_scores

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(client):
    user = create_user("manager")
    client.force_login(user)
    return user


@pytest.fixture
def moving():
    """Somebody who was loyal, is at risk, and stays so; the runs are a day apart."""
    customer = create_customer("Moving")
    runs = [
        publish_scores([(customer.pk, 3, 9, 90_000, score, score, segment)], as_of=dt.date(2026, 6, day))
        for day, score, segment in ((1, 5, "loyal"), (2, 2, "at_risk"), (3, 2, "at_risk"))
    ]
    for number, run in enumerate(runs):
        RfmScore.objects.filter(run_id=run.pk).update(weighted_score=4.0 - number)
        Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - dt.timedelta(days=3 - number))
    return customer


def test_a_move_between_segments_is_told_once_when_it_happened(client, seller, moving):
    [change] = segment_changes(moving, EVERYTHING, None, 10)
    assert str(change.title) == "Segment changed from Loyal customers to At risk"
    assert segment_changes(moving, EVERYTHING, (change.at, change.id), 10) == []
    page = client.get(moving.get_absolute_url()).content.decode()
    assert "Segment changed from Loyal customers to At risk" in page
    assert 'class="spark' in page


def test_a_rise_of_churn_is_told_with_its_day_run_and_model(client, seller):
    customer = create_customer("Cooling")
    for month, said, band in ((4, 0.2, "low"), (5, 0.3, "low"), (6, 0.75, "high")):
        run = publish("churn", [(customer.pk, said, band, [], [])], as_of=dt.date(2026, month, 1))
        Run.objects.filter(pk=run.pk).update(fitted={"model": "boosting"}, params={"horizon_days": 90})
    [change] = churn_changes(customer, EVERYTHING, None, 10)
    assert (str(change.title), change.id) == ("Churn rose from Low to High", run.pk)
    assert churn_changes(customer, EVERYTHING, (change.at, change.id), 10) == []
    page = " ".join(client.get(customer.get_absolute_url()).content.decode().split())
    assert "From 30% to 75% that nothing is bought within 90 days." in page
    assert f"As of 1 Jun 2026, run {run.pk}, by boosted trees" in page
    assert "from 20% on 1 Apr 2026 to 75% on 1 Jun 2026" in page


def test_my_day_leads_to_all_whom_it_says_to_be_at_risk(client, seller):
    lost = [create_customer(name, owner=seller) for name in ("Dear", "Cooling")]
    create_customer("Loyal", owner=seller)
    publish_scores(
        [
            (customer.pk, 3, 9, spent, 2, 2, segment)
            for customer, spent, segment in zip(lost, (90_000, 120_000), ("cannot_lose_them", "at_risk"), strict=True)
        ]
    )
    found = at_risk(seller, 8)
    assert found is not None
    assert found.rows == [
        (lost[1], "At risk · last bought 3 days before", "spent €1,200.00"),
        (lost[0], "Can't lose them · last bought 3 days before", "spent €900.00"),
    ]
    assert [row.name for row in client.get(found.all_url).context["listing"].page.rows] == ["Cooling", "Dear"]


def test_a_trend_needs_two_days_and_tells_of_each_the_last_run():
    first, second = dt.date(2026, 6, 1), dt.date(2026, 6, 2)
    assert trend([(first, 4.0), (first, 3.0)], written=str) is None
    drawn = trend([(first, 4.0), (first, 3.0), (second, 1.5)], written=str)
    assert drawn == Trend("2.0,2.0 98.0,12.0", "from 3.0 on 1 Jun 2026 to 1.5 on 2 Jun 2026")


def test_what_is_not_relevant_is_not_shown_again_until_that_is_taken_back(client, seller):
    customer, flask, cup = create_customer("Ada"), create_product("Flask"), create_product("<i>Goblet</i>")
    publish_recommendations([(customer.pk, [flask.pk, cup.pk])])
    url, page = f"/analytics/feedback/{customer.pk}/", lambda: client.get(customer.get_absolute_url()).content.decode()
    assert "&lt;i&gt;Goblet" in page()
    client.post(url, {"product": cup.pk, "answer": "offered"})
    assert f"by {seller.name}" in page()
    shown = client.post(url, {"product": cup.pk, "answer": "not_relevant"}, headers={"HX-Request": "true"})
    assert "Goblet" not in shown.content.decode()
    assert "Flask" in shown.content.decode()
    assert 'value="not_relevant"' in page()
    client.post(url, {"product": cup.pk, "answer": "not_relevant", "undo": "yes"})
    assert "&lt;i&gt;Goblet" in page()


def test_what_was_declined_long_ago_is_shown_again_and_what_is_not_on_sale_never(client, seller):
    customer, flask, cup = create_customer("Ada"), create_product("Flask"), create_product("Goblet", is_active=False)
    sold_out = create_product("Kettle", is_in_stock=False)
    run = publish_recommendations([(customer.pk, [flask.pk, cup.pk, sold_out.pk])])
    Run.objects.filter(pk=run.pk).update(params={"declined_days": 30})
    given = customer.recommendation_feedback.create(
        product=flask, answer="not_relevant", given_date=timezone.localdate() - dt.timedelta(days=29)
    )
    page = lambda: client.get(customer.get_absolute_url()).content.decode()  # noqa: E731 - asked for three times
    assert "Flask" not in page()
    given.given_date -= dt.timedelta(days=1)
    given.save()
    assert "Flask" in page()
    assert "Goblet" not in page()
    assert "Kettle" not in page()


def test_the_next_run_knows_what_was_declined_and_what_became_of_offers(seller):
    ada, bob = create_customer("Ada"), create_customer("Bob")
    flask, cup = create_product("Flask"), create_product("Cup")
    today = dt.date(2026, 6, 30)
    for customer, product, answer, days_ago in (
        (ada, flask, "offered", 10),
        (ada, flask, "offered", 5),
        (bob, flask, "offered", 10),
        (bob, cup, "offered", 10),
        (ada, cup, "not_relevant", 30),
        (bob, cup, "not_relevant", 29),
        (bob, flask, "offered", -1),
    ):
        customer.recommendation_feedback.create(
            product=product, answer=answer, given_by=seller, given_date=today - dt.timedelta(days=days_ago)
        )
    bought = pd.DataFrame(
        [(ada.pk, flask.pk, today), (bob.pk, flask.pk, today - dt.timedelta(days=11))],
        columns=["customer_id", "product_id", "ordered_date"],
    ).astype({"ordered_date": "datetime64[us]"})

    assert outcomes(bought, as_of=today) == {"offered": 3, "bought": 1, "not_relevant": 2}
    assert outcomes(bought.iloc[:0], as_of=dt.date(2026, 1, 1)) == {"offered": 0, "bought": 0, "not_relevant": 0}
    assert declined(as_of=today, days=30).values.tolist() == [[bob.pk, cup.pk]]


def test_pressing_twice_says_nothing_more_and_nonsense_nothing(client, seller):
    customer, flask = create_customer(), create_product("Flask")
    url = f"/analytics/feedback/{customer.pk}/"
    for _ in range(2):
        client.post(url, {"product": flask.pk, "answer": "offered"})
    client.post(url, {"product": "x", "answer": "offered"})
    client.post(url, {"product": flask.pk, "answer": "nonsense"})
    assert customer.recommendation_feedback.count() == 1
    assert ChangeMark.objects.filter(kind="feedback").exists(), "the next snapshot reads it"


# Least and most of purchases and spend within 3 and 6 months, and of purchases within 12.
RANGES = (0.0, 3.0, 0, 9_000, 0.0, 4.0, 500, 12_000, 1.0, 7.0)


@pytest.fixture
def scored():
    """Somebody with a lifetime value, now and earlier, a churn score and two similar customers, of whom one is another
    team's."""
    customer, alike = create_customer("Scored"), create_customer("<b>Alike</b>")
    hidden = create_customer("Hidden", owner=create_user("sales", team=Team.objects.create(name="Elsewhere")))
    for day, spend in ((dt.date(2025, 12, 1), 16_000), (dt.date(2026, 1, 16), 10_000)):
        expected = (0.75, 2_500, 1.0, 2_500, 2.0, 5_000, 4.0, spend, 0, 20_000, dt.date(2026, 8, 1), *RANGES)
        publish("clv", [(customer.pk, *expected)], as_of=day)
    publish("churn", [(customer.pk, 0.82, "high", ["overdue", "events"], [1.5, -0.4])])
    publish("similar", [(customer.pk, [hidden.pk, alike.pk])])
    # As runs said it when one model was for all.
    Run.objects.filter(analysis="clv").update(fitted={"model": "bg_nbd", "spend": {"p": 6.25}})
    Run.objects.filter(analysis="churn").update(params={"horizon_days": 90}, fitted={"model": "logistic"})
    return customer


def test_what_to_expect_and_what_speaks_for_churn_are_told_in_words(client, seller, scored):
    page = " ".join(client.get(scored.get_absolute_url()).content.decode().split())
    for told in (
        "€100.00",
        "4.0 purchase days, each €25.00 on average; in 8 of 10 cases between €0.00 and €200.00",
        "in 8 of 10 cases €0.00 to €90.00, and €5.00 to €120.00",
        "and 1 to 7",
        "from €160.00 on 1 Dec 2025 to €100.00 on 16 Jan 2026",
        "1 Aug 2026",
        "by BG/NBD",
        "Buys nothing within 90 days",
        " · logistic regression",
        "82%",
        "is overdue against their own rhythm",
        "visits and looks at much lately",
    ):
        assert told in page, told
    listed = client.get("/customers/", {"columns": "name,churn,churn_band,clv_spend"}).content.decode()
    assert listed.count("Churn as of 16 Jan 2026, run") == 1
    assert "(logistic regression)" in listed
    assert "Expected purchases and lifetime value as of" in listed
    assert "Churn as of" not in client.get("/customers/", {"columns": "name"}).content.decode()


def test_each_band_of_churn_has_a_badge(client, seller, scored):
    for band, label in BAND_LABELS.items():
        ChurnScore.objects.update(band=band)
        assert f">{label}</span>" in client.get(scored.get_absolute_url()).content.decode()


def test_similar_customers_are_those_that_the_reader_sees(client, seller, scored):
    page = client.get(scored.get_absolute_url()).content.decode()
    assert page.index("Hidden") < page.index("&lt;b&gt;Alike")
    client.force_login(create_user("sales", team=Team.objects.create(name="Here")))
    scored.owner = None
    scored.save()
    page = client.get(scored.get_absolute_url()).content.decode()
    assert "&lt;b&gt;Alike" in page
    assert "Hidden" not in page


def test_whose_results_are_deleted_is_nobodys_neighbour(scored):
    [hidden, alike] = SimilarCustomers.objects.get(customer_id=scored.pk).similar_ids
    delete_results([hidden])
    assert SimilarCustomers.objects.get(customer_id=scored.pk).similar_ids == [alike]
    delete_results([alike, scored.pk])
    assert not SimilarCustomers.objects.exists()
