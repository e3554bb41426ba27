"""The audit trail: who changed what (`Change`, written by triggers), and who read what matters (`AccessLog`)."""

from protection.audit.access import log_access
from protection.audit.actor import acting

__all__ = ["acting", "log_access"]
