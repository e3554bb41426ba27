"""Segments from run to run: how large each was, and how evenly and how lastingly customers are divided among them."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, rows_of
from reports.charts.words import Words


def segment_sizes(history: pd.DataFrame, words: Words) -> Drawing:
    """Bars that are stacked, one for each run: the share of each segment.

    history: one row per run and segment with customers, runs in their order, the best segment first: run, as_of,
    segment (code), label, tone, rank, customers, of (all customers of the run), filter (of the customer list).
    """
    _ = words.gettext
    if history.empty:
        return nothing_to_draw(_("No customer has been scored yet."))
    totals = history["of"]
    shares = history.assign(
        share=[style.share_of(count, total) for count, total in zip(history["customers"], totals, strict=True)],
        day=_days(history, words, ", "),
        tick=_days(history, words, "<br>"),
    )
    latest = int(totals.iloc[-1])
    return Drawing(
        finding=_sizes_finding(shares, words),
        figure=_stacked(shares, words),
        table=Table(
            (
                Column("label", _("Segment")),
                Column("day", _("As of")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share of customers"), ColumnKind.SHARE),
            ),
            shares,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", latest) % {"n": words.number(latest)},
        unit=_("share of the customers of each run"),
        drill="filter",
    )


def segment_evenness(runs: pd.DataFrame, words: Words) -> Drawing:
    """Two lines over the runs: the entropy of the sizes, and the share of customers who stayed where they were.

    runs: in their order: run, as_of, customers, filter (of their list), segments (with somebody in it), entropy (in
    bits), stayed (share of those whom this run and the one before both scored; nothing for the first),
    stayed_customers, stayed_filter. `attrs`: as of `segment_sizes`.
    """
    _ = words.gettext
    if runs.empty:
        return nothing_to_draw(_("No customer has been scored yet."))
    table = runs.assign(
        day=_days(runs, words, ", "),
        tick=_days(runs, words, "<br>"),
        evenness=[_evenness(row["entropy"], row["segments"]) for row in rows_of(runs)],
    )
    customers = int(runs["customers"].iloc[-1])
    return Drawing(
        finding=_evenness_finding(table, words),
        figure=_lines(table, words),
        table=Table(
            (
                Column("day", _("As of")),
                Column("entropy", _("Entropy, bits"), ColumnKind.FIGURE),
                Column("evenness", _("Entropy, of the most there can be"), ColumnKind.SHARE),
                Column("stayed", _("Stayed in their segment"), ColumnKind.SHARE),
                Column("stayed_customers", _("Customers who stayed"), ColumnKind.COUNT),
                Column("customers", _("Customers"), ColumnKind.COUNT),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", customers) % {"n": words.number(customers)},
        unit=_("entropy, of the most there can be: where all segments are equally large"),
        drill="filter",
    )


def _days(frame: pd.DataFrame, words: Words, joint: str) -> list[str]:
    """That of each run; where several are of one day, with the number of the run."""
    _ = words.gettext
    runs = frame.groupby("as_of")["run"].nunique()
    return [
        words.day(day) if runs[day] == 1 else f"{words.day(day)}{joint}{_('run %(run)s') % {'run': run}}"
        for day, run in zip(frame["as_of"], frame["run"], strict=True)
    ]


def _sizes_finding(shares: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    first, last = (shares[shares["run"] == shares["run"].iloc[place]] for place in (0, -1))
    if first["run"].iloc[0] == last["run"].iloc[0]:
        largest = rows_of(last.nlargest(1, "customers"))[0]
        return _("%(segment)s is the largest segment: %(customers)s of the customers") % {
            "segment": largest["label"],
            "customers": words.percent(largest["share"]),
        }
    is_whole = first["share"].sum() > 0.9999 and last["share"].sum() > 0.9999
    if not is_whole:
        # Of a segment that is not told of in one of them nobody can say how it has changed.
        first, last = first[first["segment"].isin(last["segment"])], last[last["segment"].isin(first["segment"])]
    if first.empty:
        return _("No segment is large enough in both runs to be told of")
    labels = {
        **dict(zip(first["segment"], first["label"], strict=True)),
        **dict(zip(last["segment"], last["label"], strict=True)),
    }
    before, after = (rows.set_index("segment")["share"] for rows in (first, last))
    changes = after.reindex(list(labels), fill_value=0.0) - before.reindex(list(labels), fill_value=0.0)
    code = str(changes.abs().idxmax())
    facts = {
        "segment": labels[code],
        "before": words.percent(float(before.get(code, 0.0))),
        "now": words.percent(float(after.get(code, 0.0))),
        "day": words.day(first["as_of"].iloc[0]),
    }
    if abs(float(changes[code])) < 0.0005:
        same = _("All segments are as large as on %(day)s")
        return (same if is_whole else _("Those that can be compared are as large as on %(day)s")) % facts
    if changes[code] > 0:
        return _("%(segment)s grew most: from %(before)s on %(day)s to %(now)s of the customers") % facts
    return _("%(segment)s shrank most: from %(before)s on %(day)s to %(now)s of the customers") % facts


def _stacked(shares: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    runs = list(dict.fromkeys(shares["run"]))
    place = {run: number for number, run in enumerate(runs)}
    days = dict(zip(shares["run"], shares["tick"], strict=True))
    traces = []
    for number, (_segment, rows) in enumerate(shares.sort_values("rank", kind="stable").groupby("segment", sort=False)):
        traces.append(
            {
                "type": "bar",
                "name": rows["label"].iloc[0],
                "x": [place[run] for run in rows["run"]],
                "y": rows["share"].round(5).tolist(),
                # Neighbours of one tone are told apart by their strength and by the line between them.
                "marker": {
                    "color": style.faded(style.tone_colour(rows["tone"].iloc[0]), 100 if number % 2 else 70),
                    "line": {"color": style.CARD, "width": 1},
                },
                "customdata": [row.get("filter", "") for row in rows_of(rows)],
                "hovertext": [
                    _("%(segment)s, %(day)s: %(customers)s customers, %(share)s")
                    % {
                        "segment": row["label"],
                        "day": row["day"],
                        "customers": words.number(row["customers"]),
                        "share": words.percent(row["share"]),
                    }
                    for row in rows_of(rows)
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return style.figure(
        traces,
        style.layout(
            barmode="stack",
            xaxis=style.named_places([days[run] for run in runs]),
            yaxis={**style.value_axis(1, words.percent), "range": [0, 1]},
            showlegend=True,
            legend={"traceorder": "reversed", "y": 0.5, "yanchor": "middle", "x": 1.02},
            meta={
                "narrow": {
                    "xaxis": style.named_places([days[run] for run in runs], most=2),
                    "legend": {"orientation": "h", "traceorder": "normal", "y": -0.1, "yanchor": "top", "x": 0},
                }
            },
        ),
    )


def _evenness(entropy: float, segments: int) -> float:
    return entropy / math.log2(segments) if segments > 1 else 0.0


def _evenness_finding(table: pd.DataFrame, words: Words) -> str:
    _ = words.gettext
    last = rows_of(table)[-1]
    facts = {"evenness": words.percent(last["evenness"]), "entropy": words.number(round(last["entropy"], 2))}
    if len(table) < 2 or pd.isna(last["stayed"]):
        return _("Entropy of the segments: %(entropy)s bits, %(evenness)s of the most there can be") % facts
    facts["stayed"] = words.percent(last["stayed"])
    return _("%(stayed)s stayed in their segment; entropy is at %(evenness)s of the most there can be") % facts


def _lines(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    drawn = (
        ("evenness", "filter", _("Entropy"), style.ACCENT, "circle"),
        ("stayed", "stayed_filter", _("Stayed"), "var(--good)", "diamond"),
    )
    traces = []
    for column, who, name, colour, symbol in drawn:
        rows = table[table[column].notna()]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": rows.index.tolist(),
                "y": rows[column].astype(float).round(5).tolist(),
                "line": {"color": colour, "width": 2},
                "marker": {"color": colour, "symbol": symbol, "size": 9},
                "cliponaxis": False,
                "customdata": rows[who].tolist(),
                "hovertext": [f"{name}, {row['day']}: {words.percent(row[column])}" for row in rows_of(rows)],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return style.figure(
        [trace for trace in traces if trace["x"]],
        style.layout(
            xaxis=style.named_places(table["tick"].tolist()),
            yaxis={**style.value_axis(1, words.percent), "range": [0, 1.05]},
            showlegend=True,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": style.named_places(table["tick"].tolist(), most=2)}},
        ),
    )
