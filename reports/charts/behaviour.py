"""What customers do: how many get how far on the way to a purchase, and how visits, clicks and purchases move."""

from __future__ import annotations

import itertools
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, is_missing, nothing_to_draw, rows_of
from reports.charts.words import Words

LAST_STEP = "bought"

MEASURES = ("visits", "clicks", "purchases")
# A smaller change is told as none.
LEVEL = 0.005
GAP = 0.1


def funnel(steps: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each step: how many different customers reached it.

    steps: in their order: step ("came", "viewed", "carted" or "bought"), customers, filter (of the customer list, ""
    where none says the same), earlier (of the days compared with; nothing where there are none), earlier_filter.
    """
    _ = words.gettext
    came = int(steps["customers"].iloc[0]) if len(steps) else 0
    if not came:
        return nothing_to_draw(_("No known customer came on these days."))
    names = {
        "came": _("Came"),
        "viewed": _("Looked at a product"),
        "carted": _("Put into the cart"),
        "bought": _("Bought"),
    }
    before = [came, *steps["customers"]][: len(steps)]
    table = steps.assign(
        label=[names[step] for step in steps["step"]],
        share=[style.share_of(count, came) for count in steps["customers"]],
        of_before=[style.share_of(count, reached) for count, reached in zip(steps["customers"], before, strict=True)],
    )
    compares = bool(steps["earlier"].notna().any())
    columns = [
        Column("label", _("Step")),
        Column("customers", _("Customers"), ColumnKind.COUNT),
        Column("share", _("Of those who came"), ColumnKind.SHARE),
        Column("of_before", _("Of the step before"), ColumnKind.SHARE),
    ]
    if compares:
        columns.append(Column("earlier", _("Customers, earlier days"), ColumnKind.COUNT))
    return Drawing(
        finding=_funnel_finding(rows_of(table), words),
        figure=_steps(rows_of(table), words, compares=compares),
        table=Table(tuple(columns), table),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", came) % {"n": words.number(came)},
        unit=_("different customers who got so far, one step after the other"),
        drill="filter",
    )


def behaviour_over_time(periods: pd.DataFrame, words: Words) -> Drawing:
    """Three panels, a line each: visits, clicks, purchases, beside those of the earlier days.

    periods: one row per measure and period, in their order: measure ("visits", "clicks" or "purchases"), period (first
    day), value, earlier (of the period at the same place; nothing without a comparison), complete (whether all of the
    period is asked for), filter (of the customer list, "" where nothing was done), earlier_total (of the measure on all
    earlier days, which may be a period more), and in every row grain ("day", "week", "month", "quarter" or "year").
    """
    _ = words.gettext
    if periods.empty or not float(periods["value"].sum()):
        return nothing_to_draw(_("Nothing was done on these days."))
    names = {"visits": _("Visits"), "clicks": _("Clicks"), "purchases": _("Purchases")}
    grain = periods["grain"].iloc[0]
    write = words.day if grain in ("day", "week") else words.month
    table = periods.assign(label=periods["measure"].map(names), day=[write(day) for day in periods["period"]])
    compares = bool(periods["earlier"].notna().any())
    columns = [
        Column("label", _("What")),
        Column("day", {"day": _("Day"), "week": _("Week from"), "month": _("Month")}.get(grain, _("From"))),
        Column("value", _("Number"), ColumnKind.COUNT),
    ]
    if compares:
        columns.append(Column("earlier", _("Earlier days"), ColumnKind.COUNT))
    total = int(periods["value"].sum())
    return Drawing(
        finding=_trend_finding(table, words, compares=compares),
        figure=_panels(table, words),
        table=Table(tuple(columns), table),
        sample=words.ngettext("n = %(n)s deed", "n = %(n)s deeds", total) % {"n": words.number(total)},
        unit=_unit(grain, words),
        drill="filter",
    )


def _unit(grain: str, words: Words) -> str:
    _ = words.gettext
    periods = {
        "day": _("a day"),
        "week": _("a week"),
        "month": _("a month"),
        "quarter": _("a quarter"),
        "year": _("a year"),
    }
    return _("number %(period)s; dotted: the earlier days; ring: a period in part") % {"period": periods[grain]}


def _funnel_finding(rows: list[Row], words: Words) -> str:
    _ = words.gettext
    facts = {"share": words.percent(rows[-1]["share"])}
    lost = [(before["customers"] - after["customers"], after["label"]) for before, after in itertools.pairwise(rows)]
    most, step = max(lost, key=lambda each: each[0])
    if not most:
        return _("All who came bought in the end")
    facts["step"] = step
    if rows[-1]["step"] != LAST_STEP:
        # Of those who got further too few to be told of.
        facts["last"] = rows[-1]["label"]
        return _("%(share)s of those who came got to: %(last)s; most do not get to: %(step)s") % facts
    return _("%(share)s of those who came bought in the end; most do not get to: %(step)s") % facts


def _steps(rows: list[Row], words: Words, *, compares: bool) -> dict[str, Any]:
    _ = words.gettext
    labels = [row["label"] for row in rows]
    now: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "name": _("These days"),
        "x": [row["customers"] for row in rows],
        "y": labels,
        "text": [f"{words.number(row['customers'])} · {words.percent(row['share'])}" for row in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "marker": {"color": style.faded(style.ACCENT, 80)},
        "customdata": [row["filter"] for row in rows],
        "hovertext": [
            _("%(step)s: %(customers)s customers, %(share)s of the step before")
            % {
                "step": row["label"],
                "customers": words.number(row["customers"]),
                "share": words.percent(row["of_before"]),
            }
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    traces = [now]
    longest = max(row["customers"] for row in rows)
    if compares:
        earlier: list[int] = [0 if is_missing(row["earlier"]) else int(row["earlier"]) for row in rows]
        longest = max(longest, *earlier)
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": _("Earlier days"),
                "x": earlier,
                "y": labels,
                "text": [words.number(count) for count in earlier],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": style.faded(style.QUIET_INK, 35)},
                "customdata": [row["earlier_filter"] for row in rows],
                "hovertext": [
                    f"{label}, {_('Earlier days')}: {words.number(count)}"
                    for label, count in zip(labels, earlier, strict=True)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return style.figure(
        traces,
        style.layout(
            xaxis={"range": [0, longest * 1.36], "visible": False},
            yaxis={"autorange": "reversed", "showgrid": False, "ticks": ""},
            showlegend=compares,
            legend={"orientation": "h", "traceorder": "normal", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": {"range": [0, longest * 1.85]}}},
        ),
    )


def _trend_finding(table: pd.DataFrame, words: Words, *, compares: bool) -> str:
    _ = words.gettext
    names = dict(zip(table["measure"], table["label"], strict=True))
    said = []
    for measure in MEASURES:
        rows = table[table["measure"] == measure]
        if rows.empty:
            continue
        now, earlier = float(rows["value"].sum()), float(rows["earlier_total"].iloc[0])
        text = f"{names[measure]}: {words.number(now)}"
        if compares and earlier > 0:
            change = now / earlier - 1
            text += f" ({words.change(change) if abs(change) >= LEVEL else '±0'})"
        said.append(text)
    return " · ".join(said)


def _panels(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    measures = [measure for measure in MEASURES if measure in set(table["measure"])]
    traces: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    # The name of the last period reaches out of the panel.
    narrow: dict[str, Any] = {"margin": {"l": 8, "r": 36, "t": 8, "b": 8}}
    width = (1 - GAP * (len(measures) - 1)) / len(measures)
    height = (1 - 2 * GAP * (len(measures) - 1)) / len(measures)
    for position, measure in enumerate(measures):
        rows = table[table["measure"] == measure].reset_index(drop=True)
        suffix = "" if position == 0 else str(position + 1)
        traces += _lines(rows, suffix, words)
        across, up = _axes(rows, suffix, words)
        across["domain"] = [position * (width + GAP), position * (width + GAP) + width]
        top = 1 - position * (height + 2 * GAP)
        axes[f"xaxis{suffix}"], axes[f"yaxis{suffix}"] = across, up
        narrow[f"xaxis{suffix}"] = {
            **style.named_places([words.month(day) for day in rows["period"]], most=2),
            "domain": [0, 1],
        }
        narrow[f"yaxis{suffix}"] = {"domain": [max(top - height, 0), top]}
    return style.figure(traces, style.layout(**axes, meta={"narrow": narrow}))


def _lines(rows: pd.DataFrame, suffix: str, words: Words) -> list[dict[str, Any]]:
    base = {"type": "scatter", "mode": "lines", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}
    base["name"] = rows["label"].iloc[0]
    places = list(range(len(rows)))
    lines: list[dict[str, Any]] = []
    if rows["earlier"].notna().any():
        earlier = [None if is_missing(value) else float(value) for value in rows["earlier"]]
        lines.append(
            {
                **base,
                "x": places,
                "y": earlier,
                "line": {"color": style.QUIET_INK, "width": 1.5, "dash": "dot"},
                "hoverinfo": "skip",
            }
        )
    lines.append(
        {
            **base,
            "x": places,
            "y": [row["value"] if row["complete"] else None for row in rows_of(rows)],
            "line": {"color": style.ACCENT, "width": 2},
            "customdata": rows["filter"].tolist(),
            "hovertext": [_period(row, words) for row in rows_of(rows)],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    # A part of a period is lower than the whole would be, and a single period makes no line: marks.
    marked = [place for place, row in enumerate(rows_of(rows)) if not row["complete"] or len(rows) == 1]
    lines.append(
        {
            **base,
            "mode": "markers",
            "x": marked,
            "y": [float(rows["value"].iloc[place]) for place in marked],
            "marker": {"color": style.ACCENT, "size": 8, "symbol": "circle-open"},
            "cliponaxis": False,
            "customdata": rows["filter"].iloc[marked].tolist(),
            "hovertext": [_period(row, words) for row in rows_of(rows.iloc[marked])],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    )
    return [line for line in lines if line["x"]]


def _period(row: Row, words: Words) -> str:
    text = f"{row['day']}: {words.number(row['value'])}"
    return text if is_missing(row["earlier"]) else f"{text} ({words.number(row['earlier'])})"


def _axes(rows: pd.DataFrame, suffix: str, words: Words) -> tuple[dict[str, Any], dict[str, Any]]:
    highest = float(rows[["value", "earlier"]].max().max())
    across = {
        **style.named_places([words.month_over_year(day) for day in rows["period"]], most=2),
        "anchor": f"y{suffix}",
        "title": {"text": rows["label"].iloc[0], "standoff": 6},
    }
    up = {
        **style.value_axis(highest, words.number, is_count=True),
        "anchor": f"x{suffix}",
        "range": [0, highest * 1.08 or 1],
    }
    return across, up
