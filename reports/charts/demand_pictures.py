"""The figures of `reports.charts.demand`, whose rows these are."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from reports.charts import months as month_axes
from reports.charts import style
from reports.charts.drawing import Row
from reports.charts.words import Words

TICKS, NARROW_TICKS = 6, 3
_GAP = 0.09


def forecast_figure(rows: Sequence[Row], words: Words) -> dict[str, Any]:
    seen = [(place, row) for place, row in enumerate(rows) if not math.isnan(row["value"])]
    # The line of what is to come begins at the last value that is known.
    place, last = seen[-1]
    joint = {**last, "expected": last["value"], "low": last["value"], "high": last["value"]}
    coming = [(place, joint), *enumerate(rows[place + 1 :], start=place + 1)]
    return style.figure(
        [
            *_band(coming, words),
            _line(seen, "value", words, color=style.ACCENT),
            _line(coming, "expected", words, color=style.ACCENT, dash="dot"),
        ],
        style.layout(**_axes(rows, [row for _place, row in coming], words)),
    )


def anomaly_figure(rows: Sequence[Row], words: Words) -> dict[str, Any]:
    placed = list(enumerate(rows))
    marks = _line([each for each in placed if each[1]["is_anomaly"]], "value", words, color=style.TONE_COLOURS["bad"])
    marks |= {"mode": "markers", "marker": {"symbol": "diamond", "size": 11, "color": style.TONE_COLOURS["bad"]}}
    return style.figure(
        [*_band(placed, words), _line(placed, "value", words, color=style.ACCENT), marks],
        style.layout(**_axes(rows, rows, words)),
    )


def panels(rows: Sequence[Row], words: Words) -> dict[str, Any]:
    _ = words.gettext
    placed, season = list(enumerate(rows)), rows[0]["season"]
    year = sorted(enumerate(rows[-season:]), key=lambda each: each[1]["start_date"].month)
    drawn: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        (_("Trend"), _line(placed, "trend", words, color=style.ACCENT), _plain_axes(rows, ["trend"], words))
    ]
    if season > 1:
        drawn.append(
            (_("Season, of the trend"), _season_bars([row for _place, row in year], words), _season_axes(year, words))
        )
    drawn.append(
        (
            _("Remainder"),
            _line(placed, "remainder", words, color=style.QUIET_INK),
            _plain_axes(rows, ["remainder"], words),
        )
    )
    return _side_by_side(drawn)


def _side_by_side(drawn: Sequence[tuple[str, dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    count = len(drawn)
    width, height = (1 - _GAP * (count - 1)) / count, (1 - 2 * _GAP * (count - 1)) / count
    data: list[dict[str, Any]] = []
    titles: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    narrow: dict[str, Any] = {}
    for place, (title, trace, its_axes) in enumerate(drawn):
        suffix = "" if place == 0 else str(place + 1)
        left, top = place * (width + _GAP), 1 - place * (height + 2 * _GAP)
        data.append({**trace, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}"})
        axes[f"xaxis{suffix}"] = {
            **its_axes["xaxis"],
            "anchor": f"y{suffix}",
            "domain": [round(left, 6), round(left + width, 6)],
        }
        axes[f"yaxis{suffix}"] = {**its_axes["yaxis"], "anchor": f"x{suffix}"}
        narrow[f"xaxis{suffix}"] = {"domain": [0, 1]}
        narrow[f"yaxis{suffix}"] = {"domain": [round(max(top - height, 0), 6), round(top, 6)]}
        titles.append(_panel_title(title, suffix))
    margin = {"l": 8, "r": 8, "t": 24, "b": 8}
    return style.figure(data, style.layout(**axes, margin=margin, annotations=titles, meta={"narrow": narrow}))


def _panel_title(title: str, suffix: str) -> dict[str, Any]:
    place = {"xref": f"x{suffix} domain", "yref": f"y{suffix} domain", "x": 0, "y": 1}
    return {**place, "text": title, "showarrow": False, "xanchor": "left", "yanchor": "bottom", "yshift": 4}


def _season_bars(year: Sequence[Row], words: Words) -> dict[str, Any]:
    shares = [round(row["season_share"], 4) for row in year]
    names = [words.month_name(row["start_date"]) for row in year]
    return {
        "type": "bar",
        "x": list(range(len(year))),
        "y": shares,
        "marker": {
            "color": [style.ACCENT if share == max(shares) else style.faded(style.ACCENT, 45) for share in shares]
        },
        "hovertext": [f"{name}: {words.change(share)}" for name, share in zip(names, shares, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _season_axes(year: Sequence[tuple[int, Row]], words: Words) -> dict[str, Any]:
    shares = [row["season_share"] for _place, row in year]
    places = range(0, len(year), 3)
    names = [words.month_name(year[place][1]["start_date"]) for place in places]
    return {
        "xaxis": {"tickvals": list(places), "ticktext": names, "showgrid": False, "tickangle": 0},
        "yaxis": style.value_axis(max(shares), words.change, lowest=min(shares)),
    }


def _line(
    placed: Sequence[tuple[int, Row]], column: str, words: Words, *, color: str, dash: str = "solid"
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [place for place, _row in placed],
        "y": [_drawn(row[column], row, words) for _place, row in placed],
        "line": {"color": color, "width": 2, "dash": dash},
        "customdata": [row["filter"] for _place, row in placed],
        "hovertext": [f"{period_name(row, words)}: {written(row[column], row, words)}" for _place, row in placed],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _band(placed: Sequence[tuple[int, Row]], words: Words) -> list[dict[str, Any]]:
    """The range between low and high."""
    places = [place for place, _row in placed]
    edge = {"type": "scatter", "mode": "lines", "x": places, "line": {"width": 0}, "hoverinfo": "skip"}
    low, high = ([_drawn(row[column], row, words) for _place, row in placed] for column in ("low", "high"))
    return [{**edge, "y": low}, {**edge, "y": high, "fill": "tonexty", "fillcolor": style.faded(style.ACCENT, 18)}]


def _axes(rows: Sequence[Row], ranged: Sequence[Row], words: Words) -> dict[str, Any]:
    values = [row["value"] for row in rows if not math.isnan(row["value"])]
    values += [row[edge] for row in ranged for edge in ("low", "high")]
    return {
        "xaxis": _time_axis(rows, words, ticks=TICKS),
        "yaxis": _value_axis(values, rows[0], words),
        "meta": {"narrow": {"xaxis": _time_axis(rows, words, ticks=NARROW_TICKS)}},
    }


def _plain_axes(rows: Sequence[Row], columns: Sequence[str], words: Words) -> dict[str, Any]:
    values = [row[column] for row in rows for column in columns]
    return {"xaxis": _time_axis(rows, words, ticks=NARROW_TICKS), "yaxis": _value_axis(values, rows[0], words)}


def _value_axis(values: Sequence[float], row: Row, words: Words) -> dict[str, Any]:
    highest, lowest = (_drawn(edge(values), row, words) for edge in (max, min))

    def write(tick: float) -> str:
        return written(words.minor_units(tick) if row["unit"] == "money" else tick, row, words)

    return {**style.value_axis(highest, write, lowest=lowest), "rangemode": "tozero"}


def _time_axis(rows: Sequence[Row], words: Words, *, ticks: int) -> dict[str, Any]:
    days: list[dt.date] = [row["start_date"] for row in rows]
    axis = month_axes.month_axis(days, words, ticks=ticks)
    if rows[0]["grain"] == "month":
        return axis
    return {**axis, "ticktext": [words.day(days[place]) for place in axis["tickvals"]]}


def _drawn(value: float, row: Row, words: Words) -> float:
    return round(words.major_units(value) if row["unit"] == "money" else value, 2)


def period_name(row: Row, words: Words) -> str:
    _ = words.gettext
    if row["grain"] == "month":
        return words.month(row["start_date"])
    return _("the week from %(day)s") % {"day": words.day(row["start_date"])}


def written(value: float, row: Row, words: Words) -> str:
    return words.money(value, compact=True) if row["unit"] == "money" else words.number(round(value))
