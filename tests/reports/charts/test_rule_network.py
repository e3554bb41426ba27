import math
from itertools import combinations

import pandas as pd

from reports.charts.labels import measured
from reports.charts.rule_network import HIGH, places_of, rule_network
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def rules(*rows: tuple[int, int, float, bool | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["antecedent", "consequent", "lift", "held"])
    return frame.assign(
        antecedent_name=[f"Product {pk}" for pk in frame["antecedent"]],
        consequent_name=[f"Product {pk}" for pk in frame["consequent"]],
        confidence=0.5,
        joint_count=7,
        baskets=1_000,
        customers=6,
        filter=[f"{one}.{other}" for one, other in zip(frame["antecedent"], frame["consequent"], strict=True)],
        antecedent_customers=20,
        antecedent_filter=frame["antecedent"].astype(str),
        consequent_customers=float("nan"),
        consequent_filter="",
    )


def test_title_names_the_rule_that_is_furthest_from_chance():
    drawing = rule_network(rules((1, 2, 2.0, True), (3, 4, 8.4, False), (4, 5, 3.0, None)), ENGLISH)
    assert drawing.finding == "Product 3 → Product 4: together 8 times as often as by chance"
    assert [row[-1] for row in cells(drawing)] == ["hold as well", "do not hold", "do not tell"]
    assert drawing.sample == "n = 1,000 purchases"


def test_arrows_lead_from_the_antecedent_and_grow_with_the_lift():
    drawing = rule_network(rules((1, 2, 2.0, True), (2, 3, 9.0, True), (3, 1, 4.0, True)), ENGLISH)
    *arrows, links, products = validated(drawing).data
    assert [trace.line.width for trace in arrows] == [1, 2, 3.5]
    names = [text.partition(",")[0] for text in products.hovertext]
    assert sorted(names) == ["Product 1", "Product 2", "Product 3"]
    at = dict(zip(names, zip(products.x, products.y, strict=True), strict=True))
    strongest = arrows[2]
    assert list(zip(strongest.x, strongest.y, strict=True))[:2] == [at["Product 2"], at["Product 3"]]
    assert list(links.customdata) == ["1.2", "2.3", "3.1"]


def test_a_product_leads_to_its_buyers_where_they_are_told():
    *_arrows, products = validated(rule_network(rules((1, 2, 2.0, True)), ENGLISH)).data
    assert list(products.customdata) == ["1", ""]
    assert list(products.hovertext) == ["Product 1, customers: 20", "Product 2"]


def test_the_title_is_not_about_a_handful_of_purchases():
    frame = rules((1, 2, 90.0, True), (3, 4, 8.4, False)).assign(joint_count=[1, 7])
    assert rule_network(frame, ENGLISH).finding == "Product 3 → Product 4: together 8 times as often as by chance"


def test_on_a_phone_no_name_covers_another_or_a_product():
    star = [(1, other, 2.0, True) for other in range(2, 9)]
    figure = validated(rule_network(rules(*star, (20, 21, 3.0, True), (30, 31, 4.0, True)), ENGLISH))
    across, up = figure.layout.xaxis.range, figure.layout.yaxis.range
    width, height = HIGH.widths[0], HIGH.height

    def place(x, y):
        return (x - across[0]) / (across[1] - across[0]) * width, (up[1] - y) / (up[1] - up[0]) * height

    named = figure.layout.meta["narrow"]["annotations"]
    assert len(named) == 12
    boxes = []
    for each in named:
        x, y = place(each["x"], each["y"])
        boxes += [(x, y, 10, 10), (x + each["ax"], y + each["ay"], *measured(each["text"]))]
    for one, other in combinations(boxes, 2):
        across_by, up_by = (abs(one[axis] - other[axis]) - (one[axis + 2] + other[axis + 2]) / 2 for axis in (0, 1))
        assert max(across_by, up_by) >= 0, (one, other)


def test_what_hangs_together_stands_together_and_nothing_stands_on_another():
    star = [(1, other) for other in range(2, 9)]
    pairs = [*star, (20, 21), (30, 31), (31, 32)]
    places = places_of(pairs)
    assert len(places) == 13
    assert all(math.dist(places[one], places[other]) > 0.7 for one, other in combinations(places, 2))
    # The hub stands in the middle of its circle.
    around = [math.dist(places[1], places[other]) for other in range(2, 9)]
    assert max(around) - min(around) < 0.01
    # A pair is nearer to each other than to anybody else.
    assert all(
        math.dist(places[20], places[21]) < math.dist(places[20], places[other]) for other in places.keys() - {20, 21}
    )


def test_places_do_not_depend_on_the_order_of_the_rules():
    pairs = [(5, 1), (1, 2), (7, 9), (2, 5)]
    assert places_of(pairs) == places_of(pairs[::-1])


def test_a_single_rule_and_none():
    validated(rule_network(rules((1, 2, 2.0, None)), ENGLISH))
    assert rule_network(rules(), ENGLISH).figure is None
    nowhere = rules()
    nowhere.attrs["found"] = 3
    assert rule_network(nowhere, ENGLISH).finding == "What is bought together elsewhere was not bought together here."
