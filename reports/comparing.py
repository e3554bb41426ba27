"""A chart of now or of one run beside what it was a period or a year before: the days that its scope compares with say
how long before.

What a run says stands beside an earlier run of its analysis (`analytics.earlier_runs`); customers of now stand beside
those of them who were there already.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from django.utils.translation import gettext as _

from analytics import earlier_runs
from analytics.kept_samples import CUSTOMERS
from analytics.models import Run
from reports.charts.beside import Beside, Then, aligned, beside
from reports.charts.drawing import Drawing
from reports.charts.words import Words
from reports.drawn import drawn
from reports.exploring import those_who_were_there
from reports.frames import Published
from reports.semantics.facts import hides_few

# Its facts are asked anew of any day.
OF_FACTS = "daily"


@dataclass(frozen=True)
class Earlier:
    """What a chart stands beside, and what is said of it; without `published`, why there is nothing."""

    published: Published | None
    day: dt.date
    said: str
    leads_on: bool = False


def drawn_beside(
    how: Beside,
    frame: Callable[[Published], pd.DataFrame],
    draw: Callable[[pd.DataFrame, Words], Drawing],
    run: Run | None,
    published: Published,
    words: Words,
) -> Drawing:
    """The chart beside its earlier state, if its scope asks for a comparison; else as it is."""
    now = frame(published)
    scope = published.compared_scope
    if scope is None or run is None or now.empty:
        return drawn(draw, now, words)
    if now.attrs.get("fewest"):
        return replace(drawn(draw, now, words), compared=_("Ranges of few are put together, otherwise at each time"))
    day = scope.day_before(run.as_of)
    earlier = _earlier(run, day, published, words, of_rows=how.of_rows)
    then = frame(earlier.published) if earlier.published else now[:0]
    if then.empty:
        said = _nothing_kept(day, words) if earlier.published else earlier.said
        return replace(drawn(draw, now, words), compared=said)
    now, then = aligned(now, then, how, in_both=hides_few(published.sight))
    if now.empty:
        return replace(drawn(draw, frame(published), words), compared=_("Too few customers to be compared"))
    _on_one_scale(now, then)
    names = Then(words.day(earlier.day), words.day(run.as_of), earlier.leads_on)
    ours, theirs = drawn(draw, now, words), drawn(draw, then, words)
    # Held with that of then, so that no other drawing can be taken for it.
    _theirs, both = ours.once(("beside", id(theirs), names), lambda: (theirs, beside(ours, theirs, how, names, words)))
    return replace(both, compared=earlier.said)


def _earlier(run: Run, day: dt.date, published: Published, words: Words, *, of_rows: bool) -> Earlier:
    if run.analysis == OF_FACTS:
        return Earlier(published.known_on(day), day, those_who_were_there(day, words), leads_on=True)
    found = _run_before(run, day, published, of_rows=of_rows)
    if found is None:
        return Earlier(None, day, _nothing_kept(day, words, run=run, published=published))
    facts: dict[str, Any] = {"run": found.pk, "day": words.day(found.as_of), "n": words.number(CUSTOMERS)}
    said = _("compared with run %(run)s, as of %(day)s") % facts
    is_counted = not published.is_of_all and found.status == Run.Status.SAMPLED
    if is_counted:
        words_of_sample = _("%(said)s, by %(n)s customers of it drawn at random")
        said = words_of_sample % {**facts, "said": said}
    scores = found if found.analysis == "rfm" else _scores_beside(found, published)
    return Earlier(published.with_run(found, scores=scores), found.as_of, said, found.status == Run.Status.PUBLISHED)


def _run_before(run: Run, day: dt.date, published: Published, *, of_rows: bool) -> Run | None:
    if run.analysis not in earlier_runs.COMPARED:
        return earlier_runs.run_on_record_before(run, day)
    if published.is_of_all and not of_rows:
        return earlier_runs.run_before(run, day)
    also_samples = not of_rows and not hides_few(published.sight)
    return earlier_runs.run_with_rows_before(run, day, also_samples=also_samples)


def _scores_beside(run: Run, published: Published) -> Run | None:
    shown = published.scores
    return earlier_runs.run_with_rows_before(shown, run.as_of, also_samples=False) if shown else None


def _nothing_kept(day: dt.date, words: Words, *, run: Run | None = None, published: Published | None = None) -> str:
    said = _("No run from %(day)s or before is kept")
    if run and published and not published.is_of_all and earlier_runs.run_before(run, day):
        said = _("No run from %(day)s or before is kept customer by customer, as a part of the customers needs it")
    return said % {"day": words.day(day)}


def _on_one_scale(*frames: pd.DataFrame) -> None:
    """For marks whose size is their number."""
    if all("customers" in frame for frame in frames):
        most = max(int(frame["customers"].max()) for frame in frames)
        for frame in frames:
            frame.attrs["most"] = most
