"""What customers did first, and what next, up to the fourth step."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

STEPS = ("first", "second", "third", "fourth")
# What a step was, and that there was none any more; in the order in which they stand below each other.
TONES = {"bought": "good", "carted": "warn", "viewed": "accent", "came": "neutral", "gone": "neutral"}
GONE = "gone"
# In a pattern of steps: whatever it was, and whatever it was if there was one.
ANY, SOME = "*", "+"
# What of the filter of a chart gives way to a pattern: what the steps were, from the first to the fourth.
PATTERN = "{path}"
SHOWN_PATHS = 20
PAD = 0.03
# A name below another needs so much of the height. Names of the last column stand before it: on a phone there must be
# room for two between it and the third.
NAME = 0.05
COLUMNS = (0.001, 0.24, 0.48, 0.999)
# There the longest names, as those of six figures, just fit between two columns.
NARROW_COLUMNS, NARROW_SIZE = (0.001, 0.27, 0.54, 0.999), 10


def paths_of_customers(paths: pd.DataFrame, words: Words) -> Drawing:
    """Flows from each step of customers to their next one.

    paths: first, second, third, fourth ("came", "viewed", "carted", "bought", or "gone" where there was no such step),
    customers, and in every row of (how many customers these were drawn from). `attrs`: filter of the customer list,
    with PATTERN in it; is_whole: whether no path has been left out, so that flows of several paths lead to as many as
    they say.
    """
    _ = words.gettext
    # Short, since four columns of them stand side by side on a phone.
    if paths.empty:
        return nothing_to_draw(_("No known customer came on these days."))
    names = {
        "came": _("Visit"),
        "viewed": _("Viewed"),
        "carted": _("Cart"),
        "bought": _("Bought"),
        GONE: _("Gone"),
    }
    total, everybody = int(of_all(paths, "customers")), int(paths["of"].iloc[0])
    ranked = paths.sort_values("customers", ascending=False, kind="stable", ignore_index=True).head(SHOWN_PATHS)
    table = ranked.assign(
        path=[_path(row, names) for row in rows_of(ranked)],
        share=[style.share_of(count, total) for count in ranked["customers"]],
        filter=[_filter(paths, *(row[step] for step in STEPS)) for row in rows_of(ranked)],
    )
    drawn = _("%(n)s customers drawn, of %(everybody)s")
    return Drawing(
        finding=_("The most frequent path, of %(share)s: %(path)s")
        % {"share": words.percent(table["share"].iloc[0]), "path": table["path"].iloc[0]},
        figure=_figure(paths, names, words),
        table=Table(
            (
                Column("path", _("Path, step by step")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share of customers"), ColumnKind.SHARE),
            ),
            table,
        ),
        sample=drawn % {"n": words.number(total), "everybody": words.number(everybody)}
        if everybody > total
        else words.ngettext("n = %(n)s customer", "n = %(n)s customers", total) % {"n": words.number(total)},
        unit=_unit(paths, words),
        drill="filter" if "filter" in paths.attrs else "",
    )


def _unit(paths: pd.DataFrame, words: Words) -> str:
    unit = words.gettext("customers, by the first four steps of what they did")
    left_out = int(of_all(paths, "customers") - paths["customers"].sum())
    if not left_out:
        return unit
    said = words.gettext("%(unit)s; %(n)s on paths of few are not drawn")
    return said % {"unit": unit, "n": words.number(left_out)}


def _filter(paths: pd.DataFrame, *steps: str) -> str:
    return str(paths.attrs.get("filter", "")).replace(PATTERN, ".".join(steps))


def _filter_of_flow(paths: pd.DataFrame, **steps: str) -> str:
    """Of all whose steps were these, whatever the others."""
    return _filter(paths, *(steps.get(step, ANY) for step in STEPS)) if paths.attrs.get("is_whole") else ""


def _path(row: Row, names: dict[str, str]) -> str:
    """Up to the last step, or to that there was no other."""
    told = []
    for step in STEPS:
        told.append(names[row[step]])
        if row[step] == GONE:
            break
    return " → ".join(told)


def _figure(paths: pd.DataFrame, names: dict[str, str], words: Words) -> dict[str, Any]:
    nodes = [node for place, step in enumerate(STEPS) for node in _column(paths, place, step)]
    number = {(node["step"], node["state"]): position for position, node in enumerate(nodes)}
    links = list(_links(paths))
    said = words.gettext("%(before)s → %(now)s: %(customers)s")
    narrow_xs = [NARROW_COLUMNS[STEPS.index(node["step"])] for node in nodes]
    flows = {
        "type": "sankey",
        "arrangement": "fixed",
        "domain": {"x": [0, 1], "y": [0, 1]},
        "meta": {"narrow": {"textfont": {"size": NARROW_SIZE}, "node": {"x": narrow_xs}}},
        "node": {
            "label": [f"{names[node['state']]} {words.short_number(node['customers'])}" for node in nodes],
            "color": [style.tone_colour(TONES[node["state"]]) for node in nodes],
            "x": [node["x"] for node in nodes],
            "y": [node["y"] for node in nodes],
            "pad": 8,
            "thickness": 12,
            "line": {"width": 0},
            "hoverinfo": "none",
            "customdata": [_filter_of_flow(paths, **_steps_to(node["step"], node["state"])) for node in nodes],
        },
        "link": {
            "source": [number[step, before] for step, before, _next, _now, _count in links],
            "target": [number[after, now] for _step, _before, after, now, _count in links],
            "value": [count for *_way, count in links],
            "color": [style.faded(style.tone_colour(TONES[now]), 32) for *_way, now, _count in links],
            "customdata": [
                _filter_of_flow(paths, **{step: before, after: now}) for step, before, after, now, _count in links
            ],
            "label": [
                said % {"before": names[before], "now": names[now], "customers": words.number(count)}
                for _step, before, _next, now, count in links
            ],
            "hovertemplate": "%{label}<extra></extra>",
        },
    }
    return style.figure([flows], style.layout(margin={"l": 4, "r": 4, "t": 8, "b": 8}))


def _steps_to(step: str, state: str) -> dict[str, str]:
    """Who has gone went after a step before."""
    before = {STEPS[STEPS.index(step) - 1]: SOME} if state == GONE and step != STEPS[0] else {}
    return {**before, step: state}


def _column(paths: pd.DataFrame, place: int, step: str) -> Iterator[dict[str, Any]]:
    """The states of one step, one below the other; who has gone stays gone, and is not drawn again."""
    shown = paths if place == 0 else paths[paths[STEPS[place - 1]] != GONE]
    sums = shown.groupby(step)["customers"].sum()
    states = [state for state in TONES if state in sums.index]
    # The height is that of the first step, so that a column shows how many are left.
    whole = float(paths["customers"].sum())
    top, named_at = 0.0, -NAME
    for below, state in enumerate(states):
        share = float(sums[state]) / whole * (1 - PAD * len(TONES))
        lowest = 0.999 - NAME * (len(states) - 1 - below)
        middle = min(max(top + share / 2, named_at + NAME, 0.001), lowest)
        yield {
            "step": step,
            "state": state,
            "customers": int(sums[state]),
            "x": COLUMNS[place],
            "y": middle,
        }
        top, named_at = top + share + PAD, middle


def _links(paths: pd.DataFrame) -> Iterator[tuple[str, str, str, str, int]]:
    """Step, state, next step, next state, customers."""
    for step, after in itertools.pairwise(STEPS):
        going_on = paths[paths[step] != GONE]
        sums: pd.DataFrame = going_on.groupby([step, after], as_index=False)[["customers"]].sum()
        for row in rows_of(sums):
            yield step, row[step], after, row[after], int(row["customers"])
