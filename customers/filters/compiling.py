"""An expression as a condition on customers in PostgreSQL, on behalf of one person.

`analytics.filters` says the same to the engine that reads the snapshot.
"""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import and_, or_

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.visibility import Sight
from core.models import OrganisationSettings
from customers.filters import kinds
from customers.filters.errors import MaskedField
from customers.filters.expression import AllOf, AnyOf, Comparison, Expression, Moment, Not, leaves
from customers.filters.registry import Fields, registry
from customers.filters.sources import EVERY_ROW, NO_ROW
from customers.models import Customer
from customers.querysets import CustomerQuerySet
from protection.audit import log_access
from protection.audit.models import AccessLog


def apply(
    customers: CustomerQuerySet, expression: Expression, *, sight: Sight, today: dt.date | None = None
) -> CustomerQuerySet:
    """Those of `customers` whom the person sees and who match.

    Raises MaskedField where the person may not ask this. A search for a masked value is logged.
    """
    chosen = customers.visible_to(sight).filter(to_q(expression, sight=sight, today=today))
    log_masked_search(expression, sight)
    return chosen


def to_q(expression: Expression, *, sight: Sight, today: dt.date | None = None) -> Q:
    """The condition alone, without row visibility. Raises as `apply`."""
    authorise(expression, sight)
    return condition(expression, moment_of(today))


def moment_of(today: dt.date | None = None) -> Moment:
    zone = OrganisationSettings.current().zone
    return Moment(today or dt.datetime.now(zone).date(), zone)


def authorise(expression: Expression, sight: Sight) -> None:
    """Raises MaskedField where the expression asks more of a field than the person may know."""
    fields = registry.fields()
    for at, leaf in leaves(expression):
        if not isinstance(leaf, Comparison):
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


def condition(expression: Expression, moment: Moment, fields: Fields | None = None) -> Q:
    """For those who have authorised it already."""
    fields = fields or registry.fields()
    if isinstance(expression, AllOf):
        parts = [condition(part, moment, fields) for part in expression.parts]
        return reduce(and_, parts) if parts else EVERY_ROW
    if isinstance(expression, AnyOf):
        parts = [condition(part, moment, fields) for part in expression.parts]
        return reduce(or_, parts) if parts else NO_ROW
    if isinstance(expression, Not):
        return ~condition(expression.part, moment, fields)
    if isinstance(expression, Comparison):
        return _comparison(expression, moment, fields)
    return expression.q(moment)


def _comparison(comparison: Comparison, moment: Moment, fields: Fields) -> Q:
    source = fields.get(comparison.field).source
    if comparison.op == kinds.EMPTY:
        return source.missing(moment)
    return source.compare(comparison.op, comparison.value, moment)
