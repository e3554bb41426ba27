"""The secrets of second factors, as a rotation of the keys finds them."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Sequence

from allauth.mfa.models import Authenticator

from protection import rotation
from protection.audit.actor import rotating
from protection.crypto import Undecryptable, key_id_of
from protection.keys import ring
from protection.mfa import CONTEXT, SECRETS, reseal


class AuthenticatorVault:
    """A few rows a person at most, so they are read one by one."""

    name = CONTEXT

    def keys(self) -> Counter[str]:
        return Counter(key for data in Authenticator.objects.values_list("data", flat=True) for key in _keys_in(data))

    def under_other_keys(self, *, after: int, limit: int) -> list[int]:
        first = {ring().first.id}
        rows = Authenticator.objects.filter(pk__gt=after).order_by("pk").values_list("pk", "data")
        return [pk for pk, data in rows if set(_keys_in(data)) - first][:limit]

    def rotate(self, rows: Sequence[int]) -> rotation.Outcome:
        rewritten = unreadable = 0
        with rotating():
            for authenticator in Authenticator.objects.select_for_update().filter(pk__in=rows).order_by("pk"):
                try:
                    rewritten += reseal(authenticator)
                except Undecryptable:
                    unreadable += 1
        return rotation.Outcome(rewritten, unreadable)


def _keys_in(data: dict[str, str]) -> Iterable[str]:
    return [key_id_of(base64.b64decode(data[place])) for place in SECRETS if data.get(place)]


def register() -> None:
    """Called once, by `ProtectionConfig.ready`."""
    rotation.register(lambda: [AuthenticatorVault()])
