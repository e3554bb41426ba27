"""What analyses say for themselves, in a person's words."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.algorithms.errors import InvalidParams, NotEnoughData
from analytics.findings import PARAMS
from core.templatetags.ui import number

_REASONS: dict[str, str | Promise] = {
    "no_customers": gettext_lazy("there are no customers"),
    "no_orders": gettext_lazy("there are no orders yet"),
    "no_purchases": gettext_lazy("nobody has bought a known product by the day that it is tested from"),
    "too_few_customers": gettext_lazy("only %(found)s customers bought in the window, and %(needed)s are needed"),
    "too_few_buyers": gettext_lazy("only %(found)s customers have bought, and %(needed)s are needed"),
    "too_few_returning": gettext_lazy("only %(found)s customers came back, and %(needed)s are needed"),
    "too_few_products": gettext_lazy("only %(found)s products were bought, and %(needed)s are needed"),
    "no_time_observed": gettext_lazy("all purchases were made on one day"),
    "no_maximum": gettext_lazy("the purchases tell no customer from another"),
    "no_mean_spend": gettext_lazy("amounts vary so widely that they have no mean"),
    "one_outcome_rare": gettext_lazy(
        "only %(found)s customers bought again, or did not, in the days it learns from, and %(needed)s are needed"
    ),
    "short_history": gettext_lazy("the orders reach back only %(found)s days, and %(needed)s are needed"),
    "no_recent_order": gettext_lazy("the last order is %(found)s days old, and %(allowed)s is the most"),
    "nobody_frequent": gettext_lazy("nobody has bought on %(needed)s days yet"),
    "too_few_baskets": gettext_lazy(
        "only %(found)s purchases with two products or more were made in the window, and %(needed)s are needed"
    ),
    "no_rules": gettext_lazy("no products are bought together often enough to make a rule"),
    "no_segments": gettext_lazy("nobody has saved a filter as a segment"),
    "no_groups": gettext_lazy("the customers lie in no groups that are denser than what is between them"),
    "too_few_labelled": gettext_lazy("only %(found)s customers have a label, and %(needed)s are needed"),
    "one_label": gettext_lazy("fewer than two labels are borne by %(needed)s customers each"),
    "no_change": gettext_lazy("nothing changes over time"),
    "no_variation": gettext_lazy("all customers who bought are alike"),
    "too_few_test_customers": gettext_lazy(
        "only %(found)s customers bought something new in the days that it is tested on, and %(needed)s are needed"
    ),
    "too_few_observations": gettext_lazy("there are only %(found)s cases to judge it by, and %(needed)s are needed"),
}


def not_enough(error: NotEnoughData) -> str:
    reason = _REASONS.get(error.reason)
    because = str(reason) % error.facts if reason else error.reason
    return _("Not enough data, because %(because)s.") % {"because": because}


_FAULTS: dict[str, str | Promise] = {
    "at_least": gettext_lazy("%(names)s must be at least %(limit)s"),
    "at_most": gettext_lazy("%(names)s must be at most %(limit)s"),
    "not_above": gettext_lazy("%(names)s must not be more than %(others)s"),
    "above": gettext_lazy("%(names)s must each be more than %(others)s"),
    "four_times": gettext_lazy("%(names)s must each be at least four times %(others)s"),
    "among": gettext_lazy("%(names)s must be chosen among %(others)s"),
    "each_once": gettext_lazy("%(names)s must be given, each once"),
    "positive": gettext_lazy("%(names)s must be more than 0"),
    "share": gettext_lazy("%(names)s must be more than 0 and at most 1"),
    "up_to_half": gettext_lazy("%(names)s must be more than 0 and at most a half"),
    "all_zero": gettext_lazy("of the weights at least one must be more than 0"),
    "unknown": gettext_lazy("%(names)s: %(found)s is unknown"),
    "none_of_leaving": gettext_lazy(
        "%(names)s: one of BG/NBD, MBG/NBD and Pareto/NBD is needed, which tell who is still a customer"
    ),
}


def unusable(error: Exception) -> str:
    """Why nothing can be computed with some parameters, without a full stop."""
    if not isinstance(error, InvalidParams) or error.reason not in _FAULTS:
        return str(error)
    facts = {name: value if isinstance(value, str) else number(value) for name, value in error.facts.items()}
    if others := error.facts.get("others"):
        facts["others"] = _quoted(str(others))
    return str(_FAULTS[error.reason]) % {"names": ", ".join(map(_quoted, error.names)), **facts}


def _quoted(name: str) -> str:
    return _("“%(label)s”") % {"label": PARAMS.get(name, name)}
