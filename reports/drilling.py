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
    parts: list[Any] = [*([] if among == EVERYBODY else [_plain(among)]), *conditions]
    who = {"who": parts[0] if len(parts) == 1 else {"and": parts}} if parts else {}
    said = {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in mark.items()}
    return {OF_RUN: {"runs": [run.pk for run in dict.fromkeys(runs) if run], **who, **said}}


def customers_with(published: Published, *conditions: Conditions) -> str:
    """Of the days' facts, and of the filter that was asked for."""
    return behind([published.days, published.scores], published.among, *conditions)


def customers_of(published: Published, run: Run | None, *conditions: Conditions) -> str:
    """Of the results of a run."""
    of_facts = [] if published.among == EVERYBODY else [published.days]
    return behind([*of_facts, run, published.scores], published.among, *conditions)


def counted_in(
    published: Published, mark: str, key: object, *conditions: Conditions, run: Run | None = None, of_time: bool = False
) -> str:
    """Of a mark that no other condition of the list describes; see `reports.marks`. run: what results the conditions
    are about, if not the scores. of_time: whether its key is the first day of a period."""
    scope = published.scope
    said: dict[str, Any] = {"since": scope.since, "until": scope.until}
    if of_time and scope.sunday_weeks:
        said["sunday_weeks"] = True
    return behind([published.days, run, published.scores], published.among, *conditions, of=mark, key=str(key), **said)


def ranked_in(published: Published, run: Run | None, chart: str, least: int, last: int) -> str:
    """Of the rows of a run in the order of an amount, the best first: those down to this amount, and of the customers
    who have it as well those up to this number."""
    of_facts = [] if published.among == EVERYBODY else [published.days]
    days = {"since": run.as_of, "until": run.as_of} if run else {}
    runs = [*of_facts, run, published.scores]
    return behind(runs, published.among, of=chart, key=f"{least}..{last}", **days)


def bought(since: dt.date, until: dt.date, **more: Any) -> Conditions:
    return {"bought": {**more, **_days(since, until)}}


def between(field: str, since: dt.date, until: dt.date) -> Conditions:
    return {"field": field, "op": "between", "value": [since.isoformat(), until.isoformat()]}


def has(field: str, value: object) -> Conditions:
    """Nothing, where there is no value."""
    return {"field": field, "op": "is", "value": value} if value else {"field": field, "op": "is_empty"}


def _days(since: dt.date, until: dt.date) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat()}


def _plain(expression: Expression) -> Mapping[str, Any]:
    return {key: value for key, value in as_json(expression).items() if key != "version"}
