"""What kinds of long work there are. Each app registers its own from `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from accounts.models import Role
from jobs.errors import UnknownKindError

if TYPE_CHECKING:
    from jobs.context import JobContext

Label = str | Promise
Fact = tuple[Label, str]

INTERACTIVE = "interactive"  # somebody looks at the screen and waits
RUNS = "runs"
IMPORTS = "imports"
MAINTENANCE = "maintenance"
MAILS = "mails"  # they come due at a time, whatever runs then
QUEUES = frozenset({INTERACTIVE, RUNS, IMPORTS, MAINTENANCE, MAILS})


def listed(params: Mapping[str, Any]) -> str:
    """Parameters as `name: value`, for kinds that have no better words and for rows of an older version."""
    return ", ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in params.items()
        if value not in (None, "", [])
    )


def facts_of(result: Mapping[str, Any]) -> list[Fact]:
    """A result as it stands, for kinds that have no better words and for rows of an older version."""
    return [(name, str(value)) for name, value in result.items()]


def always(params: Mapping[str, Any]) -> bool:
    return True


def no_page(params: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True)
class JobKind:
    """One kind of long work.

    `run` does it and returns the result, which must fit into JSON. It may be called again for the same job after a
    crash, possibly while the crashed attempt is still writing: what counts is written inside `context.fenced()`, and
    what is written outside is named by job and attempt.

    A job is seen by admins, by whoever asked for it, and by the roles of `seen_by`. `describe` says its parameters in
    words, `describe_result` what came of it, line by line. `page` is the address where whoever asked for it goes on
    from there: takes it back, fetches a file ("" where there is none). A slot of a schedule for which nothing
    `is_needed` makes no job.
    """

    name: str
    label: Label
    queue: str
    run: Callable[[JobContext], Mapping[str, Any] | None]
    describe: Callable[[Mapping[str, Any]], str] = listed
    schedulable: bool = False
    seen_by: frozenset[Role] = frozenset()
    describe_result: Callable[[Mapping[str, Any]], Sequence[Fact]] = facts_of
    page: Callable[[Mapping[str, Any]], str] = no_page
    is_needed: Callable[[Mapping[str, Any]], bool] = always


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    if kind.queue not in QUEUES:
        raise ValueError(f"{kind.name}: no worker listens to a queue {kind.queue!r}")
    if kind.name in _kinds:
        raise ValueError(f"a kind of job named {kind.name!r} is registered twice")
    _kinds[kind.name] = kind


def get(name: str) -> JobKind:
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownKindError(name) from None


def all_kinds() -> tuple[JobKind, ...]:
    return tuple(_kinds.values())


def seen_by(role: str) -> list[str]:
    """The names of the kinds whose jobs people of this role see, whoever asked for them."""
    return [kind.name for kind in all_kinds() if role in kind.seen_by]


def label_of(name: str) -> Label:
    return _kinds[name].label if name in _kinds else name


def in_words(name: str, params: Mapping[str, Any]) -> str:
    """The parameters as the kind says them; rows of an older version, which it may not understand, are listed."""
    try:
        return get(name).describe(params)
    except (LookupError, TypeError, ValueError):
        return listed(params)


def result_in_words(name: str, result: Mapping[str, Any]) -> Sequence[Fact]:
    """What came of a job as its kind says it; rows of an older version, which it may not understand, as they stand."""
    try:
        return get(name).describe_result(result)
    except (LookupError, TypeError, ValueError):
        return facts_of(result)


def page_of(name: str, params: Mapping[str, Any]) -> str:
    """Where whoever asked for the job goes on from it; "" for rows of an older version, which the kind may not know."""
    try:
        return get(name).page(params)
    except (LookupError, TypeError, ValueError):
        return ""
