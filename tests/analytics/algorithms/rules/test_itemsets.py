from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlxtend.frequent_patterns import association_rules, fpgrowth

from analytics.algorithms.errors import InvalidInput
from analytics.algorithms.rules.baskets import Baskets, baskets_of
from analytics.algorithms.rules.itemsets import Algorithm, TooManyItemsets, frequent_itemsets, least_count
from analytics.algorithms.rules.measures import (
    beyond_accident,
    recounted,
    rules_of,
    share_that_holds,
    without_redundant,
)

some_baskets = st.lists(st.sets(st.integers(1, 8), min_size=1), min_size=1, max_size=40)


def made_of(contents: list[set[int]]) -> Baskets:
    rows = [(number, item) for number, items in enumerate(contents) for item in items]
    return baskets_of(pd.DataFrame(rows, columns=["basket_id", "item_id"]))


def counted_one_by_one(contents: list[set[int]], min_count: int, max_length: int) -> dict[tuple[int, ...], int]:
    counts = Counter(
        each
        for items in contents
        for length in range(1, max_length + 1)
        for each in combinations(sorted(items), length)
    )
    return {each: count for each, count in counts.items() if count >= min_count}


@given(some_baskets, st.integers(1, 6), st.integers(1, 8))
def test_all_three_find_the_same_sets_with_the_same_counts_as_counting_one_by_one(contents, min_count, max_length):
    expected = counted_one_by_one(contents, min_count, max_length)
    for algorithm in Algorithm:
        found = frequent_itemsets(made_of(contents), min_count=min_count, algorithm=algorithm, max_length=max_length)
        assert found.counts == expected, algorithm


@given(some_baskets, st.integers(1, 4))
@settings(max_examples=40)
def test_no_set_is_more_frequent_than_its_parts(contents, min_count):
    counts = frequent_itemsets(made_of(contents), min_count=min_count).counts
    for items, count in counts.items():
        for part in combinations(items, len(items) - 1):
            assert not part or counts[part] >= count


@given(some_baskets, st.integers(1, 4), st.fractions(0, 1))
@settings(max_examples=40)
def test_measures_of_rules_are_those_of_their_definitions(contents, min_count, min_confidence):
    itemsets = frequent_itemsets(made_of(contents), min_count=min_count)
    rules = rules_of(itemsets, min_confidence=min_confidence)
    total = len(contents)
    for rule in rules:
        holds = [set(rule.antecedent) <= items for items in contents]
        follows = [rule.consequent in items for items in contents]
        both = sum(one and other for one, other in zip(holds, follows, strict=True))
        assert rule.support == pytest.approx(both / total)
        assert rule.confidence == pytest.approx(both / sum(holds))
        assert Fraction(both, sum(holds)) >= min_confidence
        chance = sum(follows) / total
        assert rule.lift == pytest.approx(rule.confidence / chance)
        assert rule.leverage == pytest.approx(rule.support - sum(holds) / total * chance)
        if rule.confidence < 1:
            assert rule.conviction == pytest.approx((1 - chance) / (1 - rule.confidence))
        else:
            assert rule.conviction == float("inf")
    assert recounted(rules, made_of(contents)) == rules


def test_a_rule_that_a_shorter_one_makes_needless_is_left_out():
    # Bread alone promises butter as surely as bread with jam does; cheese adds something.
    contents = [{1, 2}] * 6 + [{1, 2, 3}] * 2 + [{1}] * 3 + [{1, 3}] + [{1, 2, 4}] * 4 + [{4}]
    itemsets = frequent_itemsets(made_of(contents), min_count=1)
    kept = {
        (rule.antecedent, rule.consequent) for rule in without_redundant(rules_of(itemsets, min_confidence=Fraction(0)))
    }
    assert ((1,), 2) in kept
    assert ((1, 3), 2) not in kept
    assert ((1, 4), 2) in kept


def test_what_is_planted_stays_and_accidents_go():
    rng = np.random.default_rng(7)
    by_chance = [{int(item) for item in rng.choice(40, 4, replace=False)} for _ in range(2000)]
    rules = rules_of(frequent_itemsets(made_of(by_chance), min_count=5), min_confidence=Fraction(0))
    assert len(rules) > 1000
    assert len(beyond_accident(rules, false_discovery_rate=0.01)) <= 5
    planted = [items | ({90, 91} if number % 50 == 0 else set()) for number, items in enumerate(by_chance)]
    rules = rules_of(frequent_itemsets(made_of(planted), min_count=5), min_confidence=Fraction(0))
    kept = {rule.antecedent: rule for rule in beyond_accident(rules, false_discovery_rate=0.01)}
    assert (kept[90,].consequent, kept[91,].consequent) == (91, 90)
    assert all(rule.lift > 1 for rule in kept.values())
    assert beyond_accident([], false_discovery_rate=0.01) == []


def test_rules_that_held_by_chance_do_not_hold_later():
    rng = np.random.default_rng(4)
    contents = [{int(item) for item in rng.choice(30, 4, replace=False)} for _ in range(600)]
    together = [items | ({90, 91} if number % 9 == 0 else set()) for number, items in enumerate(contents)]
    rules = rules_of(frequent_itemsets(made_of(together[:400]), min_count=8), min_confidence=Fraction("0.15"))
    later = made_of(together[400:])
    planted = [rule for rule in rules if {*rule.antecedent, rule.consequent} == {90, 91}]
    chance = [rule for rule in rules if not {*rule.antecedent, rule.consequent} & {90, 91}]
    assert share_that_holds(recounted(planted, later)) == 1
    assert share_that_holds(recounted(chance, later)) < 0.8


def test_later_baskets_may_know_none_of_the_items():
    rules = rules_of(frequent_itemsets(made_of([{1, 2}] * 5), min_count=1), min_confidence=Fraction(0))
    again = recounted(rules, made_of([{7}]))
    assert {(rule.antecedent_count, rule.joint_count) for rule in again} == {(0, 0)}
    assert np.isnan(share_that_holds(again))


def test_a_search_that_would_explode_stops_and_says_so():
    dense = made_of([set(range(1, 31))] * 20)
    for algorithm in Algorithm:
        with pytest.raises(TooManyItemsets, match="too_many_itemsets: most 1000"):
            frequent_itemsets(dense, min_count=10, algorithm=algorithm, max_length=30, most=1000)


def test_a_share_becomes_the_smallest_count_that_reaches_it():
    assert least_count(Fraction("0.001"), 9835) == 10
    assert least_count(Fraction("0.1"), 30) == 3  # in doubles 0.1 × 30 is above 3
    assert least_count(Fraction("0.0001"), 5) == 1


def test_nothing_and_repeated_lines_are_no_trouble():
    nothing = baskets_of(pd.DataFrame({"basket_id": [], "item_id": []}))
    for algorithm in Algorithm:
        assert frequent_itemsets(nothing, min_count=1, algorithm=algorithm).counts == {}
    twice = baskets_of(pd.DataFrame({"basket_id": [5, 5, 9], "item_id": [3, 3, 3]}))
    assert frequent_itemsets(twice, min_count=1).counts == {(3,): 2}
    with pytest.raises(InvalidInput, match="item_id"):
        baskets_of(pd.DataFrame({"basket_id": [1]}))


def test_counts_and_rules_are_those_of_mlxtend():
    """Every rule with one consequent, by all five measures."""
    rng = np.random.default_rng(2)
    held = rng.random((400, 25)) < rng.uniform(0.05, 0.5, 25)
    held[held.sum(axis=1) == 0, 0] = True  # a basket without a line is none to us
    oracle = fpgrowth(pd.DataFrame(held), min_support=0.03, use_colnames=True)
    expected = {
        tuple(sorted(items)): round(share * 400)
        for items, share in zip(oracle["itemsets"], oracle["support"], strict=True)
    }
    rows, columns = np.nonzero(held)
    found = frequent_itemsets(
        baskets_of(pd.DataFrame({"basket_id": rows, "item_id": columns})), min_count=12, max_length=25
    )
    assert found.counts == expected
    # No rule has this very confidence: floats lose one that has .4.
    theirs = association_rules(oracle, num_itemsets=400, metric="confidence", min_threshold=0.4012)
    single = theirs[theirs["consequents"].map(len) == 1]
    ours = {(rule.antecedent, rule.consequent): rule for rule in rules_of(found, min_confidence=Fraction("0.4012"))}
    names = ("support", "confidence", "lift", "leverage", "conviction")
    told = {
        (tuple(sorted(each.antecedents)), next(iter(each.consequents))): [getattr(each, name) for name in names]
        for each in single.itertuples()
    }
    assert len(told) > 20
    assert ours.keys() == told.keys()
    for key, rule in ours.items():
        assert [getattr(rule, name) for name in names] == pytest.approx(told[key], rel=1e-9)
