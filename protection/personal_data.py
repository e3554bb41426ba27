"""What the fields of this app's models hold, and of those below it and of Django, which cannot say."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session

from accounts.models import AccessRule, Team, User, UserSession
from core.models import ExchangeRate, IdempotencyKey, OrganisationSettings
from protection.audit.models import AccessLog, Change
from protection.classification import Erase, classify, personal
from protection.suppression_models import SuppressedIdentity, SuppressionKey

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
    none="password is_superuser role team is_active joined_at language time_zone theme density single_key_shortcuts",
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
classify(UserSession, none="session_data expire_date user", last_seen_at=STAFF)
# allauth's table of addresses is there and stays empty: a user's e-mail is the login.
classify(EmailAddress, none="user verified primary", email=STAFF)
classify(EmailConfirmation, none="email_address created sent key")
classify(Authenticator, none="user type data created_at", last_used_at=STAFF)
# Old values of a person's fields stand in the trail: an erasure blanks them (protection.audit.erasing).
classify(
    Change,
    subject="customer_id",
    none="at actor origin row_id customer_id transaction_id detail table_name action rows",
    row_key=STAFF,
    changes=personal(),
)
classify(
    AccessLog,
    subject="customer_id",
    none="at actor origin row_id customer_id what model",
    detail=personal(),
)
# They keep out whom nobody can name any more.
classify(SuppressionKey, none="secret")
classify(SuppressedIdentity, none="kind digest added_at")
