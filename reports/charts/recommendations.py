"""How good recommendations are: what was offered and bought since, and how the ways to recommend compare."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.charts import style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, nothing_to_draw, rows_of
from reports.charts.words import Words

# Longer names take the room of the bars on a phone.
NARROW_NAME = 22


def recommendations_offered(runs: pd.DataFrame, words: Words) -> Drawing:
    """Two lines over the runs: which share of the products that were offered was bought since, and was declined.

    runs: in their order: as_of, offered, bought, not_relevant (all counted up to that day, a product for a customer
    once), and of each of these as in offered_customers and offered_filter how many customers they are of, and the
    filter of the list of these. `attrs`: hides_few, whether runs are left out, since few stand behind them.
    """
    _ = words.gettext
    told = runs[(runs["offered"] > 0) | (runs["not_relevant"] > 0)]
    if told.empty and runs.attrs.get("hides_few"):
        return nothing_to_draw(_("Too few customers stand behind these numbers to be told."), has_advice=False)
    if told.empty:
        return nothing_to_draw(_("Nobody has noted yet what became of a recommendation."))
    answers = told["offered"] + told["not_relevant"]
    table = told.assign(
        day=[words.day(day) for day in told["as_of"]],
        hit=[style.share_of(bought, offered) for bought, offered in zip(told["bought"], told["offered"], strict=True)],
        declined=[style.share_of(no, all_) for no, all_ in zip(told["not_relevant"], answers, strict=True)],
        filter=told["offered_filter"].where(told["offered_filter"] != "", told["not_relevant_filter"]),
    ).reset_index(drop=True)
    latest = rows_of(table)[-1]
    return Drawing(
        finding=_offered_finding(latest, words),
        figure=_shares(table, words),
        table=Table(
            (
                Column("day", _("As of")),
                Column("offered", _("Offered"), ColumnKind.COUNT),
                Column("offered_customers", _("To customers"), ColumnKind.COUNT),
                Column("bought", _("Bought since"), ColumnKind.COUNT),
                Column("bought_customers", _("By customers"), ColumnKind.COUNT),
                Column("hit", _("Share bought"), ColumnKind.SHARE),
                Column("not_relevant", _("Not relevant"), ColumnKind.COUNT),
                Column("not_relevant_customers", _("For customers"), ColumnKind.COUNT),
                Column("declined", _("Share not relevant"), ColumnKind.SHARE),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s answer", "n = %(n)s answers", latest["offered"] + latest["not_relevant"])
        % {"n": words.number(latest["offered"] + latest["not_relevant"])},
        unit=_("of all that was noted until the day of each run"),
        drill="filter",
    )


def recommenders_compared(methods: pd.DataFrame, words: Words) -> Drawing:
    """A bar for each way to recommend: how well its lists held what was bought in the days after.

    methods: the best first: label, is_used, is_baseline, ndcg, recall, coverage (each 0–1), and in every row n (the
    length of a list), customers (who were asked about) and filter (of the list of these).
    """
    _ = words.gettext
    if methods.empty:
        return nothing_to_draw(_("Nothing has been recommended yet, or you do not see all customers."))
    used = next((row for row in rows_of(methods) if row["is_used"]), rows_of(methods)[0])
    customers = int(methods["customers"].iloc[0])
    return Drawing(
        measure=f"{words.percent(used['recall'])}; {words.percent(used['coverage'])}",
        finding=_compared_finding(used, words),
        figure=_methods(methods, words),
        table=Table(
            (
                Column("label", _("Way to recommend")),
                Column("ndcg", _("nDCG"), ColumnKind.SHARE),
                Column("recall", _("Recall"), ColumnKind.SHARE),
                Column("coverage", _("Products on a list"), ColumnKind.SHARE),
            ),
            methods,
        ),
        sample=words.ngettext("n = %(n)s customer", "n = %(n)s customers", customers) % {"n": words.number(customers)},
        unit=_("nDCG of the first %(n)s products: high where what was bought stands on top; framed: what is used")
        % {"n": words.number(methods["n"].iloc[0])},
        drill="filter",
    )


def _offered_finding(latest: Row, words: Words) -> str:
    _ = words.gettext
    facts = {name: words.number(latest[name]) for name in ("offered", "bought", "not_relevant")}
    if not latest["offered"]:
        return _("None was offered; %(not_relevant)s were called not relevant") % facts
    facts["share"] = words.percent(latest["hit"])
    return _("%(share)s of the products offered were bought since: %(bought)s of %(offered)s") % facts


def _shares(table: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    drawn = (
        ("hit", "bought", _("Bought since"), "var(--good)", "circle"),
        ("declined", "not_relevant", _("Not relevant"), "var(--warn)", "diamond"),
    )
    days = table["day"].tolist()
    highest = max(float(table[["hit", "declined"]].max().max()), 0.01)
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": name,
            "x": list(range(len(days))),
            "y": table[column].astype(float).round(5).tolist(),
            "line": {"color": colour, "width": 2},
            "marker": {"color": colour, "symbol": symbol, "size": 9},
            "cliponaxis": False,
            "customdata": table[f"{kind}_filter"].tolist(),
            "hovertext": [
                f"{name}, {row['day']}: {words.percent(row[column])}, {_customers(row[f'{kind}_customers'], words)}"
                for row in rows_of(table)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
        for column, kind, name, colour, symbol in drawn
    ]
    return style.figure(
        traces,
        style.layout(
            xaxis=style.named_places(days),
            yaxis={**style.value_axis(highest, words.percent), "range": [0, highest * 1.1]},
            showlegend=True,
            legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
            meta={"narrow": {"xaxis": style.named_places(days, most=2)}},
        ),
    )


def _customers(count: int, words: Words) -> str:
    return words.ngettext("%(n)s customer", "%(n)s customers", count) % {"n": words.number(count)}


def _compared_finding(used: Row, words: Words) -> str:
    _ = words.gettext
    facts = {
        "method": used["label"],
        "recall": words.percent(used["recall"]),
        "n": words.number(used["n"]),
        "coverage": words.percent(used["coverage"]),
    }
    return (
        _("%(recall)s of what customers bought next stood among their %(n)s products; %(coverage)s of all are offered")
        % facts
    )


def _methods(methods: pd.DataFrame, words: Words) -> dict[str, Any]:
    _ = words.gettext
    rows = rows_of(methods)
    places = list(range(len(rows)))
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [row["ndcg"] for row in rows],
        "y": places,
        "text": [words.percent(row["ndcg"]) for row in rows],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": methods["filter"].tolist(),
        "marker": {
            "color": [style.faded(style.QUIET_INK if row["is_baseline"] else style.ACCENT, 55) for row in rows],
            "line": {"color": style.INK, "width": [2 if row["is_used"] else 0 for row in rows]},
        },
        "hovertext": [
            _("%(method)s: recall %(recall)s, %(coverage)s of the products on a list")
            % {
                "method": row["label"],
                "recall": words.percent(row["recall"]),
                "coverage": words.percent(row["coverage"]),
            }
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    longest = max(max(row["ndcg"] for row in rows), 0.01)
    names = {"autorange": "reversed", "showgrid": False, "ticks": "", "tickvals": places}
    labels = methods["label"].tolist()
    narrow = {
        "xaxis": {"range": [0, longest * 1.5]},
        "yaxis": {"ticktext": [style.shortened(label, NARROW_NAME) for label in labels]},
    }
    return style.figure(
        [bars],
        style.layout(
            xaxis={"range": [0, longest * 1.25], "visible": False},
            yaxis={**names, "ticktext": labels},
            meta={"narrow": narrow},
        ),
    )
