"""Which products go together: an arrow from each to what is bought with it, laid out by where they hang together."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from reports.charts import labels, style
from reports.charts.drawing import Column, ColumnKind, Drawing, Row, Table, is_missing, nothing_to_draw, rows_of
from reports.charts.words import Words

LONGEST_NAME = 16
# What fewer baskets say is not what the title is about.
FEWEST_JOINT = 5
# How far apart neighbours on a circle stand, and circles from each other.
STEP, GAP, ROW_GAP = 1.0, 1.1, 1.5
# Above and below the outermost marks there is room for a name.
EDGE = 0.14
# The picture is so many times as wide as it is high.
WIDE = 1.7
# On a phone it is higher than it is wide.
HIGH = labels.Picture(labels.NARROW.widths, 520)

Place = tuple[float, float]


def rule_network(rules: pd.DataFrame, words: Words) -> Drawing:
    """Products as marks, rules as arrows from what is bought to what is bought with it, thick where the lift is high.

    rules: the likeliest beyond chance first: antecedent, consequent (ids), confidence, lift, joint_count (baskets with
    both), customers (who have such a basket), filter (of the customer list), held (in later baskets; nothing where none
    tells); of both products, as antecedent_name and so on: name, customers (missing where that is not told), filter;
    and in every row baskets. `attrs`: found, how many rules there are, wherever they occur.
    """
    _ = words.gettext
    if rules.empty and rules.attrs.get("found"):
        return nothing_to_draw(_("What is bought together elsewhere was not bought together here."))
    if rules.empty:
        return nothing_to_draw(_("No products are bought together more often than by chance."))
    table = rules.assign(later=[_held(held, words) for held in rules["held"]])
    baskets = int(rules["baskets"].iloc[0])
    return Drawing(
        finding=_finding(rows_of(rules), words),
        figure=_figure(rows_of(rules), words),
        table=Table(
            (
                Column("antecedent_name", _("Bought")),
                Column("consequent_name", _("Bought with it")),
                Column("confidence", _("Of the purchases with the first"), ColumnKind.SHARE),
                Column("lift", _("Times as often as by chance"), ColumnKind.FIGURE),
                Column("joint_count", _("Purchases with both"), ColumnKind.COUNT),
                Column("customers", _("Customers with both"), ColumnKind.COUNT),
                Column("later", _("Later purchases")),
            ),
            table,
        ),
        sample=words.ngettext("n = %(n)s purchase", "n = %(n)s purchases", baskets) % {"n": words.number(baskets)},
        unit=_("an arrow leads from a product to what is bought with it"),
        drill="filter",
    )


def places_of(pairs: Sequence[tuple[int, int]]) -> dict[int, Place]:
    """Where each product stands: those that hang together on a circle of their own, the busiest in its middle, circles
    side by side in rows, the largest first. The same pairs give the same places."""
    neighbours: dict[int, set[int]] = defaultdict(set)
    for one, other in pairs:
        neighbours[one].add(other)
        neighbours[other].add(one)
    circles = [_circle(members, neighbours) for members in _components(neighbours)]
    return _in_rows(sorted(circles, key=lambda circle: (-len(circle), min(circle))))


def _components(neighbours: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """Each in the order of a walk that goes on to a neighbour where it can, so that these stand side by side."""
    seen: set[int] = set()
    found = []
    for start in sorted(neighbours):
        if start in seen:
            continue
        walk, waiting = [], [start]
        while waiting:
            node = waiting.pop()
            if node not in seen:
                seen.add(node)
                walk.append(node)
                waiting += sorted(set(neighbours[node]) - seen, reverse=True)
        found.append(walk)
    return found


def _circle(members: Sequence[int], neighbours: Mapping[int, set[int]]) -> dict[int, Place]:
    if len(members) == 2:
        return {members[0]: (-STEP * 0.7, 0.0), members[1]: (STEP * 0.7, 0.0)}
    busiest = max(members, key=lambda node: (len(neighbours[node]), -node))
    around = [node for node in members if node != busiest] if len(members) > 3 else list(members)
    radius = max(STEP, len(around) * STEP / (2 * math.pi))
    placed: dict[int, Place] = {}
    for place, node in enumerate(around):
        angle = math.pi / 2 + 2 * math.pi * place / len(around)
        placed[node] = (radius * math.cos(angle), radius * math.sin(angle))
    if busiest not in placed:
        placed[busiest] = (0.0, 0.0)
    return placed


def _in_rows(circles: Sequence[Mapping[int, Place]]) -> dict[int, Place]:
    sizes = [_size(circle) for circle in circles]
    width = max([math.sqrt(WIDE * sum(w * h for w, h in sizes)), *(w for w, _h in sizes)], default=0.0)
    placed: dict[int, Place] = {}
    left = top = height = 0.0
    for circle, (wide, high) in zip(circles, sizes, strict=True):
        if left and left + wide > width + 1e-9:
            left, top, height = 0.0, top + height, 0.0
        for node, (x, y) in circle.items():
            placed[node] = (round(left + wide / 2 + x, 3), round(-top - high / 2 + y, 3))
        left, height = left + wide, max(height, high)
    return placed


def _size(circle: Mapping[int, Place]) -> tuple[float, float]:
    xs, ys = zip(*circle.values(), strict=True)
    return max(xs) - min(xs) + 2 * GAP, max(ys) - min(ys) + ROW_GAP


def _finding(rules: Sequence[Row], words: Words) -> str:
    _ = words.gettext
    firm = [rule for rule in rules if rule["joint_count"] >= FEWEST_JOINT] or rules
    strongest = max(firm, key=lambda rule: rule["lift"])
    return _("%(antecedent)s → %(consequent)s: together %(lift)s times as often as by chance") % {
        "antecedent": strongest["antecedent_name"],
        "consequent": strongest["consequent_name"],
        "lift": words.number(round(strongest["lift"], 1)),
    }


def _held(held: Any, words: Words) -> str:
    _ = words.gettext
    if is_missing(held):
        return _("do not tell")
    return _("hold as well") if held else _("do not hold")


def _figure(rules: Sequence[Row], words: Words) -> dict[str, Any]:
    places = places_of([(rule["antecedent"], rule["consequent"]) for rule in rules])
    xs, ys = zip(*places.values(), strict=True)
    edge = max(GAP / 2, EDGE * (max(ys) - min(ys)))
    across, up = [min(xs) - GAP, max(xs) + GAP], [min(ys) - edge, max(ys) + edge]
    names = {rule["antecedent"]: rule["antecedent_name"] for rule in rules}
    names |= {rule["consequent"]: rule["consequent_name"] for rule in rules}
    shown = [style.shortened(names[node], LONGEST_NAME) for node in places]
    at = labels.shares(xs, across), labels.shares(ys, up)
    wide, narrow = (
        labels.as_annotations(shown, xs, ys, labels.placed(shown, *at, picture), [style.INK] * len(shown))
        for picture in (labels.LOW, HIGH)
    )
    room = {"showticklabels": False, "showgrid": False, "zeroline": False, "ticks": ""}
    return style.figure(
        [*_arrows(rules, places), _links(rules, places, words), _products(rules, places, words)],
        style.layout(
            xaxis={**room, "range": across},
            yaxis={**room, "range": up},
            annotations=wide,
            meta={"narrow": {"annotations": narrow}},
        ),
    )


def _arrows(rules: Sequence[Row], places: Mapping[int, Place]) -> list[dict[str, Any]]:
    """Thin, middling and thick ones, by thirds of the lift."""
    ranked = sorted(rules, key=lambda rule: rule["lift"])
    thirds = [ranked[len(ranked) * part // 3 : len(ranked) * (part + 1) // 3] for part in range(3)]
    return [_lines(third, places, width) for third, width in zip(thirds, (1, 2, 3.5), strict=True) if third]


def _lines(rules: Sequence[Row], places: Mapping[int, Place], width: float) -> dict[str, Any]:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for rule in rules:
        (x0, y0), (x1, y1) = places[rule["antecedent"]], places[rule["consequent"]]
        xs += [x0, x1, None]
        ys += [y0, y1, None]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": xs,
        "y": ys,
        "line": {"color": style.faded(style.QUIET_INK, 45), "width": width},
        "marker": {
            "symbol": "arrow",
            "angleref": "previous",
            "standoff": 8,
            "size": [0, 9 + width, 0] * len(rules),
            "color": style.QUIET_INK,
        },
        "hoverinfo": "skip",
    }


def _links(rules: Sequence[Row], places: Mapping[int, Place], words: Words) -> dict[str, Any]:
    """Invisible marks in the middle of the arrows, which say what each means."""
    _ = words.gettext
    middles = [
        [(a + b) / 2 for a, b in zip(places[rule["antecedent"]], places[rule["consequent"]], strict=True)]
        for rule in rules
    ]
    said = _("%(antecedent)s → %(consequent)s: %(confidence)s, %(lift)s times as often as by chance; customers: %(n)s")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _y in middles],
        "y": [y for _x, y in middles],
        "marker": {"color": style.faded(style.QUIET_INK, 0), "size": 14},
        "customdata": [rule["filter"] for rule in rules],
        "hovertext": [
            said
            % {
                "antecedent": rule["antecedent_name"],
                "consequent": rule["consequent_name"],
                "confidence": words.percent(rule["confidence"]),
                "lift": words.number(round(rule["lift"], 1)),
                "n": words.number(rule["customers"]),
            }
            for rule in rules
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _products(rules: Sequence[Row], places: Mapping[int, Place], words: Words) -> dict[str, Any]:
    told = {
        rule[end]: {what: rule[f"{end}_{what}"] for what in ("name", "customers", "filter")}
        for rule in rules
        for end in ("antecedent", "consequent")
    }
    names = {node: each["name"] for node, each in told.items()}
    said = words.gettext("%(name)s, customers: %(customers)s")
    nodes = list(places)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _y in places.values()],
        "y": [y for _x, y in places.values()],
        "cliponaxis": False,
        "marker": {"color": style.ACCENT, "size": 11, "line": {"color": style.CARD, "width": 2}},
        "customdata": [told[node]["filter"] for node in nodes],
        "hovertext": [
            names[node]
            if is_missing(told[node]["customers"])
            else said % {"name": names[node], "customers": words.number(told[node]["customers"])}
            for node in nodes
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
