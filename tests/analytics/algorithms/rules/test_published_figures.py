"""Rules that others have published, counted exactly."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd
import pytest

from analytics.algorithms.rules.baskets import Baskets, baskets_of
from analytics.algorithms.rules.itemsets import Algorithm, frequent_itemsets, least_count
from analytics.algorithms.rules.measures import Rule, rules_of

pytestmark = pytest.mark.real_data


@pytest.fixture(scope="module")
def groceries(data_dir) -> Baskets:
    lines = (data_dir / "groceries" / "groceries_baskets.txt").read_text().splitlines()
    rows = [(number, item) for number, line in enumerate(lines) for item in line.split(";")]
    frame = pd.DataFrame(rows, columns=["basket_id", "item"])
    return baskets_of(frame.assign(item_id=pd.factorize(frame["item"])[0]))


def found(baskets: Baskets, support: str, confidence: str, algorithm: Algorithm = Algorithm.ECLAT) -> list[Rule]:
    least = least_count(Fraction(support), len(baskets))
    itemsets = frequent_itemsets(baskets, min_count=least, algorithm=algorithm)
    return rules_of(itemsets, min_confidence=Fraction(confidence))


@pytest.mark.parametrize("algorithm", Algorithm)
def test_groceries_has_the_5668_rules_of_arules_whichever_way_they_are_found(groceries, algorithm):
    assert (len(groceries), len(groceries.items)) == (9835, 169)
    assert len(found(groceries, "0.001", "0.5", algorithm)) == 5668


def test_groceries_has_410_rules_at_a_confidence_of_4_in_5_where_floats_lose_four(groceries):
    """Hahsler et al., "Introduction to arules" (2005), and its Groceries data."""
    assert len(found(groceries, "0.001", "0.8")) == 410
    assert len(found(groceries, "0.001", "0.9")) == 129


def test_groceries_has_the_463_rules_of_Lantz_2013(groceries):
    """ "Machine Learning with R", chapter 8: 463 rules, of which 150 with two items, 297 with three, 16 with four."""
    rules = found(groceries, "0.006", "0.25")
    assert len(rules) == 463
    assert [sum(len(rule.antecedent) == size for rule in rules) for size in (1, 2, 3)] == [150, 297, 16]
    assert round(rules[0].lift, 4) == 3.9565


def test_french_alarm_clocks_are_those_of_the_mlxtend_example(data_dir):
    [path] = [each for each in (data_dir / "online_retail").iterdir() if each.suffix in {".csv", ".xz", ".gz"}]
    lines = pd.read_csv(path, dtype=str, encoding="utf-8")
    french = lines[
        (lines["Country"] == "France") & ~lines["InvoiceNo"].str.contains("C") & lines["Description"].notna()
    ]
    described = french.assign(item=french["Description"].str.strip())
    # The example keeps an item of a basket if its quantities add up to something.
    bought = (
        described.assign(quantity=described["Quantity"].astype(int)).groupby(["InvoiceNo", "item"])["quantity"].sum()
    )
    kept = bought[bought > 0].reset_index()
    kept = kept[kept["item"] != "POSTAGE"]
    invoices, items = pd.factorize(kept["InvoiceNo"])[0], pd.factorize(kept["item"])
    baskets = baskets_of(pd.DataFrame({"basket_id": invoices, "item_id": items[0]}))
    total = french["InvoiceNo"].nunique()
    names = dict(enumerate(items[1]))
    rules = rules_of(frequent_itemsets(baskets, min_count=20, max_length=2), min_confidence=Fraction("0.5"))
    [rule] = [
        rule
        for rule in rules
        if (names[rule.antecedent[0]], names[rule.consequent])
        == ("ALARM CLOCK BAKELIKE GREEN", "ALARM CLOCK BAKELIKE RED")
    ]
    assert total == 392
    assert round(rule.joint_count / total, 6) == 0.079082
    assert round(rule.confidence, 6) == 0.815789
    assert round(rule.lift * total / rule.baskets, 6) == 8.642959
