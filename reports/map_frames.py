"""What maps are drawn from: places that a run has published, with names in the reader's language.

They are of all customers: who sees a part of them has no maps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from analytics import segments
from analytics.customer_groups import CATEGORY
from analytics.findings import FeatureNames
from analytics.models import Run

MAP_COLUMNS = ["kind", "label", "number", "x", "y", "explained_x", "explained_y"]
PAIR_COLUMNS = ["segment", "category", "segment_x", "segment_y", "category_x", "category_y", "lines", "ratio"]


def customers_and_groups(run: Run | None, sight: Sight) -> pd.DataFrame:
    """See `charts.customer_map`."""
    drawn = run.metrics.get("map") if run and sight.sees_all else None
    if not drawn:
        return pd.DataFrame(columns=MAP_COLUMNS)
    names = FeatureNames(drawn["features"])
    rows: list[tuple[Any, ...]] = [("point", group_name(each), each, x, y) for each, x, y in drawn["points"]]
    rows += [("centre", group_name(each), each, x, y) for each, x, y in drawn["centroids"]]
    loadings = zip(drawn["features"], drawn["loadings"], strict=True)
    rows += [("loading", str(names.label(feature)), -1, x, y) for feature, (x, y) in loadings]
    across, up = drawn["explained"]
    return pd.DataFrame([(*row, across, up) for row in rows], columns=MAP_COLUMNS)


def segments_and_categories(run: Run | None, sight: Sight) -> pd.DataFrame:
    """See `charts.positioning`: of the segments of RFM, or of groups."""
    found = run.metrics.get("positioning") if run and sight.sees_all else None
    if run is None or not found:
        return pd.DataFrame(columns=[*PAIR_COLUMNS, "explained_x", "explained_y"])
    name: Callable[[str], str] = _segment_name if run.analysis == "rfm" else lambda group: group_name(int(group))
    names = FeatureNames(f"{CATEGORY}{category}" for category in found["categories"])
    total = sum(found["group_lines"])
    across, up = found["explained"]
    return pd.DataFrame(
        [
            {
                "segment": name(group),
                "category": str(names.label(f"{CATEGORY}{category}")),
                **dict(zip(("segment_x", "segment_y"), found["rows"][row], strict=True)),
                **dict(zip(("category_x", "category_y"), found["columns"][column], strict=True)),
                "lines": found["group_lines"][row] * found["category_lines"][column] / total,
                "ratio": found["ratios"][row][column],
                "explained_x": across,
                "explained_y": up,
            }
            for row, group in enumerate(found["groups"])
            for column, category in enumerate(found["categories"])
        ]
    )


def group_name(number: int) -> str:
    return _("Group %(number)d") % {"number": number} if number > 0 else _("No group")


def _segment_name(code: str) -> str:
    return str(segments.words(code).label)
