from itertools import pairwise

import pandas as pd

from reports.charts.paths import paths_of_customers
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def paths(*rows: tuple[str, str, str, str, int], of: int = 0) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["first", "second", "third", "fourth", "customers"])
    return frame.assign(of=of or frame["customers"].sum())


BOUGHT_ONCE = ("bought", "gone", "gone", "gone", 50)
CAME_BACK = ("came", "bought", "gone", "gone", 30)
FAITHFUL = ("bought", "bought", "carted", "viewed", 20)


def test_title_is_the_most_frequent_path_up_to_its_end():
    drawing = paths_of_customers(paths(FAITHFUL, BOUGHT_ONCE, CAME_BACK), ENGLISH)
    assert drawing.finding == "The most frequent path, of 50%: Bought → Gone"
    assert cells(drawing) == [
        ("Bought → Gone", 50, 0.5),
        ("Visit → Bought → Gone", 30, 0.3),
        ("Bought → Bought → Cart → Viewed", 20, 0.2),
    ]


def test_flows_lead_from_day_to_day_and_who_has_gone_is_not_drawn_again():
    [flows] = validated(paths_of_customers(paths(BOUGHT_ONCE, CAME_BACK, FAITHFUL), ENGLISH)).data
    ways = [
        (flows.node.label[source], flows.node.label[target], value)
        for source, target, value in zip(flows.link.source, flows.link.target, flows.link.value, strict=True)
    ]
    assert ways == [
        ("Bought 70", "Bought 50", 20),
        ("Bought 70", "Gone 50", 50),
        ("Visit 30", "Bought 50", 30),
        ("Bought 50", "Cart 20", 20),
        ("Bought 50", "Gone 30", 30),
        ("Cart 20", "Viewed 20", 20),
    ]
    assert all(0 < y < 1 for y in flows.node.y)


def test_names_below_each_other_do_not_touch_however_few_took_a_step():
    few = [("bought", state, "gone", "gone", 1) for state in ("carted", "viewed", "came", "gone")]
    [flows] = validated(paths_of_customers(paths(("bought", "bought", "gone", "gone", 99_996), *few), ENGLISH)).data
    below = sorted(y for x, y in zip(flows.node.x, flows.node.y, strict=True) if x == flows.node.x[1])
    assert len(below) == 5
    assert min(after - before for before, after in pairwise(below)) > 0.04


def test_columns_are_as_far_apart_on_a_phone_as_the_names_between_them_are_long():
    [flows] = validated(paths_of_customers(paths(FAITHFUL), ENGLISH)).data
    xs = flows.meta["narrow"]["node"]["x"]
    apart = [after - before for before, after in pairwise(xs)]
    # Of 320 pixels, less the bar: twelve letters of 10 pixels, and twice as many before the last column.
    assert min(apart[:2]) * 320 - 12 > 12 * 6
    assert apart[2] * 320 - 24 > 2 * 12 * 5


def test_flows_lead_to_those_whose_steps_were_these_unless_paths_have_been_left_out():
    frame = paths(BOUGHT_ONCE, CAME_BACK)
    frame.attrs = {"filter": "{path}/1", "is_whole": True}
    drawing = paths_of_customers(frame, ENGLISH)
    assert drawing.table.frame["filter"].tolist() == ["bought.gone.gone.gone/1", "came.bought.gone.gone/1"]
    [flows] = validated(drawing).data
    ways = dict(zip(flows.link.label, flows.link.customdata, strict=True))
    assert ways["Bought → Gone: 50"] == "bought.gone.*.*/1"
    at = dict(zip(flows.node.label, flows.node.customdata, strict=True))
    assert (at["Visit 30"], at["Gone 50"], at["Gone 30"]) == ("came.*.*.*/1", "+.gone.*.*/1", "*.+.gone.*/1")
    frame.attrs["is_whole"] = False
    drawing = paths_of_customers(frame, ENGLISH)
    [flows] = validated(drawing).data
    assert {*flows.link.customdata, *flows.node.customdata} == {""}
    assert all(drawing.table.frame["filter"])


def test_a_sample_says_of_how_many():
    drawing = paths_of_customers(paths(BOUGHT_ONCE, of=600), ENGLISH)
    assert drawing.sample == "50 customers drawn, of 600"


def test_one_customer_and_none():
    validated(paths_of_customers(paths(("viewed", "gone", "gone", "gone", 1)), ENGLISH))
    assert paths_of_customers(paths(), ENGLISH).figure is None
