"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from notifications.models import Digest, Notification
from protection.audit.trail import audit, exempt

audit(Digest, skipped="sent_date")
exempt(Notification, because="It only points at what happened, of which the trail has its own line.")
