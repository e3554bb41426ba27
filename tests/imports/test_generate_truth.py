"""The demo's truth is in its tables: who left, what goes together, seasons, groups, and the planted faults."""

import datetime as dt
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from django.db import connection, transaction
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score

from analytics.algorithms.rfm import RfmParams, fit_rfm, score_with
from analytics.algorithms.segments_map import Segment
from imports.demo.generation import generate
from imports.demo.identities import Dirt
from imports.demo.plan import DemoPlan
from imports.demo.truth import DemoTruth, load

# Each test's own transaction lies within that of the module's demo.
pytestmark = pytest.mark.django_db

UNTIL = dt.date(2026, 11, 1)
PLAN = DemoPlan(customers=2_000, orders=20_000, events=60_000, seed=1, until=UNTIL, zone=ZoneInfo("Europe/Berlin"))


@dataclass(frozen=True)
class Demo:
    truth: DemoTruth
    orders: pd.DataFrame
    lines: pd.DataFrame


def frame(statement: str) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo as `run.py up` loads it, made once for all tests of this module, which only read."""
    folder = tmp_path_factory.mktemp("truth")
    with django_db_blocker.unblock(), transaction.atomic():
        generate(PLAN, truth_folder=folder, progress=lambda line: None)
        orders = frame("SELECT id, customer_id, ordered_date, total_base_minor, channel FROM customers_order")
        orders["ordered_date"] = pd.to_datetime(orders["ordered_date"])
        lines = frame(
            "SELECT l.order_id, o.customer_id, o.ordered_date, p.sku, c.name AS category, l.quantity, l.discount"
            " FROM customers_orderline l JOIN customers_order o ON o.id = l.order_id"
            " JOIN customers_product p ON p.id = l.product_id JOIN customers_category c ON c.id = p.category_id"
        )
        yield Demo(load(folder), orders, lines)
        transaction.set_rollback(True)


def orders_per_customer(demo: Demo) -> pd.Series:
    return demo.orders.groupby("customer_id").size()


def test_who_left_does_not_order_again(demo):
    last = demo.orders.groupby("customer_id")["ordered_date"].max()
    left_on = demo.truth.customers["left_on"].dropna()
    assert (last[left_on.index] <= left_on).all()
    assert 0.4 < len(left_on) / len(last) < 0.75


def test_who_stays_goes_on_ordering_at_their_rate(demo):
    """Among those who stay and buy often, hardly anybody has been silent for long."""
    customers = demo.truth.customers
    last = demo.orders.groupby("customer_id")["ordered_date"].max()
    often = customers[(customers["orders_per_year"] > 12) & customers.index.isin(last.index)]
    silent = last[often.index] < pd.Timestamp(UNTIL) - pd.Timedelta(days=120)
    stays = often["left_on"].isna()
    assert silent[stays].mean() < 0.05
    assert silent[~stays].mean() > 0.6


def test_one_time_buyers_prospects_and_newcomers(demo):
    counts = orders_per_customer(demo)
    first = demo.orders.groupby("customer_id")["ordered_date"].min()
    assert 0.35 <= (counts == 1).mean() <= 0.45
    assert len(counts) == 2_000 - 120
    assert (first >= pd.Timestamp(UNTIL) - pd.Timedelta(days=30)).sum() >= 30


def test_every_segment_has_customers(demo):
    orders, as_of = demo.orders, pd.Timestamp(UNTIL)
    window = orders[orders["ordered_date"] > as_of - pd.Timedelta(days=365)].groupby("customer_id")
    dates = orders.groupby("customer_id")["ordered_date"]
    customers = pd.DataFrame({"first_purchase_date": dates.min(), "last_purchase_date": dates.max()})
    customers["frequency"] = window["ordered_date"].nunique()
    customers["monetary"] = window["total_base_minor"].sum()
    customers = customers.fillna({"frequency": 0, "monetary": 0}).reset_index()
    scores = score_with(fit_rfm(customers, as_of=UNTIL, params=RfmParams()), customers)
    sizes = scores["segment"].value_counts()
    assert set(sizes.index) >= {segment.value for segment in Segment}
    assert sizes["champions"] < 0.1 * len(customers)


def test_groups_buy_what_they_like(demo):
    group = demo.lines["customer_id"].map(demo.truth.customers["group"]).astype(str)
    for described in demo.truth.document["groups"]:
        bought = demo.lines[group == described["key"]]
        assert bought["category"].isin(described["taste"]).mean() > 0.8


def test_groups_differ_in_rate_and_basket(demo):
    group = demo.orders["customer_id"].map(demo.truth.customers["group"]).astype(str)
    orders = demo.orders.groupby(group)
    per_buyer = orders.size() / orders["customer_id"].nunique()
    assert per_buyer["outdoor"] < per_buyer["hosts"] < per_buyer["families"] < per_buyer["offices"]
    typical = orders["total_base_minor"].median()
    assert typical["families"] < typical["hosts"] < typical["outdoor"] < typical["offices"]


def test_clustering_what_regulars_buy_finds_the_groups(demo):
    regulars = orders_per_customer(demo).loc[lambda counts: counts >= 3].index
    shares = pd.crosstab(demo.lines["customer_id"], demo.lines["category"], normalize="index").loc[regulars]
    found = {k: KMeans(k, n_init=5, random_state=0).fit_predict(shares) for k in (3, 4, 5)}
    assert max(found, key=lambda k: silhouette_score(shares, found[k])) == 4
    assert adjusted_rand_score(demo.truth.customers["group"][regulars], found[4]) > 0.9


def test_planted_companions_are_bought_together(demo):
    baskets = demo.lines.groupby("sku")["order_id"].agg(set)
    for rule in demo.truth.companions:
        product, companion = baskets[rule["product"]], baskets[rule["companion"]]
        confidence = len(product & companion) / len(product)
        lift = confidence / (len(companion) / len(demo.orders))
        assert confidence == pytest.approx(rule["probability"], abs=0.15)
        assert lift > 5


def test_products_that_are_not_planted_have_no_such_lift(demo):
    """Beyond taste: of one category, and no companions."""
    one, other = (set(demo.lines.loc[demo.lines["sku"] == sku, "order_id"]) for sku in ("M0611", "M0622"))
    lift = len(one & other) * len(demo.orders) / len(one) / len(other)
    assert lift < 4


def test_december_is_the_peak_of_each_year(demo):
    months = demo.orders.groupby(demo.orders["ordered_date"].dt.to_period("M")).size()
    for year in (2023, 2024, 2025):
        december = months[pd.Period(f"{year}-12")]
        assert december == months[[month for month in months.index if month.year == year]].max()
        assert december > 1.5 * months[pd.Period(f"{year + 1}-01")]


def test_saturdays_are_busier_than_sundays(demo):
    weekdays = demo.orders["ordered_date"].dt.day_of_week.value_counts()
    assert weekdays[5] > 1.3 * weekdays[6]
    assert set(demo.orders.loc[demo.orders["ordered_date"].dt.day_of_week == 6, "channel"]) == {"web"}
    assert set(demo.orders["channel"]) == {"web", "store", "phone"}


def test_promotions_sell_at_a_discount(demo):
    day = pd.to_datetime(demo.lines["ordered_date"])
    for promotion in demo.truth.document["promotions"]:
        begins = pd.Timestamp(promotion["from"])
        during = (day >= begins) & (day < begins + pd.Timedelta(days=promotion["days"]))
        is_product = demo.lines["sku"] == promotion["product"]
        assert is_product[during].mean() > 2.5 * is_product[~during].mean()
        assert (demo.lines.loc[during & is_product, "discount"] > 0).all()


def test_replaced_products_are_sold_no_more(demo):
    on_sale = frame("SELECT sku, is_active FROM customers_product").set_index("sku")["is_active"]
    day = pd.to_datetime(demo.lines["ordered_date"])
    for replaced in demo.truth.document["replacements"]:
        sold = day[demo.lines["sku"] == replaced["product"]]
        assert sold.max() < pd.Timestamp(replaced["from"])
        assert not on_sale[replaced["product"]]
    assert (~on_sale).sum() == len(demo.truth.document["replacements"])


def test_referrals_come_later_than_who_referred_them(demo):
    told = frame(
        "SELECT c.id, c.referred_by_id, c.customer_since >= r.customer_since AS is_later, c.source"
        " FROM customers_customer c JOIN customers_customer r ON r.id = c.referred_by_id"
    ).set_index("id")
    known = demo.truth.customers["referred_by"].dropna()
    assert told["is_later"].all()
    assert (told["source"] == "referral").all()
    assert dict(told["referred_by_id"]) == dict(known)
    assert 0.06 < len(told) / 2_000 < 0.14


def test_duplicates_share_an_address_but_not_the_spelling(demo):
    names = frame("SELECT id, name FROM customers_customer").set_index("id")["name"]
    reached = frame(
        "SELECT customer_id, email AS reach FROM customers_emailaddress"
        " UNION SELECT customer_id, number FROM customers_phonenumber"
    )
    reach = reached.groupby("customer_id")["reach"].agg(set)
    duplicates = demo.truth.customers["duplicate_of"].dropna()
    assert 25 <= len(duplicates) <= 55
    assert all(names[double] != names[original] for double, original in duplicates.items())
    shared = [reach.get(double, set()) & reach.get(original, set()) for double, original in duplicates.items()]
    assert np.mean([bool(addresses) for addresses in shared]) > 0.85


def test_dirt_is_where_the_truth_says(demo):
    names = frame("SELECT id, name FROM customers_customer").set_index("id")["name"]
    dirt = demo.truth.customers["dirt"]
    spaced = dirt.index[(dirt & Dirt.ODD_SPACE.value) > 0]
    clean = dirt.index[dirt == 0]
    is_odd = names.map(lambda name: name != " ".join(name.split()))
    assert len(spaced) > 10
    assert is_odd[spaced].all()
    assert not is_odd[clean].any()
    unreachable = frame(
        "SELECT id FROM customers_customer c"
        " WHERE NOT EXISTS (SELECT FROM customers_emailaddress WHERE customer_id = c.id)"
        " AND NOT EXISTS (SELECT FROM customers_phonenumber WHERE customer_id = c.id)"
    )["id"]
    assert set(dirt.index[(dirt & Dirt.UNREACHABLE.value) > 0]) <= set(unreachable)


def test_outliers_are_the_orders_of_absurd_quantities(demo):
    absurd = demo.lines.loc[demo.lines["quantity"] >= 40, "order_id"]
    assert set(absurd) == set(demo.truth.outlier_orders)
    assert demo.truth.outlier_orders


def test_names_are_written_in_many_scripts(demo):
    letters = frame("SELECT name FROM customers_customer")["name"].str.cat()
    scripts = Counter(unicodedata.name(letter).split()[0] for letter in letters if letter.isalpha())
    wanted = {"LATIN", "CJK", "CYRILLIC", "ARABIC", "GREEK", "DEVANAGARI", "HIRAGANA", "KATAKANA"}
    assert wanted <= set(scripts)
    assert min(scripts[script] for script in wanted) > 50


def test_nobody_can_be_written_to(demo):
    emails = frame(
        "SELECT email FROM customers_emailaddress UNION SELECT email FROM customers_contactperson WHERE email <> ''"
    )
    assert emails["email"].str.endswith(".example").all()


def test_organisations_have_people_to_talk_to(demo):
    organisations = frame(
        "SELECT c.id, count(p.id) AS people, count(p.id) FILTER (WHERE p.is_primary) AS first"
        " FROM customers_customer c LEFT JOIN customers_contactperson p ON p.customer_id = c.id"
        " WHERE c.kind = 'organisation' GROUP BY c.id"
    )
    assert 0.12 < len(organisations) / 2_000 < 0.18
    assert (organisations["people"] >= 1).all()
    assert (organisations["first"] == 1).all()


def test_the_funnel_narrows_and_ends_in_orders(demo):
    kinds = frame("SELECT kind, count(*) AS n FROM customers_event GROUP BY kind").set_index("kind")["n"]
    funnel = [kinds[kind] for kind in ("visit", "click", "view", "add_to_cart")]
    assert all(before > after for before, after in pairwise(funnel))
    bought = frame(
        "SELECT EXISTS (SELECT FROM customers_order o JOIN customers_orderline l ON l.order_id = o.id"
        " WHERE o.customer_id = e.customer_id AND l.product_id = e.product_id AND o.channel = 'web'"
        " AND o.ordered_at BETWEEN e.occurred_at AND e.occurred_at + interval '10 minutes') AS is_bought"
        " FROM customers_event e WHERE e.kind = 'add_to_cart'"
    )["is_bought"]
    assert 0.5 < bought.mean() < 0.95


def test_opinions_are_of_products_that_were_bought_before(demo):
    unfounded = frame(
        "SELECT e.id FROM customers_event e WHERE e.kind IN ('rating', 'review')"
        " AND NOT EXISTS (SELECT FROM customers_order o"
        " JOIN customers_orderline l ON l.order_id = o.id WHERE o.customer_id = e.customer_id"
        " AND l.product_id = e.product_id AND o.ordered_date < e.occurred_date)"
    )
    assert unfounded.empty
    stars = frame("SELECT value::float FROM customers_event WHERE kind = 'rating'")["value"]
    assert set(stars) == {1, 2, 3, 4, 5}


def test_nobody_does_anything_before_they_came(demo):
    early = frame(
        "SELECT e.id FROM customers_event e JOIN customers_customer c ON c.id = e.customer_id"
        " WHERE e.occurred_date < c.customer_since"
    )
    assert early.empty


def test_answers_and_ratings_follow_satisfaction(demo):
    satisfaction = demo.truth.customers["satisfaction"]
    for measure in ("csat", "nps", "ces"):
        answers = frame(
            "SELECT i.customer_id, a.number FROM surveys_answer a JOIN surveys_invitation i ON i.id = a.invitation_id"
            " JOIN surveys_question q ON q.id = a.question_id"
            f" WHERE q.measure = '{measure}' AND q.facet <> 'price_fairness'"
        )
        assert len(answers) > 100
        assert np.corrcoef(answers["number"], satisfaction[answers["customer_id"]])[0, 1] > 0.5
    ratings = frame("SELECT customer_id, value::float FROM customers_event WHERE kind = 'rating'")
    assert np.corrcoef(ratings["value"], satisfaction[ratings["customer_id"]])[0, 1] > 0.3


def test_the_dissatisfied_leave(demo):
    buyers = demo.truth.customers.loc[orders_per_customer(demo).loc[lambda counts: counts >= 2].index]
    left = buyers["left_on"].notna()
    assert buyers.loc[left, "satisfaction"].mean() < buyers.loc[~left, "satisfaction"].mean() - 0.3


def test_a_few_hundred_customers_were_asked(demo):
    asked = frame(
        "SELECT count(DISTINCT customer_id) AS n, count(answered_at) AS answered FROM surveys_invitation"
    ).iloc[0]
    assert 300 < asked["n"] < 800
    assert 0 < asked["answered"] < 600
