"""Second factors: what allauth keeps of them is encrypted with the field keys, and who may do without is the rule's."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _

from core.models import OrganisationSettings
from protection import crypto, keys

# A value that is copied out of here does not decrypt as a customer's field, nor the other way round.
CONTEXT = "mfa_authenticator.data"
# The places in `Authenticator.data` that hold a secret.
SECRETS = ("secret", "seed")


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth comes without types
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong, too old, or has been used. Take the one that the app shows now."),
        "cannot_delete_authenticator": _("Your role must log in with a second factor."),
    }

    def get_totp_issuer(self) -> str:
        return OrganisationSettings.current().name

    def encrypt(self, text: str) -> str:
        return base64.b64encode(crypto.seal(text, context=CONTEXT)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(base64.b64decode(encrypted_text), context=CONTEXT)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return not authenticator.user.rule.needs_second_factor


def reseal(authenticator: Authenticator) -> bool:
    """Under the first key, for a rotation; False where it was already."""
    adapter, first = MFAAdapter(), keys.ring().first.id
    old = {
        place: sealed
        for place in SECRETS
        if (sealed := authenticator.data.get(place)) and crypto.key_id_of(base64.b64decode(sealed)) != first
    }
    authenticator.data |= {place: adapter.encrypt(adapter.decrypt(sealed)) for place, sealed in old.items()}
    if old:
        authenticator.save(update_fields=["data"])
    return bool(old)
