"""A chart that people can open, as the catalog lists it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from analytics.models import Run
from reports.charts.drawing import Drawing
from reports.charts.words import Words
from reports.frames import Published

Label = str | Promise
EVERYBODY = frozenset(Role)
IMPORT_FIRST = _("Import customers and orders, then recompute.")


@dataclass(frozen=True)
class Chart:
    """A chart that people can open.

    title: what it is about, whatever its data say; the finding comes with the data.
    definition: how its numbers are counted, for somebody who wants to check them.
    frame: what it is drawn from. run: the published run that this comes from.
    advice: what to do where there is nothing to draw from.
    panels: its figure has small multiples, which need more height on a phone.
    on_dashboard: whether it stands there, or on a page of its own subject alone.
    by_series: whether it is of one series of demand: made of all customers, and not for who sees a part of them.
    """

    key: str
    title: Label
    definition: Label
    frame: Callable[[Published], pd.DataFrame]
    draw: Callable[[pd.DataFrame, Words], Drawing]
    run: Callable[[Published], Run | None]
    advice: Label = IMPORT_FIRST
    roles: frozenset[Role] = EVERYBODY
    panels: bool = False
    on_dashboard: bool = True
    by_series: bool = False

    def drawing(self, published: Published, words: Words) -> Drawing:
        return self.draw(self.frame(published), words)
