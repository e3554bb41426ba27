"""Segments and groups: how large, what they buy, who moved."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from reports import map_frames, segment_frames
from reports.catalog.entry import BUT_DAYS, DAYS_AND_FILTER, FILTER_ALONE, Chart, dense_groups, groups, scores
from reports.charts.beside import Beside
from reports.charts.customer_map import customer_map
from reports.charts.movement import movement_between_segments
from reports.charts.positioning import segments_and_categories
from reports.charts.rf_grid import recency_frequency_grid
from reports.charts.segment_history import segment_evenness, segment_sizes
from reports.charts.segment_profiles import segment_profiles
from reports.charts.segments import customers_by_segment

MAP = _(
    "The first two principal components of a sample of buyers: the two directions in which they differ most, over the "
    "features that the groups were found in, measured from the median by the range between the quartiles. An axis is "
    "named by the features that weigh most in it; + says that it grows to the right, or upwards. Groups that lie apart "
    "in other directions can overlap here. With a filter, axes and middles stay, and the points are some of the chosen "
    "buyers, by what they have bought until now."
)
POSITIONING = _(
    "A correspondence analysis of the order lines of purchases in the days, by the segment of now and the category, of "
    "the twenty categories with the most lines. A segment lies towards the categories that it buys more of than all "
    "do; in the middle lies who buys as all do. Compare directions from the middle, not the distance between a segment "
    "and a category. The table has the ratio of each pair, and the customers of the segment who bought of the category."
)

OF_RUNS = _("Its picture has the runs of before itself.")
A_MAP = _("Each run finds its own groups and axes, so points of two runs do not lie on one map.")

CHARTS: tuple[Chart, ...] = (
    Chart(
        key="segments",
        subject="segments",
        title=_("Customers by segment"),
        definition=_(
            "Each customer stands in the one segment that their recency and frequency scores lead to. Revenue is what "
            "they bought within the scoring window, less refunds. Customers who bought only before the window, or "
            "never, have no scores and are shown apart."
        ),
        frame=segment_frames.current_segments,
        draw=customers_by_segment,
        run=scores,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(
            keys=("segment",),
            told=("customers", "customer_share", "monetary_minor"),
            counts=("customers", "monetary_minor"),
            order=("rank",),
        ),
    ),
    Chart(
        key="recency-frequency",
        subject="segments",
        title=_("Recency × frequency"),
        definition=_(
            "Scores go from 1 to 5 by fifths of the buyers in the scoring window: 5 for those who bought latest or "
            "most often. Equal values get equal scores, so a cell may stay empty. Framed are those with a frequency "
            "of 3 or more, but a recency of 2 or less; the title gives their share of all with such a frequency."
        ),
        frame=segment_frames.cells,
        draw=recency_frequency_grid,
        run=scores,
        follows=BUT_DAYS,
        of_runs=True,
        beside=Beside(keys=("r_score", "f_score"), told=("customers", "share"), counts=("customers", "monetary_minor")),
    ),
    Chart(
        key="movement",
        subject="segments",
        title=_("Movement between segments"),
        definition=_(
            "The segments of the run before against those of the current run, customer by customer. Only those who "
            "changed are drawn, in the colour of where they went; the table has those who stayed too. Scores are "
            "relative to all buyers, so a customer can move because others did, or because settings were changed."
        ),
        frame=segment_frames.moves,
        draw=movement_between_segments,
        run=scores,
        follows=FILTER_ALONE,
        of_runs=True,
        advice=_("Recompute again when new orders have come in; then the two runs are compared."),
        not_compared=_("It is a comparison itself: with the run before."),
    ),
    Chart(
        key="segment-profiles",
        subject="segments",
        title=_("Profiles of the segments"),
        definition=_(
            "Of the buyers of the scoring window in each segment the mean of days since their last purchase, of their "
            "purchases (orders of one day count as one) and of their revenue less refunds. Dotted: the mean of all "
            "these buyers. A few large customers can raise a mean."
        ),
        frame=segment_frames.profiles,
        draw=segment_profiles,
        run=scores,
        follows=BUT_DAYS,
        of_runs=True,
        panels=True,
        is_tall=True,
        beside=Beside(
            keys=("segment",),
            told=("monetary_minor", "frequency", "recency_days"),
            means=("recency_days", "frequency", "monetary_minor"),
            order=("rank",),
        ),
    ),
    Chart(
        key="segment-sizes",
        subject="segments",
        title=_("Segments over the runs"),
        definition=_(
            "The share of each segment in each run whose rows are kept, up to twelve of them, of the customers whom a "
            "run scored. Of a part of the customers they are counted anew, in fewer runs where they are many: three of "
            "a million. Scores are relative to all buyers. Each bar leads to the customers of its run."
        ),
        frame=segment_frames.segment_sizes,
        draw=segment_sizes,
        run=scores,
        follows=FILTER_ALONE,
        of_runs=True,
        panels=True,
        not_compared=OF_RUNS,
    ),
    Chart(
        key="segment-evenness",
        subject="segments",
        title=_("Entropy and stability of the segments"),
        definition=_(
            "Entropy of the sizes of the segments, in bits: 0 where all customers are in one, the most where all "
            "segments that have somebody are equally large. It is shown as a share of that. Stayed: of the customers "
            "whom a run and the run before both scored, who is in the same segment. The first run has none before it."
        ),
        frame=segment_frames.segment_evenness,
        draw=segment_evenness,
        run=scores,
        follows=FILTER_ALONE,
        of_runs=True,
        not_compared=OF_RUNS,
    ),
    Chart(
        key="positioning",
        subject="segments",
        title=_("What each segment buys"),
        definition=POSITIONING,
        frame=lambda published: map_frames.segments_and_categories(published, published.scores),
        draw=segments_and_categories,
        run=scores,
        follows=DAYS_AND_FILTER,
        is_tall=True,
    ),
    Chart(
        key="group-positioning",
        subject="segments",
        title=_("What each group buys"),
        definition=POSITIONING,
        frame=lambda published: map_frames.segments_and_categories(published, published.groups),
        draw=segments_and_categories,
        run=groups,
        follows=DAYS_AND_FILTER,
        is_tall=True,
    ),
    Chart(
        key="group-map",
        subject="segments",
        title=_("Map of the groups"),
        definition=MAP,
        frame=lambda published: map_frames.customers_and_groups(published, published.groups),
        draw=customer_map,
        run=groups,
        follows=FILTER_ALONE,
        of_runs=True,
        not_compared=A_MAP,
    ),
    Chart(
        key="dense-group-map",
        subject="segments",
        title=_("Map of the dense groups"),
        definition=MAP,
        frame=lambda published: map_frames.customers_and_groups(published, published.dense_groups),
        draw=customer_map,
        run=dense_groups,
        follows=FILTER_ALONE,
        of_runs=True,
        not_compared=A_MAP,
    ),
)
