"""Any measure by any division: the one chart that the explorer draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.charts import periods, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

SERIES = tuple(f"var(--series-{number})" for number in range(1, 7))
EARLIER = style.faded(style.INK, 30)
LONGEST_NAME = 28
# A letter beside a bar, as a share of the longest one.
LETTER, NARROW_LETTER = 0.025, 0.06


@dataclass(frozen=True)
class Explored:
    """What the rows mean. measure, by, split: their labels; noun: what is counted, as in "orders". earlier: the name of
    the time that the rows compare with, or ""; beside a further division it is told, and not drawn. as_line: a line
    over time instead of bars."""

    measure: str
    by: str
    kind: ColumnKind
    is_time: bool
    adds_up: bool
    split: str = ""
    earlier: str = ""
    as_line: bool = False


def draw(frame: pd.DataFrame, explored: Explored, sample: str, words: Words) -> Drawing:
    """frame: key, label, value, customers_filter (what leads to the customers behind a row, or ""), with `split` and
    `split_label` where the rows are split and `earlier` where they compare. A value may be missing."""
    if frame.empty or not frame["value"].notna().any():
        return nothing_to_draw(words.gettext("Nothing in these days matches the question."))
    return Drawing(
        finding=_finding(frame, explored, words),
        figure=_lines(frame, explored, words) if explored.is_time else _bars(frame, explored, words),
        table=Table(tuple(_columns(explored, words)), _with_change(frame)),
        sample=sample,
        unit=f"{explored.measure} ({words.currency})" if explored.kind is ColumnKind.MONEY else explored.measure,
        drill="filter" if frame["filter"].any() else "",
    )


def _columns(explored: Explored, words: Words) -> list[Column]:
    columns = [Column("label", explored.by)]
    if explored.split:
        columns.append(Column("split_label", explored.split))
    columns.append(Column("value", explored.measure, explored.kind))
    if explored.earlier:
        columns.append(Column("earlier", explored.earlier, explored.kind))
        columns.append(Column("change", words.gettext("Change"), ColumnKind.SHARE))
    return columns


def _with_change(frame: pd.DataFrame) -> pd.DataFrame:
    if "earlier" not in frame:
        return frame
    return frame.assign(change=frame["value"] / frame["earlier"].where(frame["earlier"] > 0) - 1)


def _finding(frame: pd.DataFrame, explored: Explored, words: Words) -> str:
    _ = words.gettext
    whole = frame["value"].sum()
    facts = {"measure": explored.measure}
    has_change = bool(explored.earlier and explored.adds_up and frame["earlier"].sum() > 0)
    if has_change:
        facts |= {"earlier": explored.earlier, "change": words.change(whole / frame["earlier"].sum() - 1)}
    if has_change and explored.is_time:
        facts["value"] = write(whole, explored, words, compact=True)
        return _("%(measure)s: %(value)s, %(change)s against %(earlier)s") % facts
    groups = _told_by_name(frame).groupby("key", sort=False)["value"].sum(min_count=1).dropna()
    highest = frame.loc[frame["key"] == groups.idxmax(), "label"].iloc[0]
    facts |= {"label": str(highest), "value": write(groups.max(), explored, words, compact=True)}
    if explored.is_time and not groups.any():
        return _("%(measure)s: %(value)s all the time") % facts
    if explored.is_time:
        return _("%(measure)s: the highest is %(value)s (%(label)s)") % facts
    if explored.adds_up and whole > 0 and groups.min() >= 0:
        facts["share"] = words.percent(groups.max() / whole)
        if has_change:
            said = _("%(measure)s: %(label)s leads with %(share)s; all together %(change)s against %(earlier)s")
            return said % facts
        return _("%(measure)s: %(label)s leads with %(value)s, %(share)s of all") % facts
    return _("%(measure)s: %(label)s leads with %(value)s") % facts


def _told_by_name(frame: pd.DataFrame) -> pd.DataFrame:
    """Without what has been put together, where anything else is there: all others do not lead."""
    together = frame["key"].map(lambda key: isinstance(key, str) and key[:1] in ("", "\x00")).astype(bool)
    return frame if together.all() else frame[~together]


def write(value: float, explored: Explored, words: Words, *, compact: bool = False) -> str:
    """A value as its reader writes it; one that cannot be made is a dash."""
    if pd.isna(value):
        return "–"
    match explored.kind:
        case ColumnKind.MONEY:
            return words.money(value, compact=compact)
        case ColumnKind.SHARE:
            return words.percent(value)
        case _:
            return words.number(value)


def _plotted(value: float, explored: Explored, words: Words) -> float | None:
    if pd.isna(value):
        return None
    return words.major_units(value) if explored.kind is ColumnKind.MONEY else float(value)


def _value_axis(values: Sequence[float | None], explored: Explored, words: Words) -> dict[str, Any]:
    known = [value for value in values if value is not None]

    def written(value: float) -> str:
        minor = words.minor_units(value) if explored.kind is ColumnKind.MONEY else value
        return write(minor, explored, words, compact=True)

    return style.value_axis(max(known), written, lowest=min(known), is_count=explored.kind is ColumnKind.COUNT)


def _series(frame: pd.DataFrame) -> list[tuple[str, list[Row]]]:
    """The rows of each split, in the order in which they come."""
    if "split_label" not in frame:
        return [("", rows_of(frame))]
    return [(str(part["split_label"].iloc[0]), rows_of(part)) for _key, part in frame.groupby("split", sort=False)]


def _lines(frame: pd.DataFrame, explored: Explored, words: Words) -> dict[str, Any]:
    series = _series(frame)
    labels = [row["label"] for row in series[0][1]]
    traces = [
        _over_time(rows, name, SERIES[place % len(SERIES)], "value", explored, words)
        for place, (name, rows) in enumerate(series)
    ]
    if explored.earlier and not explored.split:
        traces.insert(0, _over_time(series[0][1], explored.earlier, EARLIER, "earlier", explored, words))
        traces[1]["name"] = explored.measure
    is_stack = explored.split and traces[0]["type"] == "bar"
    values = _ends(traces, "y", "x") if is_stack else [value for trace in traces for value in trace["y"]]
    return style.figure(
        traces,
        style.layout(
            xaxis=periods.axis(labels),
            yaxis={**_value_axis(values, explored, words), "rangemode": "tozero"},
            barmode="stack" if explored.split else "group",
            showlegend=len(traces) > 1,
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": periods.narrow_axis(labels)}},
        ),
    )


def _over_time(
    rows: Sequence[Row], name: str, colour: str, column: str, explored: Explored, words: Words
) -> dict[str, Any]:
    """A line, or bars; what is compared with is a line in any case."""
    is_line = explored.as_line or not explored.adds_up or column == "earlier"
    trace: dict[str, Any] = {
        "type": "scatter" if is_line else "bar",
        "x": list(range(len(rows))),
        "y": [_plotted(row[column], explored, words) for row in rows],
        "name": name,
        "hovertext": [_told(row, name, column, explored, words) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row.get("earlier_filter" if column == "earlier" else "filter", "") for row in rows],
    }
    if is_line:
        trace |= {"mode": "lines+markers" if len(rows) <= 40 else "lines", "line": {"color": colour, "width": 2}}
        trace["marker"] = {"color": colour, "size": 5}
    else:
        trace["marker"] = {"color": colour}
    return trace


def _told(row: Row, name: str, column: str, explored: Explored, words: Words) -> str:
    named = f"{row['label']}, {name}" if name else str(row["label"])
    told = f"{named}: {write(row[column], explored, words)}"
    if explored.earlier and explored.split:
        return f"{told} ({explored.earlier}: {write(row['earlier'], explored, words)})"
    return told


def _bars(frame: pd.DataFrame, explored: Explored, words: Words) -> dict[str, Any]:
    """Lying bars, longest first, one below the other; splits in one bar."""
    # By their keys: two groups may have one name.
    labels = dict(zip(frame["key"], frame["label"], strict=True))
    place = {key: number for number, key in enumerate(labels)}
    traces = []
    for number, (name, rows) in enumerate(_series(frame)):
        traces.append(_lying(rows, place, name, SERIES[number % len(SERIES)], "value", explored, words))
    if explored.earlier and not explored.split:
        rows = rows_of(frame)
        traces.append(_lying(rows, place, explored.earlier, EARLIER, "earlier", explored, words))
        traces[0]["name"] = explored.measure
    values = _ends(traces, "x", "y") if explored.split else [value for trace in traces for value in trace["x"]]
    written = [text for trace in traces for text in trace.get("text", ())]
    names = {
        "tickvals": list(place.values()),
        "ticktext": [_shortened(label) for label in labels.values()],
        "autorange": "reversed",
        "showgrid": False,
    }
    return style.figure(
        traces,
        style.layout(
            xaxis={**_value_axis(values, explored, words), **_beside(values, written, LETTER)},
            yaxis=names,
            barmode="stack" if explored.split else "group",
            showlegend=len(traces) > 1,
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": _beside(values, written, NARROW_LETTER)}},
        ),
    )


def _beside(values: Sequence[float | None], texts: Sequence[str], letter: float) -> dict[str, Any]:
    """The range of an axis with room for what is written beside its bars."""
    known = [0.0, *(value for value in values if value is not None)]
    longest = max(map(abs, known))
    if not texts or not longest:
        return {}
    room = longest * letter * max(map(len, texts))
    return {"range": [min(known) - (room if min(known) < 0 else 0), max(known) + room]}


def _ends(traces: Sequence[dict[str, Any]], value: str, place: str) -> list[float | None]:
    """How far the stacks reach, and 0."""
    sums: dict[Any, float] = {}
    for trace in traces:
        for at, size in zip(trace[place], trace[value], strict=True):
            sums[at] = sums.get(at, 0) + (size or 0)
    return [0.0, *sums.values()]


def _lying(
    rows: Sequence[Row],
    place: dict[Any, int],
    name: str,
    colour: str,
    column: str,
    explored: Explored,
    words: Words,
) -> dict[str, Any]:
    texts = [write(row[column], explored, words, compact=True) for row in rows]
    return {
        "type": "bar",
        "orientation": "h",
        "x": [_plotted(row[column], explored, words) for row in rows],
        "y": [place[row["key"]] for row in rows],
        "name": name,
        "marker": {"color": colour},
        "hovertext": [_told(row, name, column, explored, words) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "customdata": [row.get("earlier_filter" if column == "earlier" else "filter", "") for row in rows],
        # Inside, they would be as small as the bar is thin.
        **({} if name or explored.earlier else {"text": texts, "textposition": "outside", "cliponaxis": False}),
    }


def _shortened(label: str) -> str:
    return label if len(label) <= LONGEST_NAME else f"{label[: LONGEST_NAME - 1]}…"
