"""From a mark to the customers behind it: the filter of the list that says who they were when the mark was drawn.

It names the runs that the picture was drawn from, whose facts and results `reports.of_run` asks. So the list holds as
many as the mark says, whatever has been bought or changed since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from customers.filters import EVERYBODY, Expression, as_json
from customers.listing.state import filter_text

if TYPE_CHECKING:
    from analytics.models import Run
    from reports.frames import Published

OF_RUN = "of_run"
Conditions = dict[str, Any]


def behind(runs: Iterable[Run | None], among: Expression, *conditions: Conditions, **mark: Any) -> str:
    """Those of a filter for whom all conditions hold, as an address of the list has it. `mark`: see `marks.Mark`."""
    return filter_text(of_run(runs, among, *conditions, **mark))


def of_run(runs: Iterable[Run | None], among: Expression, *conditions: Conditions, **mark: Any) -> Conditions:
    """`mark` may say `drawn` as well, how many customers the mark says that there are."""
    named = [run for run in dict.fromkeys(runs) if run]
    parts: list[Any] = [*([] if among == EVERYBODY else [_plain(among)]), *conditions]
    who = {"who": parts[0] if len(parts) == 1 else {"and": parts}} if parts else {}
    said = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in mark.items()}
    if any(run.analysis != "daily" for run in named):
        # Rows of results are made anew in their place: the list says if they have been since.
        latest = max((run.refreshed_at for run in named if run.refreshed_at), default=None)
        said["refreshed"] = latest.isoformat() if latest else ""
    return {OF_RUN: {"runs": [run.pk for run in named], **who, **said}}


def customers_with(published: Published, *conditions: Conditions) -> str:
    """Of the days' facts, and of the filter that was asked for."""
    there = [were_there(published.known_by)] if published.known_by else []
    return behind([published.days, published.scores], published.among, *conditions, *there)


def customers_of(published: Published, run: Run | None, *conditions: Conditions, drawn: int | None = None) -> str:
    """Of the results of a run. drawn: how many they are, where a mark says so."""
    of_facts = [] if published.among == EVERYBODY else [published.days]
    counted = {} if drawn is None else {"drawn": int(drawn)}
    return behind([*of_facts, run, published.scores], published.among, *conditions, **counted)


def counted_in(
    published: Published,
    mark: str,
    key: object,
    *conditions: Conditions,
    run: Run | None = None,
    of_time: bool = False,
    drawn: int | None = None,
) -> str:
    """Of a mark that no other condition of the list describes; see `reports.marks`. run: what results the conditions
    are about, if not the scores. of_time: whether its key is the first day of a period. drawn: as of `customers_of`."""
    scope = published.scope
    said: dict[str, Any] = {"since": scope.since, "until": scope.until}
    if of_time and scope.sunday_weeks:
        said["sunday_weeks"] = True
    if drawn is not None:
        said["drawn"] = int(drawn)
    return behind([published.days, run, published.scores], published.among, *conditions, of=mark, key=str(key), **said)


def found_in(published: Published, run: Run | None, mark: str, key: str, *, drawn: int) -> str:
    """Of a mark of `reports.chart_marks.RESULTS`."""
    of_facts = [] if published.among == EVERYBODY else [published.days]
    days = {"since": run.as_of, "until": run.as_of} if run else {}
    runs = [*of_facts, run, published.scores]
    return behind(runs, published.among, of=mark, key=key, drawn=int(drawn), **days)


def bought(since: dt.date, until: dt.date, **more: Any) -> Conditions:
    return {"bought": {**more, **_days(since, until)}}


def were_there(day: dt.date) -> Conditions:
    """Already on that day; of whom that is unknown, as well."""
    known = {"field": "customer_since", "op": "<=", "value": day.isoformat()}
    return {"or": [known, {"field": "customer_since", "op": "is_empty"}]}


def between(field: str, since: dt.date, until: dt.date) -> Conditions:
    return {"field": field, "op": "between", "value": [since.isoformat(), until.isoformat()]}


def has(field: str, value: object) -> Conditions:
    """Nothing, where there is no value."""
    return {"field": field, "op": "is", "value": value} if value else {"field": field, "op": "is_empty"}


def _days(since: dt.date, until: dt.date) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def _plain(expression: Expression) -> Mapping[str, Any]:
    return {key: value for key, value in as_json(expression).items() if key != "version"}
