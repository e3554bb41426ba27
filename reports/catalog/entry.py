"""What an entry of the catalog is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from analytics import publishing, switches
from analytics.models import Run
from analytics.snapshot import FilesMissing
from reports import advice_frames, comparing, value_frames
from reports.charts.beside import Beside
from reports.charts.drawing import Drawing, nothing_to_draw
from reports.charts.words import Words
from reports.drawn import drawn
from reports.exploring import Asked
from reports.frames import Published
from reports.scope import Scope
from reports.semantics.answers import NothingToAsk
from reports.semantics.questions import BadQuestion

Label = str | Promise
EVERYBODY = frozenset(Role)
IMPORT_FIRST = _("Import customers and orders, then recompute.")
RECOMPUTE_FIRST = _("It takes forty weeks of orders, and a recomputation.")


class Follows(StrEnum):
    """What of a scope changes a chart."""

    DAYS = "days"
    COMPARISON = "comparison"
    FILTER = "filter"


NOTHING: frozenset[Follows] = frozenset()
FILTER_ALONE = frozenset({Follows.FILTER})
COMPARISON_ALONE = frozenset({Follows.COMPARISON})
BUT_DAYS = frozenset({Follows.FILTER, Follows.COMPARISON})
DAYS_AND_FILTER = frozenset({Follows.DAYS, Follows.FILTER})
EVERYTHING = frozenset(Follows)


@dataclass(frozen=True)
class Chart:
    """A chart that people can open.

    subject: the report that it stands in, by its key in `reports.catalog.subjects`.
    title: what it is about, whatever its data say; the finding comes with the data.
    definition: how its numbers are counted, for somebody who wants to check them.
    frame: what it is drawn from. run: the published run that this comes from.
    follows: what of `Published.scope` changes it. One that follows anything is computed from the facts of the newest
      snapshot when it is asked for; one that follows nothing is drawn from what was published with a run.
    advice: what to do where there is nothing to draw from.
    of_runs: whether it follows the filter and is drawn from published runs all the same: without a filter from their
      sums, else from their rows.
    panels: its figure has small multiples, which need more height on a phone.
    is_tall: it has so many bars below each other that they need more height.
    by_series: whether it is of one series of demand: made of all customers, and not for who sees a part of them.
    of_all: why the filter of customers does not change it, where it follows none.
    beside: how its rows stand beside those of an earlier run, or of the customers who were there already, where it
      follows the comparison and not the days.
    not_compared: why it is compared with nothing, where it follows neither.
    source: what its numbers come from, where that is neither the results of its run nor the facts that this has read.
    """

    key: str
    subject: str
    title: Label
    definition: Label
    frame: Callable[[Published], Any]
    draw: Callable[[Any, Words], Drawing]
    run: Callable[[Published], Run | None]
    follows: frozenset[Follows] = NOTHING
    advice: Label = IMPORT_FIRST
    roles: frozenset[Role] = EVERYBODY
    of_runs: bool = False
    panels: bool = False
    is_tall: bool = False
    by_series: bool = False
    of_all: Label = ""
    beside: Beside | None = None
    not_compared: Label = ""
    source: Label = ""

    def waits(self, scope: Scope | None) -> bool:
        """Whether a page does not wait for it, since it takes more than reading what was published."""
        return bool(self.follows) and not (self.of_runs and (scope is None or scope.is_of_all))

    @property
    def stands_beside_earlier(self) -> bool:
        """Whether it follows the days, and its own page compares it with others by drawing it for both."""
        return Follows.DAYS in self.follows and Follows.COMPARISON not in self.follows

    def drawing(self, published: Published, words: Words) -> Drawing:
        if off := self._switched_off():
            return nothing_to_draw(off, has_advice=False)
        try:
            if self.beside is not None:
                return comparing.drawn_beside(self.beside, self.frame, self.draw, self.run(published), published, words)
            frame = self.frame(published)
            return drawn(self.draw, frame, words) if isinstance(frame, pd.DataFrame) else self.draw(frame, words)
        except NothingToAsk:
            return nothing_to_draw(words.gettext("Nothing has been computed yet."))
        except FilesMissing:
            said = words.gettext("The facts behind this run are not kept any more. Recompute, then ask again.")
            return nothing_to_draw(said, has_advice=False)
        except BadQuestion as why:
            return nothing_to_draw(str(why), has_advice=False)

    def _switched_off(self) -> str:
        """In words, where nothing is published because an admin has switched it off."""
        analysis = SWITCHABLE.get(self.run, "")
        return switches.in_words(analysis, None) if analysis and analysis not in publishing.current_runs() else ""


def scores(published: Published) -> Run | None:
    return published.scores


def groups(published: Published) -> Run | None:
    return published.groups


def dense_groups(published: Published) -> Run | None:
    return published.dense_groups


def days(published: Published) -> Run | None:
    return published.days


def demand(published: Published) -> Run | None:
    return published.demand


# By what a chart takes its run from: what an admin can switch off.
SWITCHABLE: Mapping[Callable[[Published], Run | None], str] = {
    groups: "kmeans",
    dense_groups: "hdbscan",
    demand: "demand",
    value_frames.values: "clv",
    value_frames.churn: "churn",
    value_frames.composite: "composite",
    advice_frames.recommendations: "recommendations",
    advice_frames.rules: "rules",
}

# The division by periods that suit the days of the scope.
OVER_TIME = "time"


def of_question(
    *,
    measure: str,
    by: str,
    split: str = "",
    as_line: bool = False,
    follows: frozenset[Follows] = EVERYTHING,
    **said: Any,
) -> Chart:
    """A chart that the semantic layer answers, drawn as the explorer draws it.

    measure, by, split: keys of the layer; OVER_TIME divides by periods that suit the days. said: what else a Chart has.
    """

    def drawing(published: Published, words: Words) -> Drawing:
        is_of_now = Follows.DAYS not in follows
        compares = Follows.COMPARISON in follows and not (is_of_now and published.compared_scope is None)
        division = published.scope.grain if by == OVER_TIME else by
        question = published.question(measure, division, split=split, compares=compares)
        return Asked(question, published.facts_run, published.sight, words, as_line=as_line).drawing()

    return Chart(frame=lambda published: published, draw=drawing, run=days, follows=follows, **said)
