"""The audit trail: who changed what (`Change`, written by triggers), and who read what matters (`AccessLog`)."""

from protection.audit.access import log_access
from protection.audit.actor import acting, erasing

__all__ = ["acting", "erasing", "log_access"]
