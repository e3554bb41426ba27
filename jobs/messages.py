"""The hint to a worker that a job waits."""

from __future__ import annotations

import logging
from typing import Any

from celery import current_app
from django.db.models.functions import Now
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from jobs import kinds
from jobs.models import Job

BROKER_AWAY = (KombuError, RedisError, OSError)

logger = logging.getLogger(__name__)


def send(job: Job) -> bool:
    """Tell the workers of the kind's queue; False where the broker does not take it, which the reaper puts right.

    The connection is made for this one message: kombu's shared one waits seconds for a broker that is not there.
    """
    try:
        with _link() as link:
            current_app.send_task(
                "jobs.tasks.run", kwargs={"job_id": job.pk}, queue=queue_of(job), connection=link, retry=False
            )
    except BROKER_AWAY as error:
        logger.warning("Job %s waits without a message, the broker takes none: %s", job.pk, error)
        return False
    Job.objects.queued().filter(pk=job.pk).update(sent_at=Now())
    return True


def drained_kinds() -> list[str]:
    """The kinds in whose queue no message waits; none where the broker does not say."""
    try:
        with _link() as link:
            channel = link.default_channel
            waiting = {queue: channel.queue_declare(queue).message_count for queue in kinds.QUEUES}
    except BROKER_AWAY:
        return []
    return [kind.name for kind in kinds.all_kinds() if not waiting[kind.queue]]


def _link() -> Any:
    """A connection that gives up at once where there is no broker."""
    options = {**current_app.conf.broker_transport_options, "max_retries": 0}
    return current_app.connection_for_write(transport_options=options)


def queue_of(job: Job) -> str:
    """A kind that this version does not know still gets a worker, who says so on the job's page."""
    known = {kind.name: kind.queue for kind in kinds.all_kinds()}
    return known.get(job.kind, kinds.MAINTENANCE)
