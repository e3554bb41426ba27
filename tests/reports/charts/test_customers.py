"""The charts of who the customers are."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from core.countries import country_choices
from reports.charts.ages import ages_of_customers
from reports.charts.customer_places import customers_on_the_map
from reports.charts.growth import number_of_customers
from reports.charts.places import MIDDLES
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def test_ages_have_a_bar_for_five_years_and_a_box_above_them():
    frame = pd.DataFrame(
        {
            "first": [20, 25, 30, None],
            "label": ["20–24", "25–29", "30–34", "Unknown"],
            "customers": [2, 4, 2, 2],
            "filter": ["a", "b", "c", "d"],
        }
    )
    frame.attrs = {"box": {"lowest": 21, "q1": 24, "median": 27.5, "q3": 31, "highest": 33}}
    drawing = ages_of_customers(frame, ENGLISH)
    assert drawing.finding == "Half of the customers are 28 or younger; the middle half is 24 to 31 years old"
    bars, box = validated(drawing).data
    assert list(bars.y) == [2, 4, 2]
    # The middle of the bar of 25 to 29 years, which is the second.
    assert (box.median[0], bars.x[1]) == (1, 1)
    assert cells(drawing)[-1] == ("Unknown", 2, 0.2)
    assert drawing.sample == "n = 8 of 10 customers, whose year of birth is known"
    frame.attrs = {}
    assert ages_of_customers(frame, ENGLISH).finding == "25–29 years are most frequent, 50% of those whose age is known"


def test_a_bubble_is_as_large_as_its_country_has_customers():
    frame = pd.DataFrame(
        {
            "code": ["DE", "FR", ""],
            "label": ["Germany", "France", "Unknown"],
            "customers": [64, 16, 20],
            "filter": ["de", "fr", "none"],
        }
    )
    drawing = customers_on_the_map(frame, ENGLISH)
    assert drawing.finding == "Germany has 64% of the customers, of 2 countries; of 20% it is not known"
    ground, bubbles = validated(drawing).data
    assert len(ground.x) == len(MIDDLES) - 2
    assert bubbles.marker.size[0] == 2 * bubbles.marker.size[1]
    assert list(bubbles.customdata) == ["de", "fr"]
    assert cells(drawing)[2] == ("Unknown", 20, 0.2)


def test_every_country_has_its_place():
    codes = {code for code, _ in country_choices("en_GB")}
    # Antarctica and a few rocks have nobody to sell to.
    assert codes - set(MIDDLES) <= {"AQ", "BV", "HM", "TF", "UM", "XB"}
    assert all(-180 <= east <= 180 and -60 <= north <= 85 for east, north in MIDDLES.values())


def test_growth_begins_with_those_who_were_there():
    frame = pd.DataFrame(
        {
            "start": [dt.date(2026, 1, 1), dt.date(2026, 2, 1)],
            "new": [10, 40],
            "total": [110, 150],
            "filter": ["a", "b"],
        }
    )
    frame.attrs = {"grain": "month", "before": 100, "unknown": 7}
    drawing = number_of_customers(frame, ENGLISH)
    assert drawing.finding == "150 customers: 50 came in these days, +50%"
    assert drawing.sample == "n = 150 customers, without 7 of whom it is not known since when"
    assert cells(drawing) == [("Feb 2026", 40, 150), ("Jan 2026", 10, 110)]
    total, new = validated(drawing).data
    assert (list(total.y), list(new.y)) == ([110, 150], [10, 40])
