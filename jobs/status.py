from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


LIVE = frozenset({Status.QUEUED, Status.RUNNING})
OVER = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED})
