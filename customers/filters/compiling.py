"""An expression as a condition on customers in PostgreSQL, on behalf of one person.

`analytics.filters` says the same to the engine that reads the snapshot.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import reduce
from operator import and_, or_

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.id_sets import (
    NOBODY,
    Chosen,
    Mask,
    Told,
    Unknown,
    is_all_in_sets,
    joined,
    negated,
    quick_column,
    tells_anything,
)
from core.models import OrganisationSettings
from customers.filters import kinds
from customers.filters.errors import MaskedField
from customers.filters.exact import exact_mask, is_told_sooner
from customers.filters.expression import AllOf, AnyOf, Comparison, Condition, Expression, Leaf, Moment, Not, leaves
from customers.filters.registry import Fields, Source, registry
from customers.filters.sources import EVERY_ROW, NO_ROW, Rows
from customers.models import Customer
from customers.querysets import CustomerQuerySet
from protection.audit import log_access
from protection.audit.models import AccessLog


def apply(
    customers: CustomerQuerySet,
    expression: Expression,
    *,
    sight: Sight,
    today: dt.date | None = None,
    joined: str = "",
) -> CustomerQuerySet:
    """Those of `customers` whom the person sees and who match. `joined`: what they are sorted by, see `condition`.

    Raises MaskedField where the person may not ask this. A search for a masked value is logged.
    """
    chosen = customers.visible_to(sight).filter(to_q(expression, sight=sight, today=today, joined=joined))
    log_masked_search(expression, sight)
    return chosen


def to_q(expression: Expression, *, sight: Sight, today: dt.date | None = None, joined: str = "") -> Q:
    """The condition alone, without row visibility. Raises as `apply`."""
    authorise(expression, sight)
    return condition(expression, moment_of(today), joined=joined)


def moment_of(today: dt.date | None = None) -> Moment:
    zone = OrganisationSettings.current().zone
    return Moment(today or dt.datetime.now(zone).date(), zone)


def authorise(expression: Expression, sight: Sight) -> None:
    """Raises MaskedField where the expression asks more of a field than the person may know."""
    fields = registry.fields()
    for at, leaf in leaves(expression):
        if not isinstance(leaf, Comparison):
            if any(map(sight.masks, leaf.confidential)):
                raise MaskedField(at, _("It is made of what is hidden from you, so a filter cannot ask for it."))
            continue
        field = fields.get(leaf.field, at)
        allowed = field.ops_for(sight)
        if leaf.op in allowed:
            continue
        if kinds.IS in allowed:
            words = _("“%(field)s” is hidden from you: it is searched by its exact value only (“is”).")
        else:
            words = _("“%(field)s” is hidden from you, so a filter cannot ask for it.")
        raise MaskedField(at, words % {"field": field.label})


def log_masked_search(expression: Expression, sight: Sight) -> None:
    """Note that somebody looks for values that are hidden from them: what they find confirms them."""
    fields = registry.fields()
    asked = {leaf.field: fields.get(leaf.field) for _at, leaf in leaves(expression) if isinstance(leaf, Comparison)}
    hidden = sorted(key for key, field in asked.items() if field.confidential and sight.masks(field.confidential))
    if hidden:
        log_access(AccessLog.What.SEARCH_MASKED, model=Customer, fields=hidden)


def condition(
    expression: Expression,
    moment: Moment,
    fields: Fields | None = None,
    *,
    is_negated: bool = False,
    joined: str = "",
) -> Q:
    """For those who have authorised it already.

    `joined` names rows that the queryset has joined, one to a customer, to be sorted by (`Rows.joined_as`). What must
    be true of these is asked of them where they are, so that one index finds and sorts.

    NOT is brought down to the leaves, where a missing value is named beside it. So “there is a value” need not be
    written beside each comparison, which PostgreSQL would take for a second, independent condition and expect too few
    rows; and NOT EXISTS stands where it can become an anti-join.
    """
    fields = fields or registry.fields()
    if isinstance(expression, AllOf | AnyOf):
        means_all = isinstance(expression, AllOf) != is_negated
        among_all = joined if means_all else ""
        parts = [condition(part, moment, fields, is_negated=is_negated, joined=among_all) for part in expression.parts]
        return reduce(and_ if means_all else or_, parts) if parts else EVERY_ROW if means_all else NO_ROW
    if isinstance(expression, Not):
        return condition(expression.part, moment, fields, is_negated=not is_negated, joined=joined)
    if isinstance(expression, Comparison):
        return _comparison(expression, moment, fields, is_negated=is_negated, joined=joined)
    return expression.not_q(moment) if is_negated else expression.q(moment)


def sets_of(expression: Expression, moment: Moment) -> Chosen | None:
    """The same condition by sets of ids; None where these tell nothing."""
    found = _sets_of(expression, moment, registry.fields(), is_negated=False)
    return found if tells_anything(found) else None


def _sets_of(expression: Expression, moment: Moment, fields: Fields, *, is_negated: bool) -> Chosen:
    if isinstance(expression, AllOf | AnyOf):
        means_all = isinstance(expression, AllOf) != is_negated
        parts = [_sets_of(part, moment, fields, is_negated=is_negated) for part in expression.parts]
        return joined(parts, means_all=means_all) if parts else negated(NOBODY) if means_all else NOBODY
    if isinstance(expression, Not):
        return _sets_of(expression.part, moment, fields, is_negated=not is_negated)
    if isinstance(expression, Condition):
        found = expression.customers_of(moment, is_negated=is_negated)
    elif apart := _other_than(expression):
        found = _sets_of(apart, moment, fields, is_negated=is_negated)
    else:
        found = _members(fields.get(expression.field).source, expression, moment, is_negated=is_negated)
    if is_told_sooner(expression) or not is_all_in_sets(found):
        found = _told(expression, moment, found, is_negated=is_negated)
    return replace(found, asked=condition(expression, moment, fields, is_negated=is_negated))


def _other_than(comparison: Comparison) -> Expression | None:
    """A value, and not that one: where it is told who has any, those who have that one are sooner read than all."""
    empty = Comparison(comparison.field, kinds.EMPTY, None)
    if comparison.op != kinds.IS_NOT or is_told_sooner(comparison) or not is_told_sooner(empty):
        return None
    return AllOf((Not(empty), Not(replace(comparison, op=kinds.IS))))


def _members(source: Source, comparison: Comparison, moment: Moment, *, is_negated: bool) -> Chosen:
    lacks, customers_of = comparison.op == kinds.LACKS, getattr(source, "customers_of", None)
    op = kinds.HAS if lacks else comparison.op
    chosen = customers_of(op, comparison.value, moment) if customers_of else Unknown()
    return negated(chosen) if is_negated != lacks else chosen


def _told(leaf: Leaf, moment: Moment, otherwise: Chosen, *, is_negated: bool) -> Chosen:
    """By whoever has read the facts before, when it is needed."""

    def read() -> Mask | None:
        return exact_mask(leaf, moment, condition(leaf, moment))

    return Told(read, otherwise, quick_column(otherwise), is_negated)


def _comparison(comparison: Comparison, moment: Moment, fields: Fields, *, is_negated: bool, joined: str) -> Q:
    source, op = fields.get(comparison.field).source, comparison.op
    if op == kinds.EMPTY:
        missing = source.missing(moment)
        return ~missing if is_negated else missing
    if op == kinds.LACKS:
        op, is_negated = kinds.HAS, not is_negated
    if joined and not is_negated and isinstance(source, Rows) and source.joined_as == joined:
        return source.joined.compare(op, comparison.value, moment)
    compared = source.compare(op, comparison.value, moment)
    if not is_negated:
        return compared
    return ~compared if source.is_total else source.missing(moment) | ~compared
