"""The product's Celery application that knows the tests' kinds too: `celery -A tests.jobs.worker worker`."""

from celery.signals import worker_init

from crm.celery import app

__all__ = ["app"]


@worker_init.connect
def register_kinds(**kwargs):
    from jobs import kinds
    from tests.jobs.sample_kinds import KINDS

    for kind in KINDS:
        kinds.register(kind)
