"""The picture of a calibration: what was said across, what became of it upwards, the diagonal where both are equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.findings import Kind
from core.templatetags.ui import money, number, percent

# Of the drawing, without its margin; in the units of its viewBox.
SIZE, MARGIN = 100, 4


@dataclass(frozen=True)
class Dot:
    """A tenth of the cases: where it stands, and its values as they are written."""

    x: str
    y: str
    said: str
    became: str
    cases: int


@dataclass(frozen=True)
class Plot:
    """`then`: the same as the model was judged with, where what became of a run stands beside it."""

    dots: list[Dot]
    then: list[Dot]
    most: str

    @property
    def words(self) -> str:
        said = [_("%(said)s said, %(became)s became") % {"said": dot.said, "became": dot.became} for dot in self.dots]
        return "; ".join(said)


def plot(
    points: Sequence[Sequence[float]], *, kind: Kind, currency: str, then: Sequence[Sequence[float]] = ()
) -> Plot | None:
    """Of (said, became, cases); None where there is nothing to draw."""
    most = max((value for point in (*points, *then) for value in point[:2]), default=0.0)
    if not points or most <= 0:
        return None

    def dots(of: Sequence[Sequence[float]]) -> list[Dot]:
        return [
            Dot(
                x=f"{MARGIN + said / most * SIZE:.1f}",
                y=f"{MARGIN + SIZE - became / most * SIZE:.1f}",
                said=written(said, kind, currency),
                became=written(became, kind, currency),
                cases=int(cases),
            )
            for said, became, cases in of
        ]

    return Plot(dots(points), dots(then), written(most, kind, currency))


def written(value: float, kind: Kind, currency: str) -> str:
    if kind == Kind.AMOUNT:
        return money(round(value), currency)
    return percent(value, 1) if kind == Kind.SHARE else number(value, 2)
