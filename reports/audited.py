"""Which tables of this app write the audit trail."""

from protection.audit.trail import audit
from reports.models import Report, Subscription

audit(Report, dotted="question")  # it may ask for a number that is encrypted elsewhere
audit(Subscription, skipped="sent_for tried_at tries")
