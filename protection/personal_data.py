"""What the fields of this app's models hold, and of those below it and of Django, which cannot say."""

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from accounts.models import AccessRule, Team, User
from core.models import ExchangeRate, IdempotencyKey, OrganisationSettings
from protection.classification import Erase, classify, personal

classify(OrganisationSettings, none="name time_zone currency")
classify(ExchangeRate, none="currency rate_date rate")
# An answer that is kept for a day to be given again may hold what was entered.
classify(IdempotencyKey, none="name fingerprint created_at", answer=personal())

# People who work here are no customers: their data leaves with their account, not with an erasure.
STAFF = personal(erase=Erase.KEEP)
classify(Team, none="name")
classify(AccessRule, none="sees edits masked may_unmask may_export needs_second_factor")
classify(
    User,
    none="password is_superuser role team is_active joined_at language time_zone theme",
    email=STAFF,
    name=STAFF,
    last_login=STAFF,
)
classify(
    LogEntry,
    none="action_time user content_type object_id action_flag",
    object_repr=personal(),
    change_message=personal(),
)
classify(Session, none="session_data expire_date")
