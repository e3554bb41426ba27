"""Between two recomputations: who is in the segments whose filter has been saved since the run that is shown.

A refresh counts them, by the facts that the run has seen by now. What waits follows from the filters themselves, so one
that broke off is made up for by the next.
"""

from __future__ import annotations

import numpy as np
from django.utils.translation import gettext as _

from analytics import rule_segments
from analytics.features import Facts
from analytics.fresh_rows import replace_segments
from analytics.models import Run, SnapshotManifest
from analytics.snapshot import last_day, open_facts
from jobs.context import JobContext


def count_changed(context: JobContext, run: Run, manifest: SnapshotManifest) -> int:
    """How many segments were counted anew. manifest: what the run has seen."""
    waiting = rule_segments.uncounted(run)
    if not waiting:
        return 0
    context.progress(0, 1, _("Counting segments"))
    with open_facts(manifest) as engine:
        facts = Facts(engine, as_of=last_day(manifest))
        profiled = facts.customer_ids()
        members = {pk: np.intersect1d(found, profiled) for pk, found in facts.rule_segments(waiting).items()}
    return len(waiting) if replace_segments(context, run, members, filters=waiting) else 0
