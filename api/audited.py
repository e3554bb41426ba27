"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from api.models import Delivery, Outbox, Token, Webhook
from protection.audit.trail import audit, exempt

audit(Token, dotted="digest", skipped="last_used_at")
audit(Webhook, skipped="failures")

exempt(Delivery, because="The row is its own record: what was told, how often it was tried, how it ended.")
exempt(Outbox, because="A mark of the program to itself.")
