"""What a run found and how good it is, in words for its page: sentences, verdicts, metrics beside their baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.customer_groups import CATEGORY
from analytics.models import Run
from core.once_a_request import once_a_request
from core.templatetags.ui import number, percent
from customers.models import Category

Label = str | Promise

FEW_CASES = 100
# Of a group that differs in many ways the strongest say enough.
MOST_TRAITS = 6


@dataclass(frozen=True)
class Verdict:
    text: Label
    tone: str


@dataclass(frozen=True)
class Metric:
    """A metric beside its baseline's; `low` and `high` hold the difference with 95 % confidence."""

    label: Label
    model: str
    baseline: str
    low: str
    high: str
    beats: bool
    observations: int = 0

    @property
    def is_of_few(self) -> bool:
        """Of so few cases that chance moves it far."""
        return 0 < self.observations < FEW_CASES


@dataclass(frozen=True)
class Trait:
    """How a cluster differs: in words, with its mean beside that of all others."""

    words: Label
    mean: float
    mean_of_rest: float
    kind: Kind


@dataclass(frozen=True)
class Group:
    """A cluster in words."""

    number: int
    customers: int
    share: float
    traits: list[Trait]
    means: Mapping[str, float]


def compared(label: Label, comparison: Mapping[str, Any], *, digits: int) -> Metric:
    """A `Comparison` of `analytics.evaluation`, as a run keeps it, in figures."""
    written = figures(comparison, digits=digits)
    return Metric(label, beats=comparison["beats"], observations=comparison["observations"], **written)


def figures(comparison: Mapping[str, Any], *, digits: int) -> dict[str, str]:
    # One digit more for the interval: where it is narrow it must not read 0 to 0.
    written = {name: number(comparison[name], digits) for name in ("model", "baseline")}
    return {**written, **{name: number(comparison[name], digits + 1) for name in ("low", "high")}}


# --- parameters -------------------------------------------------------------------------------------------------------

PARAMS: dict[str, Label] = {
    "window_days": gettext_lazy("Window, days"),
    "new_days": gettext_lazy("New for, days"),
    "established_days": gettext_lazy("Established after, days"),
    "features": gettext_lazy("Features"),
    "log_features": gettext_lazy("Features on a logarithmic scale"),
    "order_by": gettext_lazy("Groups numbered by"),
    "standardise": gettext_lazy("Features standardised"),
    "cut_off": gettext_lazy("Scales from the median at which values are cut off"),
    "categories": gettext_lazy("Most categories"),
    "k_min": gettext_lazy("Fewest groups"),
    "k_max": gettext_lazy("Most groups"),
    "sample_rows": gettext_lazy("Customers in the sample"),
    "inits": gettext_lazy("Starts of each clustering"),
    "min_customers": gettext_lazy("Fewest customers"),
    "n": gettext_lazy("Products on a list"),
    "test_days": gettext_lazy("Days tested on"),
    "interest_days": gettext_lazy("Days of views, clicks and carts that count"),
    "tested_customers": gettext_lazy("Most customers that methods are compared on"),
    "again_from_share": gettext_lazy("Share that buys the same again, from which a category is offered again"),
    "again_after_days": gettext_lazy("Days after which it is offered again"),
    "declined_days": gettext_lazy("Days that what is not relevant stays away"),
    "ridge": gettext_lazy("Ridge of EASE"),
    "ease_products": gettext_lazy("Most products for EASE"),
    "similar_customers": gettext_lazy("Similar customers asked for each"),
    "sampled_customers": gettext_lazy("Customers among whom similar ones are found"),
    "shrinkage": gettext_lazy("Joint buyers at which a similarity is halved"),
    "neighbours": gettext_lazy("Similar products kept of each"),
    "popularity_days": gettext_lazy("Days that popularity counts"),
    "horizon_days": gettext_lazy("Days looked ahead"),
    "principal_components": gettext_lazy("Principal components that distances are measured in"),
    "min_samples": gettext_lazy("Customers near each other that make a place dense"),
    "target": gettext_lazy("Label learned"),
    "size_shares": gettext_lazy("Least shares of a group tried"),
    "dimensions": gettext_lazy("Dimensions that products are condensed to"),
    "models": gettext_lazy("Models compared"),
    "min_support": gettext_lazy("Least share of the purchases that hold all of a rule"),
    "min_confidence": gettext_lazy("Least share of the purchases that follow a rule"),
    "false_discovery_rate": gettext_lazy("Share of the rules that may be accidents"),
    "max_length": gettext_lazy("Most products of a rule"),
    "most_baskets": gettext_lazy("Most purchases looked at"),
    "most_itemsets": gettext_lazy("Most combinations counted"),
    "most_rules": gettext_lazy("Most rules kept"),
    "most_categories": gettext_lazy("Most categories with a series of their own"),
    "most_products": gettext_lazy("Most products with a series of their own"),
    "horizon_months": gettext_lazy("Months looked ahead"),
    "horizon_weeks": gettext_lazy("Weeks looked ahead"),
    "outlying": gettext_lazy("Deviations from which a value stands out"),
    "algorithm": gettext_lazy("Algorithm"),
    "missing": gettext_lazy("What is not known of a customer"),
    "weight_monetary": gettext_lazy("Weight: amount"),
    "weight_frequency": gettext_lazy("Weight: purchase days"),
    "weight_recency": gettext_lazy("Weight: days since the last purchase, fewer are better"),
    "weight_service_uses": gettext_lazy("Weight: service uses"),
    "weight_service_seconds": gettext_lazy("Weight: time of service use"),
    "weight_rating": gettext_lazy("Weight: mean rating"),
    "weight_satisfaction": gettext_lazy("Weight: mean answer in surveys"),
    "weight_referred": gettext_lazy("Weight: customers referred who bought"),
    "weight_referred_spend": gettext_lazy("Weight: what those spent"),
    "bins": gettext_lazy("Limits of the scores"),
    "seed": gettext_lazy("Seed of the random numbers"),
}

# The random numbers are no setting: equal facts shall give equal results.
NO_SETTING = frozenset({"seed"})


def params(run: Run) -> list[tuple[Label, str]]:
    """The plain parameters in words; maps and weights a page shows in its own way."""
    return [
        (PARAMS.get(name, name), in_words(name, value))
        for name, value in run.params.items()
        if not isinstance(value, dict)
    ]


def in_words(name: str, value: Any) -> str:
    """A plain parameter as a person says it."""
    if name == "bins" and value is None:
        return _("fifths of the buyers")
    if name == "again_from_share":
        return _("never") if value > 1 else percent(value)
    if isinstance(value, list):
        return ", ".join(str(FEATURES.get(item, item)) for item in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return _("no limit") if value is None else str(FEATURES.get(value, value))


# --- groups -----------------------------------------------------------------------------------------------------------

FEATURES: dict[str, Label] = {
    "recency_days": gettext_lazy("Days since the last purchase"),
    "tenure_days": gettext_lazy("Days since the first purchase"),
    "frequency": gettext_lazy("Purchase days"),
    "monetary": gettext_lazy("Amount"),
    "orders": gettext_lazy("Orders"),
    "average_basket_minor": gettext_lazy("Average order"),
    "distinct_products": gettext_lazy("Different products"),
    "refunded_share": gettext_lazy("Share paid back"),
    "visits": gettext_lazy("Visits"),
    "clicks": gettext_lazy("Clicks"),
    "views": gettext_lazy("Products viewed"),
    "silence": gettext_lazy("Days since the last purchase"),
    "tenure": gettext_lazy("Days since the first purchase"),
    "recent": gettext_lazy("Purchase days lately"),
    "basket": gettext_lazy("Amount of a purchase day"),
    "events": gettext_lazy("Visits and clicks lately"),
    "overdue": gettext_lazy("Silence over the usual interval"),
    "year": gettext_lazy("Purchase days of a year"),
    "season": gettext_lazy("Purchase days a year ago"),
    "recent_spend": gettext_lazy("Spend lately"),
    "rate": gettext_lazy("Purchase days a period"),
    "spend_rate": gettext_lazy("Spend a period"),
    "age": gettext_lazy("Days since the first purchase"),
    "repeats": gettext_lazy("Purchase days after the first"),
    "churn_probability": gettext_lazy("Churn probability"),
    "alive_probability": gettext_lazy("Still a customer"),
    "expected_purchases_12m": gettext_lazy("Expected purchases, 12 months"),
    "expected_basket_minor": gettext_lazy("Expected amount of a purchase day"),
    "weighted_score": gettext_lazy("RFM score"),
    "value_score": gettext_lazy("Composite value"),
    "left_out": gettext_lazy("left out: what is known counts the more"),
    "middle": gettext_lazy("the middle of the scale"),
    "segment": gettext_lazy("Segment"),
    "cluster": gettext_lazy("Group"),
    "learned_label": gettext_lazy("Learned label"),
    "products": gettext_lazy("Different products"),
    "lift": gettext_lazy("Lift"),
    "confidence": gettext_lazy("Confidence"),
    "support": gettext_lazy("Support"),
    "places": gettext_lazy("Products on a list"),
    "best_score": gettext_lazy("Score of the first product"),
    "day_revenue": gettext_lazy("Revenue of a day, last year"),
    "day_orders": gettext_lazy("Orders of a day, last year"),
    "distance_from_expected": gettext_lazy("Distance of a period from what was expected"),
    "likeness": gettext_lazy("Likeness to whoever is most alike"),
}
# Features that are amounts, in minor units.
AMOUNTS = frozenset({"monetary", "average_basket_minor"})


class Kind(StrEnum):
    """How a page writes the values of a feature."""

    NUMBER = "number"
    AMOUNT = "amount"
    SHARE = "share"


@once_a_request
def _category_names() -> dict[int, str]:
    return dict(Category.objects.values_list("pk", "name"))


class FeatureNames:
    """Features in words; those of categories by the category's name, asked for once, where one is named."""

    def __init__(self) -> None:
        self._known: dict[int, str] | None = None

    def label(self, feature: str) -> Label:
        return self._category(feature) or FEATURES.get(feature, feature)

    def kind(self, feature: str) -> Kind:
        if feature.startswith(CATEGORY):
            return Kind.SHARE
        return Kind.AMOUNT if feature in AMOUNTS else Kind.NUMBER

    def trait(self, feature: str, *, is_more: bool) -> Label:
        if category := self._category(feature):
            return (_("buy more of %(category)s") if is_more else _("buy less of %(category)s")) % {
                "category": category
            }
        known = (_MORE if is_more else _LESS).get(feature)
        general = _("are higher in: %(feature)s") if is_more else _("are lower in: %(feature)s")
        return known or general % {"feature": FEATURES.get(feature, feature)}

    def _category(self, feature: str) -> str:
        """Empty for other features; a category that is no more by its number."""
        if not feature.startswith(CATEGORY):
            return ""
        if self._known is None:
            self._known = _category_names()
        number = int(feature.removeprefix(CATEGORY))
        return self._known.get(number) or _("category %(number)s") % {"number": number}


_MORE: dict[str, Label] = {
    "recency_days": gettext_lazy("last bought longer ago"),
    "tenure_days": gettext_lazy("have been customers for longer"),
    "frequency": gettext_lazy("buy more often"),
    "monetary": gettext_lazy("spend more"),
    "average_basket_minor": gettext_lazy("spend more on an order"),
    "distinct_products": gettext_lazy("buy more different products"),
    "refunded_share": gettext_lazy("send more back"),
    "visits": gettext_lazy("visit more often"),
}
_LESS: dict[str, Label] = {
    "recency_days": gettext_lazy("bought more recently"),
    "tenure_days": gettext_lazy("became customers later"),
    "frequency": gettext_lazy("buy less often"),
    "monetary": gettext_lazy("spend less"),
    "average_basket_minor": gettext_lazy("spend less on an order"),
    "distinct_products": gettext_lazy("buy fewer different products"),
    "refunded_share": gettext_lazy("send less back"),
    "visits": gettext_lazy("visit less often"),
}


def groups(run: Run, names: FeatureNames) -> list[Group]:
    """The clusters of a run, described by how they differ from the rest."""
    return [
        Group(
            number=profile["cluster"],
            customers=profile["customers"],
            share=profile["share"],
            traits=[_trait(trait, profile, names) for trait in profile["traits"][:MOST_TRAITS]],
            means=profile["means"],
        )
        for profile in run.metrics.get("profiles", [])
    ]


def _trait(trait: Mapping[str, Any], profile: Mapping[str, Any], names: FeatureNames) -> Trait:
    feature = trait["feature"]
    return Trait(
        words=names.trait(feature, is_more=trait["direction"] == "higher"),
        mean=profile["means"][feature],
        mean_of_rest=profile["means_of_rest"][feature],
        kind=names.kind(feature),
    )
