"""Plain descriptions of groups: the numbers they are written from, and the sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from django.utils import translation

from analytics.customer_groups import positioned
from analytics.models import Run
from analytics.portrait_words import descriptions
from analytics.portraits import portraits, portraits_of_segments
from customers.models import Category
from tests.analytics.sample_runs import AS_OF
from tests.factories import create_customer, create_user
from tests.reports.runs import publish


class Known:
    """Facts of four customers."""

    def customers(self, columns: Any, *, window_days: int | None) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "customer_id": [1, 2, 3, 4],
                "tenure_days": [999, 99, 49, 10],
                "recency_days": [2, 4, 40, 9],
                "frequency": [10, 10, 1, 0],
                "monetary_minor": [6000, 2000, 2000, 0],
                "average_basket_minor": [300.0, 300.0, 150.0, 0.0],
                "discounted_share": [0.8, 0.4, 0.0, None],
            }
        )


class Lines(Known):
    def category_lines(self, *, window_days: int | None) -> pd.DataFrame:
        return pd.DataFrame({"customer_id": [1, 3, 3, 99], "category_id": [7, 7, 8, 8], "order_lines": [2, 1, 3, 5]})


def test_groups_keep_their_numbers_where_somebody_is_in_none():
    """Of the buyers the fourth is not among them, and of the lines those of the 99th."""
    ids, groups = pd.Series([1, 2, 3]), pd.Series([1, 1, 2])
    assert list(portraits(Lines(), ids, groups, window_days=100)) == ["1", "2"]  # type: ignore[arg-type]
    found = positioned(Lines(), ids, groups, window_days=100, most=9)  # type: ignore[arg-type]
    assert (found["groups"], found["categories"]) == (["1", "2"], [7, 8])
    assert (found["group_lines"], found["category_lines"]) == ([2, 4], [3, 3])


def test_a_portrait_has_the_numbers_of_those_who_bought():
    ids, groups = pd.Series([1, 2, 3, 4]), pd.Series([1, 1, 2, 2])
    found = portraits(Known(), ids, groups, window_days=100)  # type: ignore[arg-type]
    assert found["1"] == {
        "customers": 2,
        "customer_share": pytest.approx(2 / 3),
        "every_days": 10.0,
        "basket_ratio": pytest.approx(1.2),
        "discounted_share": pytest.approx(0.6),
        "recency_days": 3.0,
        "money_share": pytest.approx(0.8),
    }
    assert (found["2"]["customers"], found["2"]["every_days"]) == (1, None)


def test_segments_are_seen_beside_all_who_bought_and_may_share_customers():
    """The first and second bought ten times each; the fourth never did."""
    members = {5: np.array([1, 3]), 6: np.array([1, 2, 3, 4]), 7: np.array([4, 99])}
    found = portraits_of_segments(Known(), members, window_days=100)  # type: ignore[arg-type]
    assert {segment: each["customers"] for segment, each in found.items()} == {"5": 2, "6": 3}
    assert (found["5"]["money_share"], found["6"]["money_share"]) == (pytest.approx(0.8), 1)
    assert (found["5"]["customer_share"], found["6"]["basket_ratio"]) == (pytest.approx(2 / 3), 1)


def run_of(**portrait: Any) -> Run:
    base = {"customers": 9, "customer_share": 0.17, "every_days": 20.4, "basket_ratio": 2.31, "discounted_share": 0.6}
    told = {**base, "recency_days": 12, "money_share": 0.38, **portrait}
    return Run(analysis="kmeans", as_of=AS_OF, metrics={"portraits": {"1": told}})


@pytest.mark.django_db
def test_the_sentence_says_the_rhythm_the_discounts_the_basket_and_what_they_bring():
    assert descriptions(run_of()) == {
        "1": "Buys every 20 days, mostly at a discount, 2.3 × the average basket, last bought 12 days ago,"
        " 38% of the revenue from 17% of the buyers."
    }
    quiet = run_of(every_days=None, basket_ratio=1.04, discounted_share=0.1, recency_days=1, money_share=None)
    assert descriptions(quiet) == {"1": "Has bought once, an average basket, last bought 1 day ago."}
    with translation.override("zh-hans"):
        assert descriptions(run_of())["1"].startswith("每 20 天购买一次，多在打折时购买，")


@pytest.mark.django_db
def test_categories_bought_much_and_out_of_proportion_are_named_and_the_customer_page_tells_it(client):
    tea, cups = (Category.objects.create(name=name) for name in ("Tea", "Cups"))
    positioning = {
        "groups": ["1"],
        "categories": [tea.pk, cups.pk],
        "category_lines": [20, 80],
        "ratios": [[3.0, 0.5]],
    }
    customer = create_customer("Ada")
    run = publish("kmeans", [(customer.pk, 1, 0.1)])
    Run.objects.filter(pk=run.pk).update(metrics={**run_of().metrics, "positioning": positioning})
    client.force_login(create_user("manager"))
    page = client.get(customer.get_absolute_url()).content.decode()
    assert "2.3 × the average basket, above all Tea, last bought 12 days ago" in page


def test_nothing_is_said_of_a_run_that_kept_no_portraits():
    assert descriptions(Run(analysis="kmeans", metrics={})) == {}
