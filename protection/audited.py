"""What the trail follows of this app's tables, of those below it and of Django's; see `protection.audit.trail`."""

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from accounts.models import AccessRule, Team, User
from core.models import ExchangeRate, IdempotencyKey, OrganisationSettings
from protection.audit.models import AccessLog, Change
from protection.audit.trail import FACTS, audit, exempt
from protection.suppression_models import SuppressedIdentity, SuppressionKey

audit(OrganisationSettings)
audit(ExchangeRate, bulk_above=FACTS)
audit(Team)
audit(AccessRule)
audit(User, dotted="password", skipped="last_login")
audit(User.groups.through)
audit(User.user_permissions.through)
audit(SuppressedIdentity, bulk_above=FACTS)
audit(SuppressionKey)

exempt(IdempotencyKey, because="Answers that are kept for a day to be given again.")
exempt(Session, because="Who logs in and out stands in the log of accesses.")
exempt(LogEntry, because="Django's own log of its administration.")
exempt(Change, because="It is the trail.")
exempt(AccessLog, because="It is the trail.")
