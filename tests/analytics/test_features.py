"""What is known about customers, purchases and days as of a date, and nothing later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import numpy as np
import pandas as pd
import pytest
from django.utils import timezone

from analytics.features import CUSTOMER_COLUMNS, Facts
from analytics.snapshot import open_facts, take_snapshot
from customers.models import Category, Customer
from tests.factories import create_customer, create_event, create_order, create_product, create_refund

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = dt.date(2026, 6, 30)
WINDOW_DAYS = 30
FIRST_DAY = dt.date(2026, 6, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def facts(context) -> Iterator[Callable[..., Facts]]:
    """Facts of the database as it is when this is called."""
    with ExitStack() as opened:

        def looked_at(as_of: dt.date = AS_OF) -> Facts:
            manifest = take_snapshot(context(), step=lambda table: None)
            return Facts(opened.enter_context(open_facts(manifest)), as_of=as_of)

        yield looked_at


@pytest.fixture
def buyer(transactional_db) -> Customer:
    return create_customer("Buyer")


def known(facts: Facts, *columns: str) -> list[tuple]:
    """Those columns of each customer, in the order of their ids, missing values as None."""
    frame = facts.customers(columns, window_days=WINDOW_DAYS)
    return list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))


def test_orders_of_one_day_are_one_occasion(facts, buyer):
    for _order in range(3):
        create_order(buyer, on=AS_OF, amount="10.00")
    create_order(buyer, on=AS_OF - DAY, amount="10.00")
    assert known(facts(), "frequency", "orders", "monetary_minor", "average_basket_minor") == [(2, 4, 4000, 1000.0)]


def test_the_window_ends_with_as_of_and_has_all_its_days(facts, buyer):
    create_order(buyer, on=FIRST_DAY - DAY)
    create_order(buyer, on=FIRST_DAY)
    create_order(buyer, on=AS_OF)
    assert known(facts(), "frequency", "first_purchase_date", "recency_days", "tenure_days") == [
        (2, pd.Timestamp(FIRST_DAY - DAY), 0, 30)
    ]


def test_nothing_after_as_of_is_seen(facts, buyer):
    product = create_product()
    order = create_order(buyer, on=AS_OF, amount="10.00", products=[product])
    create_order(buyer, on=AS_OF + DAY, amount="99.00", products=[create_product()])
    create_refund(order=order, on=AS_OF + DAY, amount="10.00")
    create_refund(buyer, on=AS_OF + DAY, amount="5.00")
    create_event(buyer, "view", on=AS_OF)
    create_event(buyer, "view", on=AS_OF + DAY)
    seen = facts()
    assert known(seen, "frequency", "monetary_minor", "refunded_minor", "distinct_products", "views") == [
        (1, 1000, 0, 1, 1)
    ]
    assert seen.daily()["gross_minor"].tolist() == [1000]
    assert seen.product_purchases()["product_id"].tolist() == [product.pk]


def test_an_order_wholly_paid_back_is_no_purchase_from_that_day_on(facts, buyer):
    order = create_order(buyer, on=FIRST_DAY, amount="10.00")
    create_refund(order=order, on=FIRST_DAY + DAY, amount="4.00")
    create_refund(order=order, on=FIRST_DAY + 2 * DAY, amount="6.00")
    columns = ("frequency", "first_purchase_date", "monetary_minor", "refunded_share")
    assert known(facts(), *columns) == [(0, None, 0, 1.0)]
    assert known(facts(FIRST_DAY + DAY), *columns) == [(1, pd.Timestamp(FIRST_DAY), 600, 0.4)]


def test_a_refund_reduces_the_order_that_it_returns_and_not_the_window_it_is_paid_in(facts, buyer):
    earlier = create_order(buyer, on=FIRST_DAY - DAY, amount="80.00")
    create_refund(order=earlier, on=AS_OF, amount="30.00")
    create_order(buyer, on=AS_OF, amount="10.00")
    assert known(facts(), "monetary_minor", "refunded_minor") == [(1000, 0)]


def test_a_refund_without_an_order_reduces_the_window_it_is_paid_in(facts, buyer):
    create_order(buyer, on=AS_OF, amount="10.00")
    create_refund(buyer, on=FIRST_DAY, amount="3.00")
    create_refund(buyer, on=FIRST_DAY - DAY, amount="100.00")
    assert known(facts(), "frequency", "monetary_minor", "gross_minor", "refunded_minor") == [(1, 700, 1000, 300)]


def test_more_may_be_paid_back_than_was_bought(facts, buyer):
    create_refund(buyer, on=AS_OF, amount="3.00")
    assert known(facts(), "frequency", "monetary_minor", "refunded_share") == [(0, -300, 0.0)]


def test_stock_corrections_are_nobodys_purchase(facts, buyer):
    create_order(buyer, on=AS_OF, kind="adjustment", products=[create_product()])
    seen = facts()
    assert known(seen, "frequency", "monetary_minor", "distinct_products") == [(0, 0, 0)]
    assert seen.daily().empty


def test_amounts_are_those_in_the_organisations_currency(facts, buyer):
    create_order(buyer, on=AS_OF, amount="10.00", currency="USD", total_base_minor=900)
    assert known(facts(), "monetary_minor") == [(900,)]


def test_who_never_bought_is_there_and_who_is_gone_is_not(facts, buyer):
    create_order(create_customer(deleted_at=timezone.now()), on=AS_OF)
    create_order(create_customer(archived_at=timezone.now()), on=AS_OF)
    seen = facts()
    assert known(seen, "customer_id", "recency_days", "frequency", "visits", "mean_rating") == [
        (buyer.pk, None, 0, 0, None)
    ]
    assert seen.customer_ids().tolist() == [buyer.pk]
    assert seen.daily()["orders"].tolist() == [2], "the organisation has sold it all the same"


def test_who_objects_to_profiling_is_in_no_analysis_and_sold_to_all_the_same(facts, buyer):
    objector = create_customer(profiling_objected_at=timezone.now())
    lamp = create_product(category=Category.objects.create(name="Lighting"))
    for customer in (buyer, objector):
        create_order(customer, on=AS_OF, amount="10.00", products=[lamp])
        create_event(customer, "view", on=AS_OF)
    seen = facts()
    assert seen.customer_ids().tolist() == [buyer.pk]
    assert known(seen, "customer_id", "monetary_minor", "distinct_products", "views") == [(buyer.pk, 1000, 1, 1)]
    assert seen.product_purchases()["customer_id"].tolist() == [buyer.pk]
    assert seen.category_lines(window_days=None)["customer_id"].tolist() == [buyer.pk]
    days = seen.daily()[["orders", "buyers", "gross_minor"]]
    assert days.to_numpy().tolist() == [[2, 2, 2000]], "revenue is the organisation's, and names nobody"


def test_behaviour_is_counted_by_kind_within_the_window(facts, buyer):
    for kind in ("visit", "visit", "click", "view", "add_to_cart"):
        create_event(buyer, kind, on=AS_OF)
    create_event(buyer, "visit", on=FIRST_DAY - DAY)
    create_event(buyer, "rating", on=AS_OF, value=5)
    create_event(buyer, "rating", on=AS_OF, value=2)
    create_event(buyer, "service_use", on=AS_OF, seconds=90)
    create_event(buyer, "service_use", on=AS_OF)
    columns = ("visits", "clicks", "views", "carts", "ratings", "mean_rating", "service_uses", "service_seconds")
    assert known(facts(), *columns) == [(2, 1, 1, 1, 2, 3.5, 2, 90)]


def test_without_a_window_all_time_counts(facts, buyer):
    create_order(buyer, on=dt.date(1997, 1, 1))
    create_order(buyer, on=AS_OF)
    assert facts().customers(["frequency"], window_days=None)["frequency"].tolist() == [2]


def test_a_second_window_is_computed_anew(facts, buyer):
    create_order(buyer, on=AS_OF - DAY)
    seen = facts()
    assert seen.customers(["frequency"], window_days=1)["frequency"].tolist() == [0]
    assert seen.customers(["frequency"], window_days=2)["frequency"].tolist() == [1]


def test_all_columns_are_there_in_the_order_of_ids_whatever_the_order_of_orders(facts):
    customers = [create_customer() for _number in range(5)]
    for customer in reversed(customers):
        create_order(customer, on=AS_OF)
    frame = facts().customers(CUSTOMER_COLUMNS, window_days=WINDOW_DAYS)
    assert list(frame.columns) == list(CUSTOMER_COLUMNS)
    assert frame["customer_id"].tolist() == [customer.pk for customer in customers]


def test_product_purchases_are_summed_over_a_day_and_leave_out_what_came_back(facts, buyer):
    lamp, chair = create_product("Lamp"), create_product("Chair")
    create_order(buyer, on=AS_OF, products=[lamp, chair])
    create_order(buyer, on=AS_OF, products=[lamp])
    returned = create_order(buyer, on=FIRST_DAY, amount="50.00", products=[chair])
    create_refund(order=returned, on=AS_OF, amount="50.00")
    create_order(None, on=AS_OF, products=[chair])
    seen = facts()
    found = seen.product_purchases()
    assert list(found.itertuples(index=False, name=None)) == [
        (buyer.pk, lamp.pk, pd.Timestamp(AS_OF), 2.0, False),
        (buyer.pk, chair.pk, pd.Timestamp(AS_OF), 1.0, False),
    ]
    # The day before, nobody knew that the chair would come back.
    earlier = seen.product_purchases(as_of=AS_OF - DAY)
    assert list(earlier.itertuples(index=False, name=None)) == [
        (buyer.pk, chair.pk, pd.Timestamp(FIRST_DAY), 1.0, False)
    ]
    assert seen.product_purchases().equals(found)


def test_interest_grows_with_what_they_did_and_a_rating_stands_apart(facts, buyer):
    lamp, chair = create_product("Lamp", category=Category.objects.create(name="Lights")), create_product("Chair")
    other = create_customer()
    create_event(buyer, "view", on=AS_OF, product=lamp)
    create_event(buyer, "add_to_cart", on=FIRST_DAY, product=lamp)
    create_event(buyer, "rating", on=AS_OF, product=chair, value=4)
    create_event(other, "view", on=AS_OF, product=chair)
    create_event(buyer, "view", on=FIRST_DAY - DAY, product=chair)
    create_event(buyer, "view", on=AS_OF + DAY, product=chair)
    create_event(buyer, "visit", on=AS_OF)
    seen = facts()
    found = seen.product_interest(as_of=AS_OF, recent_days=WINDOW_DAYS, among=np.array([buyer.pk]))
    looked, rated = found.to_dict("records")
    assert (looked["product_id"], looked["interest"]) == (lamp.pk, pytest.approx(1 - 0.95 * 0.6))
    assert pd.isna(looked["rating"])
    assert (rated["product_id"], rated["interest"], rated["rating"]) == (chair.pk, 0, 0.75)
    assert len(seen.product_interest(as_of=AS_OF, recent_days=WINDOW_DAYS)) == 3
    names = seen.products().set_index("product_id")["name"]
    assert names.to_dict() == {lamp.pk: "Lamp", chair.pk: "Chair"}


def test_what_is_not_on_sale_or_sold_out_is_not_offered(facts, transactional_db):
    create_product("Lamp")
    gone, sold_out = create_product("Chair", is_active=False), create_product("Table", is_in_stock=False)
    assert facts().products_not_offered().tolist() == [gone.pk, sold_out.pk]


def test_a_product_is_bought_again_on_another_day(facts, buyer):
    lamp = create_product("Lamp")
    other = create_customer()
    for customer, days in ((buyer, (FIRST_DAY, FIRST_DAY + DAY, AS_OF)), (other, (AS_OF, AS_OF))):
        for day in days:
            create_order(customer, on=day, products=[lamp])
    seen = facts()
    assert seen.product_purchases()["is_again"].tolist() == [True, False]
    assert seen.product_purchases(as_of=FIRST_DAY)["is_again"].tolist() == [False]
    assert seen.product_purchases(among=np.array([other.pk]))["customer_id"].tolist() == [other.pk]


def test_the_share_of_lines_at_a_discount_is_missing_without_a_line(facts, buyer):
    order = create_order(buyer, on=AS_OF, products=[create_product(), create_product()])
    order.lines.filter(pk=order.lines.first().pk).update(discount=1)
    create_order(buyer, on=FIRST_DAY - DAY, products=[create_product()])
    create_customer("Nobody's")
    assert known(facts(), "discounted_share") == [(0.5,), (None,)]


def test_events_are_counted_up_to_their_day(facts, buyer):
    for on in (FIRST_DAY - DAY, FIRST_DAY, AS_OF, AS_OF + DAY):
        create_event(buyer, "view", on=on)
    create_event(None, "visit", on=AS_OF)
    found = facts().recent_events(as_of=AS_OF, recent_days=WINDOW_DAYS)
    assert found.to_dict("list") == {"customer_id": [buyer.pk], "events": [2]}


def test_histories_are_as_known_on_their_day_and_purchase_days_those_that_came_after(facts, buyer):
    create_order(buyer, on=FIRST_DAY, amount="10.00")
    create_order(buyer, on=FIRST_DAY, amount="20.00")
    second = create_order(buyer, on=FIRST_DAY + 9 * DAY, amount="50.00")
    create_order(buyer, on=FIRST_DAY + 12 * DAY, amount="40.00")
    create_refund(order=second, on=FIRST_DAY + 12 * DAY, amount="50.00")
    create_customer("Prospect")
    create_order(create_customer("Objector", profiling_objected_at=timezone.now()), on=FIRST_DAY)
    seen = facts()
    then = seen.purchase_histories(as_of=FIRST_DAY + 10 * DAY, recent_days=5).to_dict("records")
    assert then == [
        {
            "customer_id": buyer.pk,
            "first_purchase_date": pd.Timestamp(FIRST_DAY),
            "last_purchase_date": pd.Timestamp(FIRST_DAY + 9 * DAY),
            "frequency": 2,
            "recent": 1,
            "year": 2,
            "season": 0,
            "recent_spent_minor": 5000,
            "mean_spend_minor": 4000.0,
        }
    ]
    [now] = seen.purchase_histories(as_of=AS_OF, recent_days=5).to_dict("records")
    assert (now["frequency"], now["recent"], now["mean_spend_minor"]) == (2, 0, 3500.0)
    create_order(buyer, on=AS_OF - 360 * DAY)
    create_order(buyer, on=AS_OF - 359 * DAY)
    [a_year_on] = facts().purchase_histories(as_of=AS_OF, recent_days=5).to_dict("records")
    assert (a_year_on["year"], a_year_on["season"]) == (4, 1)
    came = seen.purchase_days(start=FIRST_DAY + 11 * DAY, until=AS_OF)
    assert came.to_dict("list") == {"customer_id": [buyer.pk], "purchase_days": [1], "spent_minor": [4000]}


def test_a_profile_edited_after_a_day_is_unknown_on_it(facts):
    old, edited = create_customer(profile_text="tea"), create_customer(profile_text="cups")
    create_customer(profile_text="objects", profiling_objected_at=timezone.now())
    Customer.objects.filter(pk=edited.pk).update(created_at=timezone.now() - 9 * DAY)
    seen, today = facts(), timezone.now().date()
    assert seen.profile_texts(as_of=today)["customer_id"].tolist() == [old.pk, edited.pk]
    assert seen.profile_texts(as_of=today - DAY)["customer_id"].tolist() == [old.pk]


def test_baskets_hold_what_was_kept_of_the_newest_purchases_once_each(facts, buyer):
    tea, cup, pot = (create_product() for _ in range(3))
    create_order(buyer, on=FIRST_DAY - DAY, products=[tea, pot])
    older = create_order(buyer, on=FIRST_DAY, products=[tea, cup, tea])
    returned = create_order(buyer, on=FIRST_DAY + DAY, amount="10.00", products=[pot, cup])
    create_refund(order=returned, on=AS_OF, amount="10.00")
    newer = create_order(None, on=AS_OF, products=[cup])
    objecting = create_customer("Objector", profiling_objected_at=timezone.now())
    create_order(objecting, on=AS_OF, products=[tea, cup])
    seen = facts()
    baskets = seen.baskets(window_days=WINDOW_DAYS, most=100)
    held = baskets.groupby("order_id")["product_id"].apply(list).to_dict()
    assert held == {older.pk: [tea.pk, cup.pk], newer.pk: [cup.pk]}
    assert baskets["ordered_date"].dt.date.unique().tolist() == [FIRST_DAY, AS_OF]
    assert seen.baskets(window_days=None, most=1)["order_id"].unique().tolist() == [newer.pk]


def test_a_backtest_does_not_spoil_the_customers(facts, buyer):
    create_order(buyer, on=AS_OF)
    seen = facts()
    seen.product_purchases(as_of=FIRST_DAY)
    assert known(seen, "frequency") == [(1,)]


def test_daily_figures_row_by_row(facts, buyer):
    other = create_customer("Other")
    create_order(buyer, on=dt.date(2026, 5, 30), amount="10.00")
    create_order(buyer, on=FIRST_DAY, amount="20.00")
    create_order(buyer, on=FIRST_DAY, amount="5.00")
    create_order(None, on=FIRST_DAY, amount="1.00")
    create_order(other, on=dt.date(2026, 6, 2), amount="30.00")
    create_order(buyer, on=dt.date(2026, 6, 2), amount="40.00")
    create_refund(buyer, on=dt.date(2026, 6, 3), amount="7.00")
    columns = ["orders", "anonymous_orders", "buyers", "new_buyers", "returning_buyers", "month_buyers"]
    amounts = ["gross_minor", "refunds", "refunded_minor"]
    found = facts().daily()[["day", *columns, *amounts]]
    assert [(row[0].strftime("%m-%d"), *row[1:]) for row in found.itertuples(index=False, name=None)] == [
        ("05-30", 1, 0, 1, 1, 0, 1, 1000, 0, 0),
        ("06-01", 3, 1, 1, 0, 1, 1, 2600, 0, 0),
        ("06-02", 2, 0, 2, 1, 1, 1, 7000, 0, 0),
        ("06-03", 0, 0, 0, 0, 0, 0, 0, 1, 700),
    ]


def test_an_empty_house_gives_empty_frames(facts):
    seen = facts()
    assert seen.daily().empty
    assert seen.product_purchases().empty
    assert seen.customers(CUSTOMER_COLUMNS, window_days=WINDOW_DAYS).empty
