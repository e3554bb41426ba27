"""The product's Celery application that knows the kinds under fire: `celery -A tests.jobs.fire.app worker`.

With FIRE_QUICK the reaper comes by each second instead of each ten, and the clock ticks as often.
"""

import os
from typing import Any

from celery.signals import worker_init
from django.conf import settings

from crm.celery import app

__all__ = ["app"]

if os.environ.get("FIRE_QUICK"):
    beats: Any = settings.CELERY_BEAT_SCHEDULE
    for entry in beats.values():
        entry["schedule"] = 1.0
        entry["options"]["expires"] = 5
# Chance may kill one job three times before its first step; the limit has tests of its own.
settings.JOB_MAX_ATTEMPTS = 1000


@worker_init.connect
def register_kinds(**kwargs):
    from jobs import kinds
    from tests.jobs.fire.work import KINDS

    for kind in KINDS:
        kinds.register(kind)
