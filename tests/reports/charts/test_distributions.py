import pandas as pd
import pytest

from analytics.algorithms.rfm import AMOUNT_EDGES
from reports.charts.distributions import recency_frequency_monetary
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH

COLUMNS = ["measure", "value", "customers", "median"]


def values(*, recency=None, frequency=None, monetary=None, medians=(20, 2, 15_000)) -> pd.DataFrame:
    """Counts by value; without any, ten buyers of the same kind."""
    counted = {
        "recency": recency or {20: 10},
        "frequency": frequency or {2: 10},
        "monetary": monetary or {10_000: 10},
    }
    rows = [
        (measure, value, customers, median)
        for (measure, counts), median in zip(counted.items(), medians, strict=True)
        for value, customers in counts.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def panel(drawing, title: str) -> list[tuple[str, int]]:
    return [(name, customers) for measure, name, customers, _share in cells(drawing) if measure.startswith(title)]


def test_title_gives_the_medians_of_recency_and_spending():
    drawing = recency_frequency_monetary(values(), ENGLISH)
    assert drawing.finding == "Half of the buyers came within 20 days, half spent €150 or more"
    assert drawing.sample == "n = 10 buyers"


def test_recency_is_counted_in_even_steps_of_days():
    drawing = recency_frequency_monetary(values(recency={0: 1, 29: 2, 30: 3, 364: 4}), ENGLISH)
    days = panel(drawing, "Days")
    assert len(days) == 13
    assert [days[0], days[1], days[12]] == [("0 to 29 days", 3), ("30 to 59 days", 3), ("360 to 389 days", 4)]


def test_a_few_days_are_counted_one_by_one():
    days = panel(recency_frequency_monetary(values(recency={0: 1, 1: 5, 3: 4}), ENGLISH), "Days")
    assert days == [("0 days", 1), ("1 day", 5), ("2 days", 0), ("3 days", 4)]


def test_few_purchases_are_counted_one_by_one_many_in_growing_steps():
    few = panel(recency_frequency_monetary(values(frequency={1: 6, 3: 4}), ENGLISH), "Purchases")
    assert few == [("1 purchase", 6), ("2 purchases", 0), ("3 purchases", 4)]
    many = panel(recency_frequency_monetary(values(frequency={1: 6, 7: 3, 40: 1}), ENGLISH), "Purchases")
    assert many[0] == ("1 purchase", 6)
    assert ("6–7 purchases", 3) in many
    assert many[-1] == ("26–50 purchases", 1)


def test_amounts_are_counted_on_a_log_scale():
    amounts = panel(recency_frequency_monetary(values(monetary={10_000: 7, 50_000: 3}), ENGLISH), "Revenue")
    assert amounts == [("€100 – €200", 7), ("€200 – €500", 0), ("€500 – €1,000", 3)]


def test_buyers_whose_refunds_outweigh_have_a_bar_of_their_own():
    drawing = recency_frequency_monetary(values(monetary={0: 2, 10_000: 8}), ENGLISH)
    assert panel(drawing, "Revenue") == [("refunds outweigh", 2), ("€100 – €200", 8)]
    assert validated(drawing).layout.xaxis3.ticktext[0] == "≤ 0"


def test_only_refunds():
    drawing = recency_frequency_monetary(values(monetary={0: 10}, medians=(20, 2, -500)), ENGLISH)
    assert ("refunds outweigh", 10) in panel(drawing, "Revenue")
    validated(drawing)


def test_every_buyer_is_in_one_bar_of_each_panel():
    drawing = recency_frequency_monetary(
        values(
            recency={0: 4, 100: 3, 364: 3},
            frequency={1: 5, 14: 4, 1_200: 1},
            monetary={0: 1, AMOUNT_EDGES[0]: 2, AMOUNT_EDGES[-2]: 7},
        ),
        ENGLISH,
    )
    for title in ("Days", "Purchases", "Revenue"):
        assert sum(customers for _name, customers in panel(drawing, title)) == 10
    validated(drawing)


def test_median_lines_stand_where_the_middle_buyer_is():
    drawing = recency_frequency_monetary(
        values(recency={0: 5, 364: 5}, frequency={1: 5, 2: 5}, medians=(45, 2, 14_142)), ENGLISH
    )
    days, purchases, amounts = validated(drawing).layout.shapes
    assert days.x0 == pytest.approx(45.5 / 30 - 0.5)
    assert purchases.x0 == 1
    assert amounts.x0 == pytest.approx(0, abs=0.001)  # √2 × 100 lies in the middle of 100 to 200 on a log scale


def test_on_a_phone_the_panels_stand_below_each_other():
    narrow = plain(recency_frequency_monetary(values(), ENGLISH))["layout"]["meta"]["narrow"]
    heights = [narrow[f"yaxis{suffix}"]["domain"] for suffix in ("", "2", "3")]
    assert heights[0][1] == pytest.approx(1)
    assert heights[2][0] == pytest.approx(0)
    assert heights[0][0] > heights[1][1] > heights[1][0] > heights[2][1]


def test_one_buyer():
    drawing = recency_frequency_monetary(
        values(recency={0: 1}, frequency={1: 1}, monetary={1: 1}, medians=(0, 1, 1)), ENGLISH
    )
    assert drawing.sample == "n = 1 buyer"
    validated(drawing)


def test_nobody_bought():
    assert recency_frequency_monetary(pd.DataFrame(columns=COLUMNS), ENGLISH).figure is None
