"""The analyses, in the order in which a recomputation makes them. This tuple is the whole register."""

from __future__ import annotations

from django.utils.translation import gettext as _

from analytics.analyses.churn import CHURN
from analytics.analyses.clv import CLV
from analytics.analyses.composite import COMPOSITE
from analytics.analyses.daily import DAILY
from analytics.analyses.demand import DEMAND
from analytics.analyses.entry import SEED, Analysis, Label, Params
from analytics.analyses.hdbscan import HDBSCAN
from analytics.analyses.kmeans import KMEANS
from analytics.analyses.labels import LABELS
from analytics.analyses.recommendations import RECOMMENDATIONS
from analytics.analyses.rfm import RFM
from analytics.analyses.rule_segments import RULE_SEGMENTS
from analytics.analyses.rules import RULES
from analytics.analyses.similar import SIMILAR
from jobs.errors import JobError

__all__ = ["ANALYSES", "SEED", "Analysis", "Label", "Params", "UnknownAnalysis", "get"]

ANALYSES: tuple[Analysis, ...] = (
    DAILY,
    RFM,
    CLV,
    CHURN,
    KMEANS,
    HDBSCAN,
    LABELS,
    RECOMMENDATIONS,
    SIMILAR,
    RULES,
    DEMAND,
    COMPOSITE,
    # Last: filters may ask for what the others have just published.
    RULE_SEGMENTS,
)


class UnknownAnalysis(JobError, LookupError):
    """The message lists what there is."""


def get(name: str) -> Analysis:
    for analysis in ANALYSES:
        if analysis.name == name:
            return analysis
    known = ", ".join(analysis.name for analysis in ANALYSES)
    raise UnknownAnalysis(_("There is no analysis “%(name)s”. There are: %(known)s.") % {"name": name, "known": known})
