"""Rules out of frequent sets, with their measures; which of them say nothing new, and which held later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.stats import hypergeom

from analytics.algorithms.rules.baskets import Baskets
from analytics.algorithms.rules.itemsets import Itemset, Itemsets


@dataclass(frozen=True)
class Rule:
    """Who has all of `antecedent` often has `consequent` too. All numbers are counts of baskets.

    antecedent_count, consequent_count, joint_count: baskets that hold the one, the other, both; of `baskets` in all.
    """

    antecedent: Itemset
    consequent: int
    antecedent_count: int
    consequent_count: int
    joint_count: int
    baskets: int

    @property
    def support(self) -> float:
        return self.joint_count / self.baskets

    @property
    def confidence(self) -> float:
        return self.joint_count / self.antecedent_count

    @property
    def lift(self) -> float:
        """How many times as often as chance would have it."""
        return self.joint_count * self.baskets / (self.antecedent_count * self.consequent_count)

    @property
    def leverage(self) -> float:
        """Share of the baskets by which both together exceed chance. Piatetsky-Shapiro (1991)."""
        expected = Fraction(self.antecedent_count * self.consequent_count, self.baskets**2)
        return float(Fraction(self.joint_count, self.baskets) - expected)

    @property
    def conviction(self) -> float:
        """How many times as often the rule would fail by chance; infinite where it never fails. Brin et al. (1997)."""
        failures = self.antecedent_count - self.joint_count
        if failures == 0:
            return float("inf")
        return self.antecedent_count * (self.baskets - self.consequent_count) / (self.baskets * failures)


def rules_of(itemsets: Itemsets, *, min_confidence: Fraction) -> list[Rule]:
    """Every rule with one consequent whose confidence is at least `min_confidence`, compared exactly: 4 of 5 is .8.

    In the order of lift, joint count and items. The support of a rule is that of both sides together.
    """
    found = [
        rule
        for rule in _candidates(itemsets)
        if rule.joint_count * min_confidence.denominator >= min_confidence.numerator * rule.antecedent_count
    ]
    return sorted(found, key=lambda rule: (-rule.lift, -rule.joint_count, rule.antecedent, rule.consequent))


def without_redundant(rules: list[Rule]) -> list[Rule]:
    """Without rules that a shorter one makes needless: part of the antecedent promises the consequent as surely.

    Source: the improvement of Bayardo, Agrawal and Gunopulos (2000), which must be above 0. Exact, by fractions.
    """
    best: dict[tuple[Itemset, int], Fraction] = {
        (rule.antecedent, rule.consequent): Fraction(rule.joint_count, rule.antecedent_count) for rule in rules
    }
    kept = []
    for rule in rules:
        own = best[rule.antecedent, rule.consequent]
        shorter = (best.get((part, rule.consequent)) for part in _parts(rule.antecedent))
        if all(confidence is None or confidence < own for confidence in shorter):
            kept.append(rule)
    return kept


def beyond_accident(rules: list[Rule], *, false_discovery_rate: float) -> list[Rule]:
    """Those of the rules, in their order, whose sides meet more often than independent ones would by accident.

    Each has the p-value of Fisher's exact test, one-sided; of those kept, about `false_discovery_rate` are accidents.

    Sources: Webb, "Discovering significant patterns" (2007); Benjamini and Hochberg, "Controlling the false discovery
    rate" (1995). `rules` must be all that were looked at, or the rate is not kept.
    """
    if not rules:
        return []
    counts = np.array([(r.joint_count, r.baskets, r.consequent_count, r.antecedent_count) for r in rules])
    joint, total, consequent, antecedent = counts.T
    p_values = hypergeom.sf(joint - 1, total, consequent, antecedent)
    ranked = np.sort(p_values)
    passed = ranked <= false_discovery_rate * np.arange(1, len(rules) + 1) / len(rules)
    limit = ranked[passed][-1] if passed.any() else -1.0
    return [rule for rule, p_value in zip(rules, p_values, strict=True) if p_value <= limit]


def recounted(rules: list[Rule], later: Baskets) -> list[Rule]:
    """The same rules, in their order, with the counts of other baskets: whether they hold there is the question.

    A rule whose antecedent or consequent does not occur there has counts of 0, and no measures.
    """
    sets = list(dict.fromkeys(each for rule in rules for each in _sets(rule)))
    counts = dict(zip(sets, (int(count) for count in later.count_of(sets)), strict=True))
    again = []
    for rule in rules:
        antecedent, consequent, joint = (counts[each] for each in _sets(rule))
        again.append(Rule(rule.antecedent, rule.consequent, antecedent, consequent, joint, len(later)))
    return again


def share_that_holds(later: list[Rule]) -> float:
    """Share of recounted rules with a lift above 1, of those whose both sides occur; nan if none does."""
    judged = [rule for rule in later if rule.antecedent_count and rule.consequent_count]
    if not judged:
        return float("nan")
    return sum(rule.lift > 1 for rule in judged) / len(judged)


def _candidates(itemsets: Itemsets) -> Iterator[Rule]:
    for together, joint in itemsets.counts.items():
        for place in range(len(together) if len(together) > 1 else 0):
            antecedent = together[:place] + together[place + 1 :]
            yield Rule(
                antecedent=antecedent,
                consequent=together[place],
                antecedent_count=itemsets.counts[antecedent],
                consequent_count=itemsets.counts[(together[place],)],
                joint_count=joint,
                baskets=itemsets.baskets,
            )


def _parts(items: Itemset) -> Iterator[Itemset]:
    """Every smaller set but the empty one."""
    for chosen in range(1, 2 ** len(items) - 1):
        yield tuple(item for place, item in enumerate(items) if chosen >> place & 1)


def _sets(rule: Rule) -> tuple[Itemset, Itemset, Itemset]:
    """Antecedent, consequent, and both together."""
    return rule.antecedent, (rule.consequent,), tuple(sorted((*rule.antecedent, rule.consequent)))
