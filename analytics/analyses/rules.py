"""Rules: which products are bought together. Only a process that computes pays for SciPy."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from analytics.algorithms.errors import InvalidParams, NotEnoughData, demand_at_least
from analytics.analyses.entry import SEED, Analysis, Params
from analytics.evaluation import Comparison, compare_paired
from analytics.features import Facts
from analytics.findings import Metric, Verdict, compared
from analytics.models import Run
from analytics.proof import Proof
from analytics.results import Computed
from core.templatetags.ui import number, percent

if TYPE_CHECKING:
    from analytics.algorithms.rules.baskets import Baskets
    from analytics.algorithms.rules.itemsets import Itemsets
    from analytics.algorithms.rules.measures import Rule

# The values of `analytics.algorithms.rules.itemsets.Algorithm`, the first the default.
ALGORITHMS = ("eclat", "apriori", "fp_growth")
FEWEST_BASKETS = 200
# A rule that a handful of baskets makes is an accident.
FEWEST_JOINT = 5
# Rules are found in the first four fifths of the time, and counted again in the last.
FOUND_IN = Fraction(4, 5)

_MAY_BE_UNKNOWN = ("conviction", "later_confidence", "later_lift")


def _compute_rules(facts: Facts, params: Params, rng: np.random.Generator) -> Computed:
    from analytics.algorithms.rules.measures import beyond_accident, recounted, rules_of, without_redundant

    lines = facts.baskets(window_days=params["window_days"], most=params["most_baskets"])
    earlier, later, cutoff = _by_time(lines)
    if len(earlier) < FEWEST_BASKETS:
        raise NotEnoughData("too_few_baskets", found=len(earlier), needed=FEWEST_BASKETS)
    itemsets, least = _frequent(earlier, params)
    every = rules_of(itemsets, min_confidence=_fraction(params["min_confidence"]))
    telling = without_redundant(beyond_accident(every, false_discovery_rate=params["false_discovery_rate"]))
    rules = telling[: params["most_rules"]]
    if not rules:
        raise NotEnoughData("no_rules")
    again = recounted(rules, later)
    held = _held(again, rng)
    metrics = {
        "baskets": len(earlier),
        "later_baskets": len(later),
        "cutoff": cutoff.isoformat(),
        "itemsets": len(itemsets.counts),
        "rules": len(rules),
        "left_out": len(every) - len(telling),
        "least_count": least,
        "support_used": least / len(earlier),
        "is_capped": least > _least_asked(earlier, params),
        "held": held.to_json() if held else None,
    }
    frame = _frame(rules, again)
    watched = frame[["support", "confidence", "lift"]]
    return Computed(frame, metrics=metrics, withheld=_why_not(held), watched=watched)


def _by_time(lines: pd.DataFrame) -> tuple[Baskets, Baskets, dt.date]:
    """Baskets of two products or more: those of the first four fifths of the days, those after, and where they part."""
    from analytics.algorithms.rules.baskets import baskets_of

    lines = lines.rename(columns={"order_id": "basket_id", "product_id": "item_id"})
    if lines.empty:
        raise NotEnoughData("too_few_baskets", found=0, needed=FEWEST_BASKETS)
    sizes = lines.groupby("basket_id")["item_id"].transform("size")
    lines = lines[sizes > 1]
    days = pd.to_datetime(lines["ordered_date"])
    first, last = days.min(), days.max()
    if lines.empty:
        raise NotEnoughData("too_few_baskets", found=0, needed=FEWEST_BASKETS)
    cutoff = first + (last - first) * float(FOUND_IN)
    before = (days <= cutoff).to_numpy()
    return baskets_of(lines[before]), baskets_of(lines[~before]), cutoff.date()


def _frequent(baskets: Baskets, params: Params) -> tuple[Itemsets, int]:
    """The frequent sets, and the least count that they have: doubled until they are few enough to be held."""
    from analytics.algorithms.rules.itemsets import Algorithm, TooManyItemsets, frequent_itemsets

    least = _least_asked(baskets, params)
    while True:
        try:
            found = frequent_itemsets(
                baskets,
                min_count=least,
                algorithm=Algorithm(params["algorithm"]),
                max_length=params["max_length"],
                most=params["most_itemsets"],
            )
        except TooManyItemsets:
            least *= 2
        else:
            return found, least


def _least_asked(baskets: Baskets, params: Params) -> int:
    from analytics.algorithms.rules.itemsets import least_count

    return max(FEWEST_JOINT, least_count(_fraction(params["min_support"]), len(baskets)))


def _held(again: Sequence[Rule], rng: np.random.Generator) -> Comparison | None:
    """How many rules have a lift above 1 in the later baskets, against the half that pairs without any connection would
    have; None where too few rules occur there."""
    judged = [rule for rule in again if rule.antecedent_count and rule.consequent_count]
    if len(judged) < 2:
        return None
    holds = np.array([rule.lift > 1 for rule in judged], dtype=np.float64)
    return compare_paired("held_later", model=holds, baseline=np.full(len(holds), 0.5), rng=rng)


def _why_not(held: Comparison | None) -> str:
    if held is None:
        return _("Their products were not bought in the last fifth of the time: nothing tells whether the rules hold.")
    if not held.beats:
        return _("Found in the first four fifths of the time, these rules hold no more often than chance in the last.")
    return ""


def _frame(rules: Sequence[Rule], again: Sequence[Rule]) -> pd.DataFrame:
    rows = [
        {
            "rule": place,
            "antecedent_ids": list(rule.antecedent),
            "consequent_id": rule.consequent,
            "antecedent_count": rule.antecedent_count,
            "consequent_count": rule.consequent_count,
            "joint_count": rule.joint_count,
            "support": rule.support,
            "confidence": rule.confidence,
            "lift": rule.lift,
            "leverage": rule.leverage,
            "conviction": rule.conviction if math.isfinite(rule.conviction) else None,
            "later_joint_count": later.joint_count if _occurs(later) else None,
            "later_confidence": later.confidence if _occurs(later) else None,
            "later_lift": later.lift if _occurs(later) else None,
        }
        for place, (rule, later) in enumerate(zip(rules, again, strict=True), start=1)
    ]
    frame = pd.DataFrame(rows)
    return frame.astype({**dict.fromkeys(_MAY_BE_UNKNOWN, "Float64"), "later_joint_count": "Int64"})


def _occurs(rule: Rule) -> bool:
    return rule.antecedent_count > 0 and rule.consequent_count > 0


def _fraction(share: float) -> Fraction:
    """The share as it was written: .001 is a thousandth, which no double is."""
    return Fraction(str(share))


def _default_rules() -> dict[str, Any]:
    return {
        "window_days": 365,
        "min_support": 0.001,
        "min_confidence": 0.1,
        "false_discovery_rate": 0.01,
        "max_length": 4,
        "algorithm": ALGORITHMS[0],
        "most_baskets": 500_000,
        "most_itemsets": 200_000,
        "most_rules": 2_000,
        "seed": SEED,
    }


def _checked_rules(params: Params) -> dict[str, Any]:
    checked = {name: params[name] for name in _default_rules()}
    for name in ("min_support", "min_confidence", "false_discovery_rate"):
        if not 0 < float(checked[name]) <= 1:
            raise InvalidParams("share", name)
    demand_at_least(checked, max_length=2, most_baskets=2, most_itemsets=2, most_rules=2, window_days=1)
    if checked["algorithm"] not in ALGORITHMS:
        raise InvalidParams("unknown", "algorithm", found=checked["algorithm"])
    return checked


def _summary(run: Run) -> str:
    found = ngettext(
        "%(rules)s rule out of %(baskets)s purchases, each more often true than chance would have it.",
        "%(rules)s rules out of %(baskets)s purchases, each more often true than chance would have it.",
        run.metrics["rules"],
    ) % {"rules": number(run.metrics["rules"]), "baskets": number(run.metrics["baskets"])}
    held = run.metrics["held"]
    if held is None:
        return found
    later = _("%(share)s of them held in the last fifth of the time.") % {"share": percent(held["model"], 0)}
    return f"{found} {later}"


def _metrics(run: Run) -> Iterator[Metric]:
    if run.metrics["held"]:
        yield compared(_("Share of rules that hold later, against chance"), run.metrics["held"], digits=2)


def _verdict(run: Run) -> Verdict:
    return Verdict(_("Holds more often than chance"), "good")


def _proof(run: Run) -> Proof:
    return Proof(
        predicts=_("Of each purchase with some products which other is in it more often than by chance."),
        baseline=_("products without any connection, of which half go together by chance"),
        features=[_("Products of each purchase")],
        known_until=dt.date.fromisoformat(run.metrics["cutoff"]),
        tested_until=run.as_of,
        no_slices=_("Rules are of purchases, whoever made them: of new customers or small segments there are none."),
    )


RULES = Analysis(
    name="rules",
    label=gettext_lazy("Bought together"),
    purpose=gettext_lazy("Products that are bought together more often than chance would have it, as rules."),
    compute=_compute_rules,
    default_params=_default_rules,
    checked=_checked_rules,
    summary=_summary,
    metrics=_metrics,
    verdict=_verdict,
    proof=_proof,
)
