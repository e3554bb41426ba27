"""The one place that says which customers a person sees and edits, and what of them is hidden.

Pages, the admin, the API, search, filters, sums, exports, charts and history all ask a `Sight`. It knows no model: a
caller names where the owner and the team stand, seen from its own rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.models import User

# The values of accounts.models.Reach, in the order of how far they go.
NONE, OWN, TEAM, ALL = "none", "own", "team", "all"
ORDER = (NONE, OWN, TEAM, ALL)


@dataclass(frozen=True)
class Sight:
    """What one person may see and do at this moment. `masked` holds values of `accounts.models.Confidential`."""

    user_id: int | None
    team_id: int | None
    sees: str
    edits: str
    masked: frozenset[str]
    may_unmask: bool = False
    may_export: bool = False

    @classmethod
    def of(cls, user: User) -> Self:
        """From the rule of the person's role. Somebody disabled sees nothing."""
        from accounts.models import Confidential

        if not user.is_active:
            return cls(user.pk, user.team_id, NONE, NONE, frozenset(Confidential.values))
        rule = user.rule
        return cls(
            user_id=user.pk,
            team_id=user.team_id,
            sees=rule.sees,
            edits=min(rule.edits, rule.sees, key=ORDER.index),
            masked=frozenset(rule.masked),
            may_unmask=rule.may_unmask,
            may_export=rule.may_export,
        )

    @property
    def sees_all(self) -> bool:
        return self.sees == ALL

    @property
    def key(self) -> str:
        """Names what is seen: two people with the same key get the same answer, so a cache may share it."""
        rows = {ALL: ALL, NONE: NONE, OWN: f"own{self.user_id}", TEAM: f"team{self.user_id}.{self.team_id}"}[self.sees]
        return "-".join([rows, *sorted(self.masked)])

    @property
    def may_create(self) -> bool:
        """Whoever edits any customer at all may add one."""
        return self.edits != NONE

    def masks(self, confidential: str) -> bool:
        return confidential in self.masked

    def read_only(self) -> Self:
        """The same eyes without hands: what a token without write scope gets."""
        return replace(self, edits=NONE)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def visible(self, path: str = "") -> Q:
        """Condition on the rows whose customer the person sees; `path` leads to the customer, as in "customer__"."""
        return self._within(self.sees, path)

    def editable(self, path: str = "") -> Q:
        return self._within(self.edits, path)

    def may_see(self, customer: Any) -> bool:
        return self._holds(self.sees, customer)

    def may_edit(self, customer: Any) -> bool:
        return self._holds(self.edits, customer)

    def condition(self, alias: str) -> tuple[str, list[Any]]:
        """`visible` as SQL on a table of customers called `alias`, with its parameters."""
        if self.sees == ALL:
            return "TRUE", []
        if self.sees == NONE:
            return "FALSE", []
        own = f"{alias}.owner_id = %s"
        if self.sees == OWN:
            return own, [self.user_id]
        unassigned = f"({alias}.owner_id IS NULL AND {alias}.team_id IS NULL)"
        if self.team_id is None:
            return f"({own} OR {unassigned})", [self.user_id]
        return f"({own} OR {alias}.team_id = %s OR {unassigned})", [self.user_id, self.team_id]

    def _within(self, reach: str, path: str) -> Q:
        if reach == ALL:
            return Q()
        if reach == NONE:
            return Q(pk__in=[])
        own = Q(**{f"{path}owner_id": self.user_id})
        if reach == OWN:
            return own
        # Through `path` a row without a customer has neither owner nor team, and belongs to nobody's team.
        unassigned = Q(**{f"{path}owner_id": None, f"{path}team_id": None})
        if path:
            unassigned &= Q(**{f"{path.removesuffix('__')}__isnull": False})
        if self.team_id is None:
            return own | unassigned
        return own | Q(**{f"{path}team_id": self.team_id}) | unassigned

    def _holds(self, reach: str, customer: Any) -> bool:
        if reach in {ALL, NONE}:
            return reach == ALL
        if customer.owner_id == self.user_id:
            return True
        if reach == OWN:
            return False
        if customer.team_id is None:
            return bool(customer.owner_id is None)
        return bool(customer.team_id == self.team_id)


# What the product itself sees, when nobody's request is being answered: a recompute, an import, an erasure.
EVERYTHING = Sight(
    user_id=None, team_id=None, sees=ALL, edits=ALL, masked=frozenset(), may_unmask=True, may_export=True
)
