import pandas as pd

from reports.charts.per_customer import deeds_per_customer
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def counts(**measures: dict[int, int]) -> pd.DataFrame:
    rows = [(measure, value, customers) for measure, by in measures.items() for value, customers in by.items()]
    return pd.DataFrame(rows, columns=["measure", "value", "customers"])


def test_title_gives_the_middle_customer_and_ranges_grow():
    drawing = deeds_per_customer(counts(visits={0: 2, 3: 3, 40: 1}, clicks={0: 6}, purchases={1: 4, 2: 2}), ENGLISH)
    assert drawing.finding == "The middle customer: visits 3, clicks 0, purchases 1"
    assert drawing.sample == "n = 6 customers"
    shown = [row for row in cells(drawing) if row[2]]
    assert shown == [
        ("Visits", "0", 2, 2 / 6), ("Visits", "3", 3, 0.5), ("Visits", "26–50", 1, 1 / 6),
        ("Clicks", "0", 6, 1.0), ("Purchases", "1", 4, 4 / 6), ("Purchases", "2", 2, 2 / 6),
    ]  # fmt: skip
    assert [trace.xaxis for trace in validated(drawing).data] == ["x", "x2", "x3"]


def test_one_customer_and_none():
    validated(deeds_per_customer(counts(visits={0: 1}, clicks={0: 1}, purchases={10**6: 1}), ENGLISH))
    assert deeds_per_customer(counts(), ENGLISH).figure is None
