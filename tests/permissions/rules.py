"""Who asks, for what, and what they should be told: the words of the matrix. Nothing here asks the product itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    IN = "let in"
    LOGIN = "sent to the login"
    FORBIDDEN = "403"
    MISSING = "404"


@dataclass(frozen=True)
class Actor:
    """Somebody with a role. `is_default` says that no admin has written a rule for it: what is here is what it starts
    with."""

    label: str
    role: str = ""
    sees: str = "none"
    edits: str = "none"
    may_unmask: bool = True
    may_export: bool = False
    is_default: bool = True

    def __str__(self) -> str:
        return self.label


ACTORS = (
    Actor("anonymous"),
    Actor("viewer", "viewer", "all", "none", may_unmask=False),
    Actor("viewer of their own", "viewer", "own", "none", may_unmask=False, is_default=False),
    Actor("sales", "sales", "team", "team"),
    Actor("sales of their own", "sales", "own", "own", is_default=False),
    Actor("sales who read all", "sales", "all", "own", is_default=False),
    Actor("sales of all", "sales", "all", "all", may_export=True, is_default=False),
    Actor("manager", "manager", "all", "all", may_export=True),
    Actor("admin", "admin", "all", "all", may_export=True),
)
ROLES = ("", "viewer", "sales", "manager", "admin")

# Whose customer it is, seen from the actor; and which of these each reach holds.
OWN, TEAM, OTHER, NOBODYS = WHOSE = ("own", "team", "other team", "nobody's")
REACH = {"none": set(), "own": {OWN}, "team": {OWN, TEAM, NOBODYS}, "all": set(WHOSE)}

Rule = Callable[[Actor, str], Answer]


def anybody(actor: Actor, whose: str) -> Answer:
    return Answer.IN


def members(actor: Actor, whose: str) -> Answer:
    return Answer.IN if actor.role else Answer.LOGIN


def only(least_role: str, *, known_from: str = "viewer") -> Rule:
    """For that role and those above; for those below `known_from` there is nothing."""

    def rule(actor: Actor, whose: str) -> Answer:
        rank = ROLES.index(actor.role)
        if rank == 0:
            return Answer.LOGIN
        if rank >= ROLES.index(least_role):
            return Answer.IN
        return Answer.FORBIDDEN if rank >= ROLES.index(known_from) else Answer.MISSING

    return rule


managers, admins = only("manager"), only("admin")


def creators(actor: Actor, whose: str) -> Answer:
    if not actor.role:
        return Answer.LOGIN
    return Answer.IN if actor.edits != "none" else Answer.FORBIDDEN


def exporters(actor: Actor, whose: str) -> Answer:
    """Files are for those who may take data out, whatever else they see."""
    if not actor.role:
        return Answer.LOGIN
    return Answer.IN if actor.may_export else Answer.FORBIDDEN


def overseers(actor: Actor, whose: str) -> Answer:
    """Sums over all customers are for those who see all."""
    if not actor.role:
        return Answer.LOGIN
    return Answer.IN if actor.sees == "all" else Answer.FORBIDDEN


def _of_a_customer(may: Callable[[Actor, str], bool]) -> Rule:
    """A stranger is told that there is nothing; whoever sees the customer and may not, that they may not."""

    def rule(actor: Actor, whose: str) -> Answer:
        if not actor.role:
            return Answer.LOGIN
        if whose not in REACH[actor.sees]:
            return Answer.MISSING
        return Answer.IN if may(actor, whose) else Answer.FORBIDDEN

    return rule


seen = _of_a_customer(lambda actor, whose: True)
edited = _of_a_customer(lambda actor, whose: whose in REACH[actor.edits])
unmasked = _of_a_customer(lambda actor, whose: actor.may_unmask)
removed = _of_a_customer(lambda actor, whose: actor.role == "admin")


@dataclass(frozen=True)
class Entry:
    """A URL: the rule of each method that it has (any other is answered 405), `of` what its arguments are (see
    `cast.World`), `data` what is sent, in which {customer} and the like stand for these.

    `is_foreign`: a view of another package, whose other methods are not ours to say.
    """

    get: Rule | None = None
    post: Rule | None = None
    put: Rule | None = None
    patch: Rule | None = None
    delete: Rule | None = None
    of: tuple[str, ...] = ()
    data: tuple[tuple[str, str], ...] = ()
    is_foreign: bool = False

    @property
    def methods(self) -> dict[str, Rule]:
        every = {"GET": self.get, "POST": self.post, "PUT": self.put, "PATCH": self.patch, "DELETE": self.delete}
        return {method: rule for method, rule in every.items() if rule}

    @property
    def other_methods(self) -> list[str]:
        return [method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if method not in self.methods]


def url(*of: str, data: dict[str, str] | None = None, is_foreign: bool = False, **rules: Rule) -> Entry:
    return Entry(of=of, data=tuple((data or {}).items()), is_foreign=is_foreign, **rules)
