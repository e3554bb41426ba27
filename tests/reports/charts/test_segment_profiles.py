import pandas as pd

from reports.charts.segment_profiles import segment_profiles
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def segments(*rows: tuple[str, int, float, float, float]) -> pd.DataFrame:
    columns = ["segment", "customers", "recency_days", "frequency", "monetary_minor"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(label=frame["segment"].str.title(), tone="good", filter=frame["segment"])


def test_title_sets_the_segment_that_spends_most_beside_all():
    drawing = segment_profiles(
        segments(("champions", 10, 5.5, 9.0, 90_000.0), ("lost", 30, 300.0, 1.0, 10_000.0)), ENGLISH
    )
    assert drawing.finding == "Champions: 9 purchases and €900 on average, against €300 of all buyers"
    assert cells(drawing)[0] == ("Champions", 10, 5.5, 9.0, 90_000.0)
    figure = validated(drawing)
    assert [list(trace.x) for trace in figure.data] == [[5.5, 300], [9, 1], [900, 100]]
    assert [shape.x0 for shape in figure.layout.shapes] == [(55 + 9_000) / 40, 3, 300]
    assert list(figure.data[2].customdata) == ["champions", "lost"]


def test_one_segment_and_refunds_that_outweigh():
    drawing = segment_profiles(segments(("new", 1, 0.0, 1.0, -500.0)), ENGLISH)
    assert drawing.finding == "New: 1 purchase and €-5 on average"
    validated(drawing)


def test_without_buyers_it_says_so():
    assert segment_profiles(segments(), ENGLISH).figure is None
