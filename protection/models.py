from protection.audit.models import AccessLog, Change
from protection.suppression_models import SuppressedIdentity, SuppressionKey

__all__ = ["AccessLog", "Change", "SuppressedIdentity", "SuppressionKey"]
