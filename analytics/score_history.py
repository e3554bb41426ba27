"""One customer's scores in every run that is kept: the trends on their page, and moves between segments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from django.db import connection
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from analytics import segments
from analytics.analyses.churn import BAND_LABELS, MODELS
from analytics.customer_scores import columns_of, instance_of
from analytics.models import ChurnScore, CompositeValue, CustomerResult, LifetimeValue, RfmScore, Run
from core.models import OrganisationSettings
from core.once_a_request import once_a_request
from core.templatetags.ui import day, money, number, percent
from customers.extensions import Place, TimelineEntry
from customers.models import Customer

SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = 100, 24, 2
HIGHEST_SCORE = 5

# What a score was as of a day.
Point = tuple[dt.date, float]


@dataclass(frozen=True)
class Trend:
    """A score from run to run: `points` for an SVG polyline, `words` for who does not see it."""

    points: str
    words: str


@dataclass(frozen=True)
class History:
    """What each run that is kept said of one customer, in the order of the runs."""

    rfm: list[RfmScore] = field(default_factory=list)
    churn: list[ChurnScore] = field(default_factory=list)
    expected_spend: list[Point] = field(default_factory=list)
    composite: list[Point] = field(default_factory=list)

    @property
    def weighted_score(self) -> list[Point]:
        return [(each.run.as_of, each.weighted_score) for each in self.rfm if each.weighted_score is not None]

    @property
    def churn_probability(self) -> list[Point]:
        return [(each.run.as_of, each.churn_probability) for each in self.churn]


@once_a_request
def _histories() -> dict[int, History]:
    return {}


def history_of(customer: Customer) -> History:
    """By one query, for all parts of a page."""
    kept = _histories()
    if customer.pk not in kept:
        kept[customer.pk] = _read(customer)
    return kept[customer.pk]


def _read(customer: Customer) -> History:
    history = History()
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"customer": customer.pk, "published": Run.Status.PUBLISHED})
        for row in cursor.fetchall():
            found = iter(row)
            run = Run(**{name: next(found) for name in OF_RUN})
            run.fitted, run.params = {"model": next(found) or ""}, {"horizon_days": next(found)}
            if rfm := instance_of(RfmScore, found):
                rfm.run = run
                history.rfm.append(rfm)
            if churn := instance_of(ChurnScore, found):
                churn.run = run
                history.churn.append(churn)
            for points, figure in zip((history.expected_spend, history.composite), found, strict=True):
                if figure is not None:
                    points.append((run.as_of, figure))
    return history


# What of a run is looked at here; of what is large in it two values.
OF_RUN = ("id", "analysis", "as_of", "finished_at")
# Whole rows of the scores whose changes the timeline tells, and of other analyses the one figure of the trend.
OF_ROWS: dict[str, type[CustomerResult]] = {"rfm": RfmScore, "churn": ChurnScore}
OF_FIGURES: dict[str, tuple[type[CustomerResult], str]] = {
    "clv": (LifetimeValue, "expected_spend_12m_minor"),
    "composite": (CompositeValue, "score"),
}


@cache
def _statement() -> str:
    """Written once, as that of `customer_scores`: a run has a score of one analysis alone. Figures are no joins, whose
    order would take longer to plan than all of it to answer."""
    columns = [
        *(f"run.{name}" for name in OF_RUN),
        "run.fitted ->> 'model'",
        "(run.params ->> 'horizon_days')::int",
        *(f"{name}.{column}" for name, model in OF_ROWS.items() for column in columns_of(model)),
        *(
            f"CASE WHEN run.analysis = '{name}' THEN"  # noqa: S608  # names of ours
            f" (SELECT {column} FROM {model._meta.db_table} WHERE run_id = run.id AND customer_id = %(customer)s) END"
            for name, (model, column) in OF_FIGURES.items()
        ),
    ]
    joined = [
        f"LEFT JOIN {model._meta.db_table} {name}"
        f" ON run.analysis = '{name}' AND {name}.run_id = run.id AND {name}.customer_id = %(customer)s"
        for name, model in OF_ROWS.items()
    ]
    known = [f"{name}.customer_id IS NOT NULL" for name in OF_ROWS] + [
        f"run.analysis = '{name}'" for name in OF_FIGURES
    ]
    return (
        f"SELECT {', '.join(columns)} FROM {Run._meta.db_table} run {' '.join(joined)}"  # noqa: S608  # names of ours
        " WHERE run.status = %(published)s AND run.finished_at IS NOT NULL"
        f" AND run.analysis IN ({', '.join(repr(name) for name in (*OF_ROWS, *OF_FIGURES))})"
        f" AND ({' OR '.join(known)}) ORDER BY run.id"
    )


def trend(scores: Sequence[Point], *, written: Callable[[float], str], highest: float = 0) -> Trend | None:
    """Of each day what its last run said; None with fewer than two days of which there is a score. The line reaches
    from 0 to the highest there can be, or that there was."""
    scores = sorted(dict(scores).items())
    if len(scores) < 2:
        return None
    highest = highest or max(score for _day, score in scores) or 1
    step = (SPARK_WIDTH - 2 * SPARK_MARGIN) / (len(scores) - 1)
    usable = SPARK_HEIGHT - 2 * SPARK_MARGIN
    points = [
        f"{SPARK_MARGIN + position * step:.1f},{SPARK_HEIGHT - SPARK_MARGIN - score / highest * usable:.1f}"
        for position, (_day, score) in enumerate(scores)
    ]
    (first_day, first), (last_day, last) = scores[0], scores[-1]
    said = {"first": written(first), "last": written(last), "from": day(first_day), "to": day(last_day)}
    return Trend(" ".join(points), _("from %(first)s on %(from)s to %(last)s on %(to)s") % said)


def trend_of_score(customer: Customer) -> Trend | None:
    scores = history_of(customer).weighted_score
    return trend(scores, written=lambda score: number(score, 1), highest=HIGHEST_SCORE)


def trend_of_churn(customer: Customer) -> Trend | None:
    return trend(history_of(customer).churn_probability, written=lambda share: percent(share, 0), highest=1)


def trend_of_composite(customer: Customer) -> Trend | None:
    return trend(history_of(customer).composite, written=lambda share: percent(share, 0), highest=1)


def trend_of_expected_spend(customer: Customer) -> Trend | None:
    currency = OrganisationSettings.current().currency
    return trend(history_of(customer).expected_spend, written=lambda minor: money(round(minor), currency))


def segment_changes(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    entries = [
        _segment_change(earlier, later)
        for earlier, later in pairwise(history_of(customer).rfm)
        if earlier.segment != later.segment
    ]
    return _newest(entries, before, limit)


def churn_changes(customer: Customer, sight: Sight, before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    entries = [
        _band_change(earlier, later)
        for earlier, later in pairwise(history_of(customer).churn)
        if earlier.band != later.band
    ]
    return _newest(entries, before, limit)


def _newest(entries: Sequence[TimelineEntry], before: Place | None, limit: int) -> Sequence[TimelineEntry]:
    ahead = [entry for entry in entries if before is None or (entry.at, entry.id) < before]
    return sorted(ahead, key=lambda entry: (entry.at, entry.id), reverse=True)[:limit]


def _segment_change(earlier: RfmScore, later: RfmScore) -> TimelineEntry:
    at: dt.datetime | None = later.refreshed_at or later.run.finished_at
    assert at is not None  # noqa: S101  # only finished runs are in a history
    was, now = segments.words(earlier.segment), segments.words(later.segment)
    return TimelineEntry(
        at=at,
        id=later.run_id,
        kind="segment",
        icon="trending-down" if now.tone in {"warn", "bad"} else "trending-up",
        title=_("Segment changed from %(was)s to %(now)s") % {"was": was.label, "now": now.label},
        body=f"{now.meaning} {now.advice}",
        actor=_("Scores as of %(day)s, run %(run)d") % {"day": day(later.run.as_of), "run": later.run_id},
    )


def _band_change(earlier: ChurnScore, later: ChurnScore) -> TimelineEntry:
    at: dt.datetime | None = later.run.finished_at
    assert at is not None  # noqa: S101  # only finished runs are in a history
    said = {"was": BAND_LABELS.get(earlier.band, earlier.band), "now": BAND_LABELS.get(later.band, later.band)}
    rose = later.churn_probability > earlier.churn_probability
    title = _("Churn rose from %(was)s to %(now)s") if rose else _("Churn fell from %(was)s to %(now)s")
    model = later.run.fitted.get("model", "")
    told = {"day": day(later.run.as_of), "run": later.run_id, "model": MODELS.get(model, model)}
    return TimelineEntry(
        at=at,
        id=later.run_id,
        kind="churn",
        icon="trending-down" if rose else "trending-up",
        title=title % said,
        body=_("From %(was)s to %(now)s that nothing is bought within %(days)s days.")
        % {
            "was": percent(earlier.churn_probability, 0),
            "now": percent(later.churn_probability, 0),
            "days": number(later.run.params.get("horizon_days")),
        },
        actor=_("As of %(day)s, run %(run)d, by %(model)s") % told,
    )
