"""Who changed segment between the last two runs: from where, to where."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Table, nothing_to_draw, of_all, rows_of
from reports.charts.words import Words

# The gap between two nodes, as a share of the height.
PAD = 0.03
# On a phone the names of both sides share a line.
NARROW_NAME, NARROW_SIZE = 18, 10


def movement_between_segments(moves: pd.DataFrame, words: Words) -> Drawing:
    """A flow for each pair of segments that customers changed between; those who stayed are in the table only.

    moves: one row per pair of segments with customers: before, before_label, before_tone, before_rank (of the earlier
    run; code "" for those it did not score), segment, label, tone, rank (of the later run; code "" likewise; rank 0 is
    the best segment), customers, since (as-of day of the earlier run), filter (of the customer list). Without rows
    there was no earlier run.
    """
    _ = words.gettext
    if moves.empty:
        return nothing_to_draw(_("Movement shows from the second run on."))
    is_moved = moves["before"] != moves["segment"]
    moves = _named(moves, words).assign(moved=moves["customers"].where(is_moved, 0))
    moved = moves[is_moved]
    total, changed = int(of_all(moves, "customers")), int(of_all(moves, "moved"))
    return Drawing(
        finding=_finding(moves, moved, changed / total, words),
        figure=_figure(moved, words) if len(moved) else None,
        table=Table(
            (
                Column("before_label", _("Before")),
                Column("label", _("Now")),
                Column("customers", _("Customers"), ColumnKind.COUNT),
                Column("share", _("Share of customers"), ColumnKind.SHARE),
            ),
            moves.assign(share=moves["customers"] / total).sort_values("customers", ascending=False, kind="stable"),
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", total) % {"n": words.number(total)},
        unit=_("customers who changed"),
        drill="filter",
    )


def _named(moves: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Names for those whom only one of the two runs knows."""
    _ = words.gettext
    return moves.assign(
        before_label=moves["before_label"].where(moves["before"] != "", _("Not scored before")),
        label=moves["label"].where(moves["segment"] != "", _("No longer scored")),
    )


def _finding(moves: pd.DataFrame, moved: pd.DataFrame, share: float, words: Words) -> str:
    _ = words.gettext
    facts = {"day": words.day(moves["since"].iloc[0]), "share": words.percent(share)}
    if not share:
        return _("Nobody has changed segment since %(day)s") % facts
    if moved.empty:
        return _("%(share)s changed segment since %(day)s") % facts
    busiest = max(rows_of(moved), key=lambda move: move["customers"])
    facts |= {
        "before": busiest["before_label"],
        "now": busiest["label"],
        "customers": words.number(busiest["customers"]),
    }
    return _("%(share)s changed segment since %(day)s, most often %(before)s → %(now)s (%(customers)s)") % facts


def _figure(moved: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    left, right = _side(moved, "before"), _side(moved, "segment")
    sources = {code: position for position, code in enumerate(left["code"])}
    targets = {code: position + len(left) for position, code in enumerate(right["code"])}
    nodes = pd.concat([left, right], ignore_index=True)
    narrow = [
        f"{style.shortened(node['label'], NARROW_NAME)} {words.short_number(node['customers'])}"
        for node in rows_of(nodes)
    ]
    flows = {
        "type": "sankey",
        "arrangement": "fixed",
        "domain": {"x": [0, 1], "y": [0, 1]},
        "meta": {"narrow": {"textfont": {"size": NARROW_SIZE}, "node": {"label": narrow}}},
        "node": {
            "label": [f"{node['label']} {words.number(node['customers'])}" for node in rows_of(nodes)],
            "color": [style.tone_colour(tone) for tone in nodes["tone"]],
            "x": [0.001] * len(left) + [0.999] * len(right),
            "y": [*left["middle"], *right["middle"]],
            "pad": 8,
            "thickness": 12,
            "line": {"width": 0},
            "hoverinfo": "none",
        },
        "link": {
            "source": [sources[code] for code in moved["before"]],
            "target": [targets[code] for code in moved["segment"]],
            "value": moved["customers"].tolist(),
            "color": [style.faded(style.tone_colour(tone), 32) for tone in moved["tone"]],
            "customdata": [move.get("filter", "") for move in rows_of(moved)],
            "label": [
                _("%(before)s → %(now)s: %(customers)s")
                % {"before": move["before_label"], "now": move["label"], "customers": words.number(move["customers"])}
                for move in rows_of(moved)
            ],
            "hovertemplate": "%{label}<extra></extra>",
        },
    }
    return style.figure([flows], style.layout(margin={"l": 4, "r": 4, "t": 8, "b": 8}))


def _side(moved: pd.DataFrame, column: str) -> pd.DataFrame:
    """The nodes of one side in the order of the segments: code, label, tone, customers, middle (0 at the top, 1)."""
    prefix = "before_" if column == "before" else ""
    nodes = moved.groupby(column, as_index=False).agg(
        label=(f"{prefix}label", "first"),
        tone=(f"{prefix}tone", "first"),
        rank=(f"{prefix}rank", "first"),
        customers=("customers", "sum"),
    )
    nodes = nodes.rename(columns={column: "code"}).sort_values("rank", ignore_index=True)
    share = nodes["customers"] / nodes["customers"].sum() * (1 - PAD * (len(nodes) - 1))
    starts = share.cumsum() - share + PAD * pd.Series(range(len(nodes)), index=nodes.index)
    return nodes.assign(middle=(starts + share / 2).clip(0.001, 0.999))
