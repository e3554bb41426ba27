"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from jobs.models import Job, Schedule
from protection.audit.trail import audit, exempt

audit(Schedule)

exempt(Job, because="The row is its own record: who asked, who cancelled, how it ended.")
