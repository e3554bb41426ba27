"""A picture beside that of an earlier day: a second, quieter series on it, and columns of that day in its table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Figure, Row, Table
from reports.charts.words import Words

QUIET, FAINT = style.faded(style.INK, 70), style.faded(style.INK, 10)
EARLIER = style.faded(style.INK, 30)
LEGEND = {"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0}
# So that an outline is seen before the strongest colour, on light and on dark.
BEHIND_OUTLINES = 0.7
# More than these, each twice, need more height.
MOST_LYING = 8
# More letters than these fill a cell of a phone.
MOST_LETTERS, SMALL_TEXT = 6, 10
# Above panels, over which their medians are named.
LEGEND_OF_PANELS = {**LEGEND, "y": 1.1}


@dataclass(frozen=True)
class Beside:
    """How the rows of a chart stand beside those of then.

    keys: columns of the frame, and of the table, by which a row is the same one then; none where the rows have no name,
      as those of a curve. order: the columns in whose order rows stand, where it is not that of now.
    counts: what is 0 where a row was not there. means: what has no value there, and is drawn as 0.
    told: the columns of the table that are told of then as well; of the first stands how it has changed.
    steady: a column that is the same in all rows, of those that are alike in another one.
    of_rows: whether it is of single customers, whom the sums of a run do not tell.
    """

    keys: tuple[str, ...]
    told: tuple[str, ...]
    counts: tuple[str, ...] = ("customers",)
    means: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    steady: Mapping[str, str] | None = None
    of_rows: bool = False


@dataclass(frozen=True)
class Then:
    """day, today: what both series are called. leads_on: whether marks of then have a list of customers."""

    day: str
    today: str
    leads_on: bool = False


def aligned(now: pd.DataFrame, then: pd.DataFrame, how: Beside, *, in_both: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both with the same rows in the same order. in_both: with those alone that were told both times, since a row that
    one of them lacks may be hidden."""
    if not how.keys:
        return now, then
    keys = list(how.keys)
    described = pd.concat([now, then], ignore_index=True).drop_duplicates(keys)
    if in_both:
        there = then[keys].assign(is_there=True).drop_duplicates(keys)
        both = now[keys].merge(there, on=keys)[keys]
        described = described.merge(both, on=keys)
    if how.order:
        described = described.sort_values(list(how.order), kind="stable", na_position="last")
    return _with_rows_of(described, now, how), _with_rows_of(described, then, how)


def _with_rows_of(described: pd.DataFrame, frame: pd.DataFrame, how: Beside) -> pd.DataFrame:
    keys = list(how.keys)
    own = [name for name in (*how.counts, *how.means, *(how.steady or {}), "filter") if name in frame]
    theirs = described.drop(columns=own).merge(frame[[*keys, *own]].assign(is_there=True), on=keys, how="left")
    zeros = [name for name in (*how.counts, *how.means) if name in own]
    full = theirs.fillna({"is_there": False, **dict.fromkeys(zeros, 0), **({"filter": ""} if "filter" in own else {})})
    for column, alike in (how.steady or {}).items():
        full[column] = full.groupby(alike)[column].transform("max")
    full = full.astype({"is_there": bool, **{name: frame[name].dtype for name in zeros if len(frame)}})
    full.attrs = dict(frame.attrs)
    return full


def beside(now: Drawing, then: Drawing, how: Beside, names: Then, words: Words) -> Drawing:
    """Of two drawings of the same rows. What was not drawn then stays away."""
    if now.figure is None or then.figure is None:
        return now
    facts = {"day": names.day, "finding": now.finding, "then": then.measure, "n": then.sample}
    finding = words.gettext("%(finding)s (%(day)s: %(then)s)") if then.measure else "%(finding)s"
    in_brackets = now.figure["data"][0]["type"] == "heatmap"
    unit = words.gettext("%(unit)s; in brackets: %(day)s") if in_brackets else "%(unit)s"
    sample = "%(now)s" if how.of_rows else words.gettext("%(now)s (%(day)s: %(n)s)")
    return replace(
        now,
        finding=finding % facts,
        is_tall=any(len(trace["y"]) > MOST_LYING for trace in now.figure["data"] if _lies(trace)),
        figure=_figure(now.figure, then.figure, names, words),
        table=_table(now.table, then.table, how, names, words),
        unit=unit % {**facts, "unit": now.unit},
        sample=sample % {**facts, "now": now.sample},
        made={},
    )


# --- the figure -------------------------------------------------------------------------------------------------------


def _figure(now: Figure, then: Figure, names: Then, words: Words) -> dict[str, Any]:
    ours = [dict(trace) for trace in now["data"]]
    if ours[0]["type"] == "heatmap":
        return {**now, "data": [_two_in_a_cell(ours[0], then["data"][0], names), *ours[1:]]}
    theirs = [_quiet(trace, names) for trace in then["data"] if _is_told(trace)]
    first = next(place for place, trace in enumerate(ours) if _is_told(trace))
    ours[first] |= {"name": names.today, "showlegend": True}
    for place, trace in enumerate(ours):
        if place != first:
            trace["showlegend"] = False
        if _lies(trace):
            trace["constraintext"] = "none"
        elif trace["type"] == "bar":
            trace["opacity"] = BEHIND_OUTLINES
    for trace in theirs[1:]:
        trace["showlegend"] = False
    layout = _axes(now["layout"], then["layout"])
    panels = len({trace.get("xaxis", "x") for trace in ours}) > 1
    layout |= {"showlegend": True, "legend": LEGEND_OF_PANELS if panels else LEGEND}
    layout |= {"barmode": "group" if any(map(_lies, theirs)) else "overlay"}
    if shapes := [_quiet_line(shape) for shape in then["layout"].get("shapes", []) if shape["type"] == "line"]:
        layout["shapes"] = [*layout.get("shapes", []), *shapes]
    return {"data": [*ours, *theirs], "layout": layout}


def _is_told(trace: Mapping[str, Any]) -> bool:
    """Whether it has the numbers of the chart, and is no line to hold them against."""
    return trace.get("hoverinfo") != "skip" and trace["type"] != "box"


def _lies(trace: Mapping[str, Any]) -> bool:
    return trace["type"] == "bar" and trace.get("orientation") == "h"


def _quiet(trace: Mapping[str, Any], names: Then) -> dict[str, Any]:
    """The same in grey: upright bars as outlines, lying ones below those of now, lines dashed, marks hollow."""
    told = {
        name: value
        for name, value in trace.items()
        if name not in {"marker", "fill", "fillcolor", "error_x", "text", "textposition", "customdata", "name"}
    }
    told |= {"name": names.day, "showlegend": True}
    told["hovertext"] = [f"{names.day} · {text}" if text else "" for text in trace.get("hovertext", [])]
    if names.leads_on and "customdata" in trace:
        told["customdata"] = trace["customdata"]
    if trace["type"] == "bar":
        told["marker"] = (
            {"color": EARLIER} if _lies(trace) else {"color": FAINT, "line": {"color": QUIET, "width": 1.5}}
        )
        return told
    marker = trace.get("marker", {})
    if "lines" in trace["mode"]:
        return told | {"mode": "lines", "line": {"color": QUIET, "width": 1.5, "dash": "dash"}}
    size = {"size": marker["size"]} if "size" in marker else {}
    hollow = {
        "symbol": f"{marker.get('symbol', 'circle')}-open",
        "color": QUIET,
        "line": {"color": QUIET, "width": 1.5},
    }
    return told | {"mode": "markers", "marker": {**size, **hollow}}


def _quiet_line(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {**shape, "line": {"color": QUIET, "width": 1, "dash": "dot"}}


def _two_in_a_cell(now: Row, then: Mapping[str, Any], names: Then) -> Row:
    """What a cell has now, and below it in brackets what it had: colours stay those of now."""
    pairs = [list(zip(*row, strict=True)) for row in zip(now["text"], then["text"], strict=True)]
    told = [list(zip(*row, strict=True)) for row in zip(now["hovertext"], then["hovertext"], strict=True)]
    longest = max(len(f"({theirs})") for row in pairs for _ours, theirs in row)
    return {
        **now,
        "textfont": {**now["textfont"], "size": SMALL_TEXT if longest > MOST_LETTERS else now["textfont"]["size"]},
        "text": [[f"{ours}<br>({theirs})" for ours, theirs in row] for row in pairs],
        "hovertext": [[f"{ours}<br>{names.day} · {theirs}" for ours, theirs in row] for row in told],
    }


def _axes(now: Mapping[str, Any], then: Mapping[str, Any]) -> dict[str, Any]:
    """The layout of now, whose axes have room for both."""
    layout = dict(now)
    for name, axis in now.items():
        if name.startswith(("xaxis", "yaxis")):
            layout[name] = _with_room(axis, then.get(name, {}))
    if narrow := now.get("meta", {}).get("narrow"):
        other = then.get("meta", {}).get("narrow", {})
        roomy = {name: _with_room(axis, other.get(name, {})) for name, axis in narrow.items()}
        layout["meta"] = {**now["meta"], "narrow": roomy}
    return layout


def _with_room(axis: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(axis)
    if "range" in axis and "range" in other:
        both["range"] = [min(axis["range"][0], other["range"][0]), max(axis["range"][1], other["range"][1])]
    if _highest(other) > _highest(axis):
        both |= {name: other[name] for name in ("tickvals", "ticktext")}
    return both


def _highest(axis: Mapping[str, Any]) -> float:
    return max(map(float, axis.get("tickvals") or [0.0]))


# --- the table --------------------------------------------------------------------------------------------------------


def _table(now: Table, then: Table, how: Beside, names: Then, words: Words) -> Table:
    told = [column for column in now.columns if column.key in how.told]
    frame = _matched(now.frame, then.frame, how, [column.key for column in told])
    if frame is None:
        return now
    first = how.told[0]
    has_change = next(column for column in told if column.key == first).kind in {ColumnKind.COUNT, ColumnKind.MONEY}
    if has_change:
        before = frame[f"then_{first}"].astype(float)
        frame = frame.assign(change=frame[first].astype(float) / before.where(before > 0) - 1)
    return Table(tuple(_columns(now.columns, how, names, words, has_change=has_change)), frame)


def _matched(now: pd.DataFrame, then: pd.DataFrame, how: Beside, told: Sequence[str]) -> pd.DataFrame | None:
    """The rows of now with what is told of then; None where they cannot be told one by one. Where no key stands in the
    table, both have the same ranges."""
    keys = list(how.keys)
    if not keys or not set(keys) <= set(now.columns):
        if len(now) != len(then):
            return None
        return now.assign(**{f"then_{name}": then[name].to_numpy() for name in told})
    before = _without_zeros(then, how)[[*keys, *told]].rename(columns={name: f"then_{name}" for name in told})
    matched = _without_zeros(now, how).merge(before, on=keys, how="left")
    return matched.fillna({f"then_{name}": 0 for name in told if name in how.counts})


def _without_zeros(frame: pd.DataFrame, how: Beside) -> pd.DataFrame:
    """Of what has no value where a row was not there."""
    means = {name: frame[name].astype(float).where(frame["is_there"]) for name in how.means if name in frame}
    return frame.assign(**means)


def _columns(
    columns: Iterable[Column], how: Beside, names: Then, words: Words, *, has_change: bool
) -> Iterable[Column]:
    for column in columns:
        yield column
        if column.key in how.told:
            yield Column(f"then_{column.key}", f"{column.label}, {names.day}", column.kind)
        if has_change and column.key == how.told[0]:
            yield Column("change", words.gettext("Change"), ColumnKind.SHARE)
