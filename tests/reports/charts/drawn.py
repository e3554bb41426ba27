"""Reading a drawing in a test."""

import json
import re
from typing import Any

import plotly.graph_objects as go

from reports.charts.drawing import Drawing

COLOUR = re.compile(r"^(var\(--|color-mix\()")


def resolved(part: Any) -> Any:
    """The figure as charts.js hands it to Plotly: every CSS colour computed."""
    if isinstance(part, dict):
        return {key: resolved(value) for key, value in part.items()}
    if isinstance(part, list):
        return [resolved(value) for value in part]
    return "#123456" if isinstance(part, str) and COLOUR.match(part) else part


def plain(drawing: Drawing) -> dict[str, Any]:
    """The figure as the browser gets it, after the way through JSON."""
    assert drawing.figure is not None
    figure: dict[str, Any] = json.loads(json.dumps(drawing.figure, allow_nan=False))
    return figure


def validated(drawing: Drawing) -> go.Figure:
    """Plotly's own opinion of the figure. Raises where Plotly does not know a property."""
    figure = go.Figure(resolved(plain(drawing)))
    assert not {trace.type for trace in figure.data} & {"scattergl", "splom", "parcoords", "choropleth"}
    return figure


def cells(drawing: Drawing) -> list[tuple[Any, ...]]:
    """The table as shown, row by row."""
    shown = [column.key for column in drawing.table.columns]
    return list(drawing.table.frame[shown].itertuples(index=False, name=None))
