"""What the trail follows of this app's tables, of those below it and of Django's; see `protection.audit.trail`."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from accounts.models import AccessRule, Team, User, UserSession
from core.models import ExchangeRate, IdempotencyKey, OrganisationSettings
from protection.audit.models import AccessLog, Change
from protection.audit.trail import FACTS, audit, exempt
from protection.suppression_models import SuppressedIdentity, SuppressionKey

audit(OrganisationSettings)
audit(ExchangeRate, bulk_above=FACTS)
audit(Team)
audit(AccessRule)
audit(User, dotted="password", skipped="last_login")
audit(Authenticator, dotted="data", skipped="last_used_at")
audit(User.groups.through)
audit(User.user_permissions.through)
audit(SuppressedIdentity, bulk_above=FACTS)
audit(SuppressionKey)

exempt(IdempotencyKey, because="Answers that are kept for a day to be given again.")
exempt(Session, because="It stays empty: sessions are UserSession.")
exempt(UserSession, because="Who logs in and out stands in the log of accesses.")
exempt(EmailAddress, because="It stays empty: a user's address is User.email.")
exempt(EmailConfirmation, because="It stays empty: a user's address is User.email.")
exempt(LogEntry, because="Django's own log of its administration.")
exempt(Change, because="It is the trail.")
exempt(AccessLog, because="It is the trail.")
