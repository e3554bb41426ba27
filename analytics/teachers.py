"""Which run others may go by without learning anything themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from analytics.collection import LEARNED_LASTS
from analytics.models import Run


def teacher(analysis: str, params: Mapping[str, Any], *, as_of: dt.date) -> Run | None:
    """The last run that has learned with these parameters and was good enough, not after that day."""
    good = Run.objects.filter(analysis=analysis, status__in=[*Run.WITH_ROWS, Run.Status.COLLECTED])
    learned = good.filter(learned_by=None, params=params, as_of__lte=as_of)
    return learned.filter(started_at__gt=timezone.now() - LEARNED_LASTS).order_by("-pk").first()
