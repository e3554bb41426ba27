"""What the figures have in common. Fonts, grid and background belong to charts.js, which knows light and dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

ACCENT = "var(--accent)"
INK = "var(--ink)"
QUIET_INK = "var(--ink-2)"
CARD = "var(--card)"
# Of the picture, for one bar.
BROADEST = 0.2
TONE_COLOURS = {
    "good": "var(--good)",
    "accent": "var(--accent)",
    "warn": "var(--warn)",
    "bad": "var(--bad)",
    "neutral": "var(--ink-3)",
}

# Of kinds that have no order; a shape goes with each, since a colour says nothing alone.
GROUP_COLOURS = (
    "var(--accent)",
    "var(--good)",
    "var(--warn)",
    "var(--bad)",
    "color-mix(in oklab, var(--accent) 50%, var(--bad))",
    "color-mix(in oklab, var(--accent) 50%, var(--good))",
    "color-mix(in oklab, var(--warn) 50%, var(--bad))",
    "color-mix(in oklab, var(--good) 50%, var(--warn))",
)
GROUP_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "x", "pentagon")


def group_mark(number: int) -> tuple[str, str]:
    """Colour and shape of a group by its number from 1; 0 is who is in none."""
    if number < 1:
        return "var(--ink-3)", "circle-open"
    return GROUP_COLOURS[(number - 1) % len(GROUP_COLOURS)], GROUP_SYMBOLS[(number - 1) % len(GROUP_SYMBOLS)]


def faded(colour: str, percent: int) -> str:
    """The colour at some per cent over whatever lies below."""
    return f"color-mix(in srgb, {colour} {percent}%, transparent)"


def tone_colour(tone: str) -> str:
    """A tone as the fill of a mark: lighter than as text."""
    return f"color-mix(in oklab, {TONE_COLOURS.get(tone, TONE_COLOURS['neutral'])} 80%, {CARD})"


def layout(**parts: Any) -> dict[str, Any]:
    """A layout without legend, zoom or needless margin; `parts` come on top."""
    axis = {"fixedrange": True, "automargin": True, "ticklabelstandoff": 4}
    base: dict[str, Any] = {
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "showlegend": False,
        "hovermode": "closest",
        "bargap": 0.28,
        "xaxis": axis,
        "yaxis": axis,
    }
    for name, part in parts.items():
        base[name] = {**axis, **part} if name.startswith(("xaxis", "yaxis")) else part
    return base


def value_axis(
    highest: float, write: Callable[[float], str], *, lowest: float = 0, is_count: bool = False
) -> dict[str, Any]:
    """Ticks at round values from `lowest` to `highest`, written by `write` in the reader's own way. is_count: there are
    no parts of what is counted."""
    values = round_values(min(lowest, 0), max(highest, 0))
    whole = [value for value in values if value == int(value) or not is_count]
    # Of two that are written alike, as parts of a cent are, the first stands.
    named = {write(tick): tick for tick in reversed(whole)}
    return {"tickvals": [*named.values()][::-1], "ticktext": [*named][::-1], "zeroline": True}


def named_places(names: Sequence[str], *, most: int = 5) -> dict[str, Any]:
    """An axis of the places 0, 1, 2 …, of which about `most` are named."""
    every = max(1, math.ceil((len(names) - 1) / max(1, most - 1)))
    named = list(range(0, len(names), every))
    return {
        "tickvals": named,
        "ticktext": [names[place] for place in named],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "range": [-0.6, len(names) - 0.4],
    }


def round_values(lowest: float, highest: float, *, about: int = 4) -> list[float]:
    """Some four multiples of 1, 2 or 5 × 10ⁿ that lie between the two, zero among them where it lies between."""
    span = highest - lowest
    if span <= 0:
        return [0]
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(lowest / step - 1e-9), math.floor(highest / step + 1e-9)
    return [round(position * step, 10) for position in range(first, last + 1)]


def shortened(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def share_of(part: float, whole: float) -> float:
    """A share that is 0 where there is nothing to share."""
    return part / whole if whole > 0 else 0.0


def figure(data: Sequence[Mapping[str, Any]], layout_: Mapping[str, Any]) -> dict[str, Any]:
    """Bars are no wider than a fifth of the picture, however few there are."""
    places = [len(set(each["y" if each.get("orientation") == "h" else "x"])) for each in data if each["type"] == "bar"]
    if not places:
        return {"data": list(data), "layout": layout_}
    gap = max(layout_.get("bargap", 0), round(1 - BROADEST * max(places), 3))
    return {"data": list(data), "layout": {**layout_, "bargap": gap}}
