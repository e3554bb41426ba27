"""Recommendations, and what is bought together."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import advice_frames
from reports.catalog.entry import COMPARISON_ALONE, DAYS_AND_FILTER, FILTER_ALONE, Chart
from reports.charts.beside import Beside
from reports.charts.recommendations import recommendations_offered, recommenders_compared
from reports.charts.rule_network import rule_network

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="recommendations-offered",
        subject="advice",
        title=_("What became of recommendations"),
        definition=_(
            "What people noted on the pages of customers: that a recommended product was offered, or is not relevant. "
            "Bought: since the day of the first offer, up to the day of the run; a product that was offered to one "
            "customer several times counts once. All is counted in the newest facts: what was taken back or paid back "
            "since is not in it. A mark leads to the customers behind it, and a row of the table to those to whom "
            "something was offered."
        ),
        frame=advice_frames.offers,
        draw=recommendations_offered,
        run=advice_frames.recommendations,
        follows=FILTER_ALONE,
        advice=_("On a customer’s page, note which recommendation you offered; the next run counts it."),
        not_compared=_("Its picture has the runs of before itself."),
    ),
    Chart(
        key="recommenders",
        subject="advice",
        title=_("Ways to recommend, compared"),
        definition=_(
            "Lists that each method would have made on an earlier day, against what customers bought in the days "
            "after, of which no method knew. nDCG: how near the top of the list that stands. Recall: which share of it "
            "is on the list at all. Products on a list: which share of the products stands on anybody’s list. Grey: "
            "the products that are popular, which a method must beat to be used."
        ),
        frame=advice_frames.methods,
        draw=recommenders_compared,
        run=advice_frames.recommendations,
        of_all=_(
            "The lists of each method were made for a sample of all customers, judged together; what "
            "each was recommended is not kept."
        ),
        follows=COMPARISON_ALONE,
        of_runs=True,
        beside=Beside(
            keys=("label",), told=("ndcg", "recall", "coverage"), counts=(), means=("ndcg", "recall", "coverage")
        ),
    ),
    Chart(
        key="rule-network",
        subject="advice",
        title=_("Bought together"),
        definition=_(
            "The rules from one product to another that are the likeliest beyond chance, as the run found them, "
            "counted in the purchases of these days and customers, of two products or more. An arrow leads from a "
            "product to what is bought with it, thicker where that is more often so than by chance. Products that hang "
            "together stand on a circle; how far they are apart means nothing. Later purchases: whether the rule held "
            "for all customers in the last fifth of the time, in which it was not found."
        ),
        frame=advice_frames.product_rules,
        draw=rule_network,
        run=advice_frames.rules,
        follows=DAYS_AND_FILTER,
        panels=True,
    ),
)
