import pandas as pd

from reports.charts.drawing import ColumnKind
from reports.charts.explored import Explored, draw
from tests.reports.charts.drawn import validated
from tests.reports.charts.english import ENGLISH

BY_PRODUCT = Explored("Orders", "Product", ColumnKind.COUNT, is_time=False, adds_up=True)


def test_two_groups_of_one_name_are_two_bars_and_do_not_lead_together():
    rows = [(1, "Cup", 30), (2, "Saucer", 40), (3, "Cup", 20)]
    frame = pd.DataFrame(rows, columns=["key", "label", "value"]).assign(filter="")
    drawing = draw(frame, BY_PRODUCT, "", ENGLISH)
    assert drawing.finding == "Orders: Saucer leads with 40, 44.4% of all"
    [bars] = validated(drawing).data
    assert list(bars.y) == [0, 1, 2]
    assert validated(drawing).layout.xaxis.range[1] > 40, "room for what is written beside the longest"
