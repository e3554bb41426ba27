import pandas as pd

from reports.charts.customer_map import customer_map
from reports.charts.positioning import segments_and_categories
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH

PLACES = pd.DataFrame(
    [
        ("point", "Group 1", 1, 1.0, 0.0),
        ("point", "No group", 0, 0.0, 4.0),
        ("centre", "Group 1", 1, 1.0, 0.0),
        ("centre", "Group 2", 2, -1.0, 0.0),
        ("centre", "Group 3", 3, 9.0, 0.0),
        ("loading", "Amount", -1, 0.9, 0.1),
        ("loading", "Days", -1, -0.4, 0.8),
        ("loading", "Tea", -1, 0.1, 0.2),
    ],
    columns=["kind", "label", "number", "x", "y"],
).assign(explained_x=0.6, explained_y=0.2, customers=[9.0, 4.0, 9.0, 7.0, 1.0, *[float("nan")] * 3], filter="")


def pair(segment, category, x, ratio, lines=100.0):
    return {
        "segment": segment,
        "category": category,
        **dict.fromkeys(("segment_x", "category_x"), x),
        **dict.fromkeys(("segment_y", "category_y"), 0.0),
        "lines": lines,
        "ratio": ratio,
        **dict.fromkeys(("customers", "segment_customers", "category_customers"), 7),
        "filter": f"{segment} and {category}",
        "segment_filter": segment,
        "category_filter": category,
        "explained_x": 0.8,
        "explained_y": 0.1,
    }


def test_the_title_names_the_groups_that_lie_farthest_apart():
    drawing = customer_map(PLACES, ENGLISH)
    assert drawing.finding == "Group 2 and Group 3 differ most; the first axis holds 60% of how customers differ"
    assert drawing.sample == "2 customers drawn"


def test_axes_are_named_by_what_weighs_most_with_its_direction():
    layout = validated(customer_map(PLACES, ENGLISH)).layout
    assert layout.xaxis.title.text == "Amount + · Days − (60%)"
    assert layout.yaxis.title.text == "Days + · Tea + (20%)"


def test_groups_differ_in_shape_too_and_the_table_has_middles_and_weights():
    drawing = customer_map(PLACES, ENGLISH)
    centres = [trace for trace in validated(drawing).data if trace.marker.size == 15 and len(trace.x)]
    assert len({trace.marker.symbol for trace in centres}) == 3
    assert [row[0] for row in cells(drawing)] == ["Group 1", "Group 2", "Group 3", "Amount", "Days", "Tea"]
    assert [row[2] for row in cells(drawing)][:3] == [9, 7, 1]
    assert drawing.drill == ""


def test_axes_reach_as_far_whoever_is_drawn():
    some = PLACES[PLACES["number"] != 0].reset_index(drop=True)
    some.attrs["reach"] = [[-20.0, 4.0]]
    layout = validated(customer_map(some, ENGLISH)).layout
    assert layout.xaxis.range[0] < -20 < 9 < layout.xaxis.range[1]
    assert layout.yaxis.range[1] > 4


def test_points_and_middles_lead_to_their_group():
    drawing = customer_map(PLACES.assign(filter=PLACES["label"]), ENGLISH)
    assert drawing.drill == "filter"
    ways = {trace.meta["filter"]: trace.hovertext for trace in validated(drawing).data}
    assert ways["Group 1"] == "Group 1: 9 customers"
    assert ways["Group 3"] == "Group 3: 1 customer"


def test_a_run_that_does_not_say_where_others_lie_is_told():
    places = PLACES[PLACES["kind"] != "point"].reset_index(drop=True)
    places.attrs["is_without_places"] = True
    assert "does not say where chosen customers lie" in customer_map(places, ENGLISH).unit


def test_one_group_is_no_pair():
    alone = PLACES[~PLACES["label"].isin(["Group 2", "Group 3"])]
    assert customer_map(alone, ENGLISH).finding.startswith("One group;")


def test_the_title_says_who_buys_most_out_of_proportion_unless_it_is_a_handful():
    pairs = [pair("Loyal", "Tea", 1.0, 2.4), pair("Lost", "Tea", -1.0, 0.4), pair("Lost", "Cups", -1.0, 9.0, lines=0.2)]
    drawing = segments_and_categories(pd.DataFrame(pairs), ENGLISH)
    assert drawing.finding == "Loyal: Tea at 2 times the share that all buy"
    assert [list(trace.text) for trace in validated(drawing).data] == [["Tea", "Cups"], ["Loyal", "Lost"]]
    assert [row[2] for row in cells(drawing)] == [9.0, 2.4, 0.4]
    assert [list(trace.customdata) for trace in validated(drawing).data] == [["Tea", "Cups"], ["Loyal", "Lost"]]
    assert validated(drawing).data[1].hovertext[0] == "Loyal, customers: 7"
    assert drawing.table.frame["filter"].iloc[1] == "Loyal and Tea"


def test_each_mark_is_named_once_on_a_phone_too():
    pairs = pd.DataFrame([pair("Loyal", "Tea", 1.0, 2.0), pair("Loyal", "A very long name of a category", 1.0, 2.0)])
    layout = validated(segments_and_categories(pairs, ENGLISH)).layout
    names = ["Loyal", "Tea", "A very long name of a c…"]
    assert [each.text for each in layout.annotations] == names
    assert [each["text"] for each in layout.meta["narrow"]["annotations"]] == names


def test_equal_tastes_are_called_so():
    drawing = segments_and_categories(pd.DataFrame([pair("Loyal", "Tea", 0.0, 1.02)]), ENGLISH)
    assert drawing.finding == "All segments buy much the same"
