from protection.audit.models import AccessLog, Change

__all__ = ["AccessLog", "Change"]
