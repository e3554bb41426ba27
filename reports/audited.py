"""Which tables of this app write the audit trail."""

from protection.audit.trail import audit, exempt
from reports.models import Dashboard, DashboardCard, PinnedDashboard, Report, StartPage, Subscription

audit(Report, dotted="question")  # it may ask for a number that is encrypted elsewhere
audit(Subscription, dotted="scope", skipped="sent_for tried_at tries")
audit(Dashboard, dotted="filter")
audit(DashboardCard)
audit(StartPage)
exempt(PinnedDashboard, because="How somebody arranges their own tabs.")
