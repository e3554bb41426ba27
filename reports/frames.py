"""What the charts are drawn from: the sums that were published with runs, one statement a frame; and the way to the
facts, for what is asked of days and customers of one's choice."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Self

import pandas as pd
from django.db import connection
from django.utils.functional import cached_property

from accounts.visibility import EVERYTHING, Sight
from analytics import publishing, segments, summaries, visible_part
from analytics.algorithms.rfm import AMOUNT_EDGES
from analytics.many_ids import IdArray, condition_on
from analytics.models import Run
from core.keeping import Kept, kept
from customers.filters import EVERYBODY, Expression
from reports import demand_frames
from reports.charts.months import SHOWN_MONTHS
from reports.scope import Scope
from reports.semantics.answers import NothingToAsk
from reports.semantics.facts import ScopedFacts, facts_of, ids_of_filter
from reports.semantics.questions import Question

KEPT_SECONDS = 24 * 3600
KEPT_SECONDS_OF_A_PART = 60
DAY_SUMS = ("orders", "gross_minor", "refunded_minor", "new_buyers", "month_buyers")
# Behind every segment: those whom one of two runs does not know.
UNKNOWN_RANK = 99

MONTHS = """
    SELECT date_trunc('month', day::timestamp)::date AS month, sum(orders)::bigint AS orders,
        sum(gross_minor)::bigint AS gross_minor, sum(refunded_minor)::bigint AS refunded_minor,
        sum(new_buyers)::bigint AS new_buyers, sum(month_buyers - new_buyers)::bigint AS returning_buyers
    FROM analytics_daily WHERE run_id = %s AND day BETWEEN %s AND %s GROUP BY 1 ORDER BY 1
"""
YEARS = """
    SELECT (%s - day) / 365 AS years_ago, min(day) AS first_day, sum(orders)::bigint AS orders,
        sum(gross_minor)::bigint AS gross_minor, sum(refunded_minor)::bigint AS refunded_minor,
        sum(new_buyers)::bigint AS new_buyers
    FROM analytics_daily WHERE run_id = %s AND day <= %s GROUP BY 1 ORDER BY 1
"""


class Published:
    """The current runs, and frames out of them over the customers whom one person sees, each asked for once."""

    def __init__(
        self,
        *,
        scores: Run | None = None,
        earlier_scores: Run | None = None,
        days: Run | None = None,
        sight: Sight = EVERYTHING,
        series: str = "",
        scope: Scope | None = None,
        of_then: Run | None = None,
        known_by: dt.date | None = None,
    ) -> None:
        self.scores, self.earlier_scores, self.days = scores, earlier_scores, days
        self.sight = sight
        self.known_by = known_by
        self._asked_series = series
        self._asked_scope = scope
        self._of_then = of_then

    @classmethod
    def now(cls, sight: Sight = EVERYTHING, *, series: str = "", scope: Scope | None = None) -> Self:
        """`scope`: what is asked of days and customers; without one, that which is shown first."""
        scores = publishing.current_run("rfm")
        return cls(
            scores=scores,
            earlier_scores=publishing.previous_run(scores) if scores else None,
            days=publishing.current_run("daily"),
            sight=sight,
            series=series,
            scope=scope,
        )

    @cached_property
    def scope(self) -> Scope:
        """Raises NothingToAsk where there is nothing of which days could be chosen."""
        return self._asked_scope or Scope.first(self.facts_run.as_of)

    def on(self, scope: Scope) -> Published:
        """The same runs, of other days or customers."""
        return Published(
            scores=self.scores,
            earlier_scores=self.earlier_scores,
            days=self.days,
            sight=self.sight,
            series=self._asked_series,
            scope=scope,
        )

    def with_run(self, run: Run, *, scores: Run | None) -> Published:
        """What an earlier run of an analysis says of the same customers. scores: the RFM run beside it."""
        return Published(scores=scores, days=self.days, sight=self.sight, scope=self._asked_scope, of_then=run)

    def known_on(self, day: dt.date) -> Published:
        """The same facts, of those customers alone who were there on that day."""
        return Published(scores=self.scores, days=self.days, sight=self.sight, scope=self._asked_scope, known_by=day)

    def run_of(self, analysis: str) -> Run | None:
        """The run of an analysis that is shown, or the earlier one that this is of."""
        if self._of_then is None:
            return publishing.current_run(analysis)
        return self._of_then if self._of_then.analysis == analysis else None

    def of_facts(self, name: str, make: Callable[[ScopedFacts], pd.DataFrame]) -> pd.DataFrame:
        """What `make` computes from the facts for the scope and the person. `name` names it, and all else that it
        depends on. Raises NothingToAsk, and FilesMissing of `analytics.snapshot`."""
        run, scope = self.facts_run, self.scope

        def made() -> pd.DataFrame:
            with facts_of(run, scope.among, self.sight) as facts:
                return make(ScopedFacts(facts, scope, self.sight, run.as_of, self.known_by))

        return self.kept([name, run, self.scores, repr(scope), self.known_by], made, for_all=scope.is_of_all)

    def question(self, measure: str, by: str, *, split: str = "", compares: bool = True) -> Question:
        """Of the scope, for the semantic layer."""
        scope = self.scope
        compare = scope.compare if compares else ""
        return Question(measure, by, scope.since, scope.until, split, compare, scope.among, scope.sunday_weeks)

    @property
    def facts_run(self) -> Run:
        """The run whose facts are asked. Raises NothingToAsk."""
        if self.days is None or self.days.manifest is None:
            raise NothingToAsk
        return self.days

    @cached_property
    def groups(self) -> Run | None:
        return publishing.current_run("kmeans")

    @cached_property
    def dense_groups(self) -> Run | None:
        return publishing.current_run("hdbscan")

    @property
    def newest(self) -> Run | None:
        """The run that a page names as its source; None where nothing has been published."""
        return self.scores or self.days

    @cached_property
    def segments(self) -> pd.DataFrame:
        """Segments with customers, best first: segment, label, tone, rank, customers, monetary_minor."""
        return self._segments_of(self.scores)

    @cached_property
    def earlier_segments(self) -> pd.DataFrame:
        """The same of the run before."""
        return self._segments_of(self.earlier_scores)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Cells of recency and frequency with buyers: r_score, f_score, customers, monetary_minor."""
        return self.summed_up("cells", self.scores)

    @cached_property
    def score_values(self) -> pd.DataFrame:
        """How many buyers have which value: measure, value, customers, median; see `charts.distributions`."""
        counts = dict(iter(self.summed_up("values", self.scores).groupby("measure")))
        if "recency" not in counts:
            return pd.DataFrame(columns=["measure", "value", "customers", "median"])
        edges = (0, *AMOUNT_EDGES)
        return pd.concat(
            [
                counts["recency"].assign(median=_median(counts["recency"])),
                counts["frequency"].assign(median=_median(counts["frequency"])),
                counts["monetary"].assign(
                    value=[edges[number] for number in counts["monetary"]["value"]],
                    median=int(counts["median"]["value"].iloc[0]),
                ),
            ],
            ignore_index=True,
        )

    @cached_property
    def months(self) -> pd.DataFrame:
        """The months with orders among the last 25, and that of the as-of day in any case: month (its first day),
        orders, gross_minor, refunded_minor, new_buyers, returning_buyers (each buyer once a month), complete."""
        if self.days is None:
            return pd.DataFrame(columns=["month", "complete"])
        this_month = pd.Period(self.days.as_of, "M")
        first_day = (this_month - (SHOWN_MONTHS - 1)).start_time.date()
        found = self._by_months(self.days, first_day)
        if found.empty:
            return found.assign(complete=[])
        if found["month"].iloc[-1] < this_month.start_time.date():
            quiet = {**dict.fromkeys(found.columns, 0), "month": this_month.start_time.date()}
            found = pd.concat([found, pd.DataFrame([quiet])], ignore_index=True)
        is_over = self.days.as_of == this_month.end_time.date()
        return found.assign(complete=[*[True] * (len(found) - 1), is_over])

    @cached_property
    def years(self) -> pd.DataFrame:
        """Years of 365 days back from the as-of day, by `years_ago`: first_day with data, orders, gross_minor,
        refunded_minor, new_buyers."""
        if self.days is None:
            return pd.DataFrame(columns=["years_ago"])
        if self.sight.sees_all:
            return _query(YEARS, [self.days.as_of, self.days.pk, self.days.as_of])
        seen = self._seen_days
        return _summed_by(
            seen.assign(years_ago=[(self.days.as_of - day).days // 365 for day in seen["day"]]), "years_ago"
        )

    @cached_property
    def moves(self) -> pd.DataFrame:
        """Who was in which segment in the earlier run and is in which now; see `charts.movement`. Empty without two."""
        if self.scores is None or self.earlier_scores is None:
            return summaries.frame_of("moves", None)
        moves = self.summed_up("moves", self.scores, earlier=self.earlier_scores)
        described = _described(_described(moves, "before", prefix="before_"), "segment")
        return described.assign(since=self.earlier_scores.as_of)

    @cached_property
    def demand(self) -> Run | None:
        """The forecasts that are shown; None for who sees a part of the customers, since they are made of all."""
        return publishing.current_run("demand") if self.sight.sees_all else None

    @property
    def series(self) -> str:
        """The series asked for, or the first one of the run."""
        keys = demand_frames.keys(self.demand)
        return self._asked_series if self._asked_series in keys else next(iter(keys), "")

    @cached_property
    def demand_periods(self) -> pd.DataFrame:
        """The periods of that series; see `charts.demand`."""
        found = demand_frames.periods(self.demand, self.series)
        return found.assign(filter=demand_frames.who_bought(found, self.days))

    def _segments_of(self, run: Run | None) -> pd.DataFrame:
        frame = _described(self.summed_up("segments", run), "segment")
        return frame.sort_values("rank", ignore_index=True, kind="stable")

    def _by_months(self, run: Run, first_day: dt.date) -> pd.DataFrame:
        if self.sight.sees_all:
            return _query(MONTHS, [run.pk, first_day, run.as_of])
        seen = self._seen_days
        shown = seen[seen["day"].map(lambda day: first_day <= day <= run.as_of).astype(bool)]
        months = shown.assign(
            month=[day.replace(day=1) for day in shown["day"]],
            returning_buyers=shown["month_buyers"] - shown["new_buyers"],
        )
        return _summed_by(months, "month").drop(columns="first_day")

    def summed_up(self, name: str, run: Run | None, *, earlier: Run | None = None) -> pd.DataFrame:
        """Sums over the rows of whole runs, which never change once they are published."""
        is_of_then = self._of_then is not None

        def made() -> pd.DataFrame:
            among = self.chosen_sql
            return summaries.frame_of(name, run, earlier=earlier, sight=self.sight, among=among, is_of_then=is_of_then)

        return self.kept([name, run, earlier, repr(self.among)], made, for_all=self.among == EVERYBODY)

    @property
    def compared_scope(self) -> Scope | None:
        """What was asked, if a comparison was that charts of no days follow too."""
        asked = self._asked_scope
        return asked if asked and asked.compare and asked.compares_now else None

    @property
    def among(self) -> Expression:
        """The filter that was asked for."""
        return self._asked_scope.among if self._asked_scope else EVERYBODY

    @property
    def is_of_all(self) -> bool:
        """Whether it is of all customers there are."""
        return self.sight.sees_all and self.among == EVERYBODY

    @cached_property
    def chosen_sql(self) -> str:
        """A condition on `customer_id` for those whom the filter of the scope chooses; "" where there is none."""
        return condition_on(self.chosen_ids) if self.among != EVERYBODY else ""

    @cached_property
    def chosen_ids(self) -> IdArray:
        """Of the customers whom the person sees and the filter of the scope chooses. The engine finds them in the
        facts, as for the other charts of a report, where PostgreSQL would take seconds."""
        if self.among == EVERYBODY:
            return visible_part.customer_ids(self.sight)["customer_id"].to_numpy(dtype="int64")
        return ids_of_filter(self.facts_run, self.among, self.sight)

    @cached_property
    def _seen_days(self) -> pd.DataFrame:
        """The days of the customers whom the person sees, made out of the facts: those of all do not tell whose."""
        run = self.days
        if run is None:
            return pd.DataFrame(columns=["day", *DAY_SUMS])
        days = self.kept(["days", run], lambda: visible_part.daily(run, self.sight))
        return days.assign(day=[pd.Timestamp(day).date() for day in days["day"]])

    def kept(self, what: Sequence[Any], make: Callable[[], Kept], *, for_all: bool = True) -> Kept:
        """Made once, then kept: for all who see everything as long as the runs are shown, else for a minute, since
        customers change hands, and, where it is not for all of them, they come to match a filter or cease to. Where the
        cache does not answer, PostgreSQL does."""
        # The moments tell apart what a run was before and after a refresh, and runs of two databases with one cache.
        names = [(each.pk, each.finished_at, each.refreshed_at) if isinstance(each, Run) else each for each in what]
        seconds = KEPT_SECONDS if self.sight.sees_all and for_all else KEPT_SECONDS_OF_A_PART
        asker = None if self.among == EVERYBODY else self.sight.user_id  # whose search by a hidden value is logged
        return copy.copy(kept([self.sight.key, asker, names], make, seconds=seconds))


def _summed_by(days: pd.DataFrame, column: str) -> pd.DataFrame:
    """Sums of days that are alike in a column, in its order, with the first day of each."""
    wanted = [name for name in (*DAY_SUMS, "returning_buyers") if name in days]
    summed = days.groupby(column, as_index=False).agg(
        first_day=("day", "min"), **{name: (name, "sum") for name in dict.fromkeys(wanted)}
    )
    return summed.drop(columns="month_buyers", errors="ignore")


def _query(statement: str, params: Sequence[Any]) -> pd.DataFrame:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        columns = [column.name for column in cursor.description or ()]
        return pd.DataFrame.from_records(cursor.fetchall(), columns=columns)


def _described(frame: pd.DataFrame, code_column: str, *, prefix: str = "") -> pd.DataFrame:
    """With label, tone and rank of the segment whose code stands in the column, in the reader's language."""
    words = [segments.words(code) for code in frame[code_column]]
    columns: dict[str, list[Any]] = {
        f"{prefix}label": [str(each.label) for each in words],
        f"{prefix}tone": [each.tone for each in words],
        f"{prefix}rank": [segments.RANK.get(each.code, UNKNOWN_RANK) for each in words],
    }
    return frame.assign(**columns)


def _median(counts: pd.DataFrame) -> int:
    """The smallest value that at least half of the customers do not exceed; `counts` is in the order of the values."""
    is_reached = counts["customers"].cumsum() * 2 >= counts["customers"].sum()
    return int(counts.loc[is_reached, "value"].iloc[0])
