import pandas as pd

from reports.charts.segments import customers_by_segment
from tests.reports.charts.drawn import cells, plain, validated
from tests.reports.charts.english import ENGLISH

COLUMNS = ["segment", "label", "tone", "customers", "monetary_minor"]
SEGMENTS = pd.DataFrame(
    [
        ("champions", "Champions", "good", 10, 60_000),
        ("at_risk", "At risk", "bad", 25, 40_000),
        ("prospect", "Prospects", "neutral", 15, 0),
    ],
    columns=COLUMNS,
)


def test_title_names_the_segment_that_carries_the_revenue():
    drawing = customers_by_segment(SEGMENTS, ENGLISH)
    assert drawing.finding == "Champions: 20% of the customers, 60% of the revenue"
    assert drawing.sample == "n = 50 customers"


def test_bars_keep_the_order_of_the_segments_and_name_themselves():
    bars = validated(customers_by_segment(SEGMENTS, ENGLISH)).data[0]
    assert list(bars.y) == ["Champions", "At risk", "Prospects"]
    assert list(bars.x) == [10, 25, 15]
    assert list(bars.text) == ["10 · 20%", "25 · 50%", "15 · 30%"]


def test_bars_take_the_tone_of_their_segment():
    colours = plain(customers_by_segment(SEGMENTS, ENGLISH))["data"][0]["marker"]["color"]
    for colour, tone in zip(colours, ("--good", "--bad", "--ink-3"), strict=True):
        assert tone in colour


def test_bars_lead_to_the_customers_of_the_segment():
    drawing = customers_by_segment(SEGMENTS.assign(filter=["best", "risky", "new"]), ENGLISH)
    assert drawing.drill == "filter"
    assert plain(drawing)["data"][0]["customdata"] == ["best", "risky", "new"]


def test_table_says_what_the_bars_say():
    assert cells(customers_by_segment(SEGMENTS, ENGLISH)) == [
        ("Champions", 10, 0.2, 60_000, 0.6),
        ("At risk", 25, 0.5, 40_000, 0.4),
        ("Prospects", 15, 0.3, 0, 0.0),
    ]


def test_without_revenue_the_title_names_the_largest_segment():
    drawing = customers_by_segment(SEGMENTS.assign(monetary_minor=0), ENGLISH)
    assert drawing.finding == "At risk is the largest segment: 50% of the customers"
    assert [row[-1] for row in cells(drawing)] == [0.0, 0.0, 0.0]


def test_refunds_that_outweigh_everything_make_no_shares():
    drawing = customers_by_segment(SEGMENTS.assign(monetary_minor=[-500, 100, 0]), ENGLISH)
    assert drawing.finding == "At risk is the largest segment: 50% of the customers"


def test_a_narrow_picture_leaves_more_room_for_longer_numbers():
    def room(times: int) -> float:
        figure = plain(customers_by_segment(SEGMENTS.assign(customers=SEGMENTS["customers"] * times), ENGLISH))
        return figure["layout"]["meta"]["narrow"]["xaxis"]["range"][1] / (25 * times)

    assert room(1) == 2.6
    assert room(1_000) > 3


def test_one_customer():
    drawing = customers_by_segment(SEGMENTS.head(1).assign(customers=1), ENGLISH)
    assert drawing.finding == "Champions: 100% of the customers, 100% of the revenue"
    assert drawing.sample == "n = 1 customer"
    validated(drawing)


def test_nobody_scored():
    drawing = customers_by_segment(pd.DataFrame(columns=COLUMNS), ENGLISH)
    assert drawing.figure is None
    assert drawing.finding == "No customer has been scored yet."
    assert cells(drawing) == []
