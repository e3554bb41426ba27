"""Which tables of this app write the audit trail."""

from protection.audit.trail import audit
from reports.models import Report

audit(Report, dotted="question")  # it may ask for a number that is encrypted elsewhere
