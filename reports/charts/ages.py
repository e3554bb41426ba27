"""How old customers are: a histogram, and above it a box with the middle half."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import binned, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

YEARS_A_BAR = 5


def ages_of_customers(frame: pd.DataFrame, words: Words) -> Drawing:
    """frame: first (age; missing for those whose age is not known), label, customers, filter, in the order of age. Its
    `attrs["box"]`: lowest, q1, median, q3, highest of the known ages; missing where there are too few to tell."""
    _ = words.gettext
    frame = frame.assign(known=frame["customers"].where(frame["first"].notna(), 0))
    known = frame[frame["first"].notna()]
    if known["customers"].sum() == 0:
        return nothing_to_draw(_("Of no customer is the age known."))
    count, whole = int(of_all(known, "known")), int(of_all(frame, "customers"))
    box = frame.attrs.get("box")
    middle = [words.number(round(box[name])) for name in ("median", "q1", "q3")] if box else []
    facts = {"n": words.number(count), "whole": words.number(whole)}
    return Drawing(
        measure="{}; {}–{}".format(*middle) if middle else "",
        finding=_finding(rows_of(known), box, count, words),
        figure=_figure(rows_of(known), box, words),
        table=Table(
            (
                Column("label", _("Age")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share"), ColumnKind.SHARE),
            ),
            binned.shares(frame),
        ),
        sample=_("n = %(n)s of %(whole)s customers, whose year of birth is known") % facts,
        unit=_("Customers by age in years"),
        drill="filter",
    )


def _finding(known: list[Row], box: dict[str, float] | None, count: int, words: Words) -> str:
    _ = words.gettext
    if box:
        said = _("Half of the customers are %(median)s or younger; the middle half is %(q1)s to %(q3)s years old")
        return said % {name: words.number(round(box[name])) for name in ("median", "q1", "q3")}
    largest = max(known, key=lambda row: row["customers"])
    share = words.percent(largest["customers"] / count)
    return _("%(age)s years are most frequent, %(share)s of those whose age is known") % {
        "age": largest["label"],
        "share": share,
    }


def _figure(known: list[Row], box: dict[str, float] | None, words: Words) -> dict[str, Any]:
    bars, axes = binned.bars(known, words), binned.axes(known, words)
    if not box:
        return style.figure([bars], style.layout(**axes))
    axes["yaxis"] = {**axes["yaxis"], "domain": [0, 0.8]}
    above = {"domain": [0.84, 1], "visible": False, "anchor": "x"}
    return style.figure([bars, _box(box, known[0]["first"], words)], style.layout(**axes, yaxis2=above))


def _box(box: dict[str, float], first: float, words: Words) -> dict[str, Any]:
    """On the axis of the bars, whose middles are whole numbers."""
    told = words.gettext(
        "Youngest %(lowest)s, a quarter up to %(q1)s, half up to %(median)s, three quarters up to %(q3)s, "
        "oldest %(highest)s"
    )
    parts = {"lowerfence": "lowest", "q1": "q1", "median": "median", "q3": "q3", "upperfence": "highest"}
    return {
        "type": "box",
        "orientation": "h",
        "yaxis": "y2",
        "y": [0],
        **{part: [round((box[name] - first) / YEARS_A_BAR - 0.5, 3)] for part, name in parts.items()},
        "fillcolor": style.faded(style.ACCENT, 25),
        "line": {"color": style.ACCENT, "width": 1.5},
        "name": told % {name: words.number(round(age)) for name, age in box.items()},
        "hoverinfo": "name",
        "hoverlabel": {"namelength": -1},
    }
