"""Keeps people who were erased on their request from coming back by an import, a form or the API.

Kept are keyed hashes of their e-mail addresses, phone numbers and numbers in other systems, never these themselves.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from protection.erasure import Person, phone_ending
from protection.fields import Sealed
from protection.suppression_models import SuppressedIdentity, SuppressionKey

Kind = SuppressedIdentity.Kind
# A kind and its value as it is compared; numbers in other systems hold their source.
Identity = tuple[str, str]


class ForeignKey(Exception):
    """The list was made with a key that is not this database's."""


def email(address: str) -> Identity:
    return Kind.EMAIL, address.strip().casefold()


def phone(number: str) -> Identity:
    return Kind.PHONE, phone_ending(number)


def external_id(source: str, value: str) -> Identity:
    return Kind.EXTERNAL_ID, f"{source.strip()}\0{value.strip()}" if value.strip() else ""


def identities_of(person: Person) -> set[Identity]:
    return {
        *map(email, person.emails),
        *map(phone, person.phones),
        *(external_id(source, value) for source, value in person.external_ids),
    }


def suppress(identities: Iterable[Identity]) -> list[tuple[str, str]]:
    """Add them to the list; what was added as (kind, digest in hexadecimal), for `restore`."""
    key = _key()
    digests = [(kind, _digest(key, kind, value)) for kind, value in sorted(set(identities)) if value]
    _add(digests)
    return [(kind, digest.hex()) for kind, digest in digests]


def restore(digests: Iterable[tuple[str, str]]) -> None:
    """Put back what `suppress` once returned, into a database that was restored from before."""
    _add((kind, bytes.fromhex(digest)) for kind, digest in digests)


def _add(digests: Iterable[tuple[str, bytes]]) -> None:
    rows = [SuppressedIdentity(kind=kind, digest=digest) for kind, digest in digests]
    SuppressedIdentity.objects.bulk_create(rows, ignore_conflicts=True)


def lift(identity: Identity) -> bool:
    """Take one off the list; whether it was on it."""
    kind, value = identity
    return bool(SuppressedIdentity.objects.filter(kind=kind, digest=_digest(_key(), kind, value)).delete()[0])


# --- asking -----------------------------------------------------------------------------------------------------------


def newest() -> int:
    """Rises with each addition; 0 of an empty list."""
    return SuppressedIdentity.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def size() -> int:
    """How many identities are kept out."""
    return SuppressedIdentity.objects.count()


def suppressed(identities: Iterable[Identity]) -> set[Identity]:
    """Those of a few that are on the list: what a form or a request brings."""
    wanted = {(kind, value) for kind, value in identities if value}
    if not wanted or not SuppressedIdentity.objects.exists():
        return set()
    key = _key()
    by_digest = {_digest(key, kind, value): (kind, value) for kind, value in wanted}
    found = SuppressedIdentity.objects.filter(digest__in=by_digest).values_list("kind", "digest")
    return {by_digest[bytes(digest)] for kind, digest in found if by_digest[bytes(digest)][0] == kind}


def matching(kind: str, values: Iterable[tuple[str, Identity]]) -> Iterator[str]:
    """Of many (text, identity) the texts whose identity is on the list, which is read once and kept in memory."""
    listed = {
        bytes(digest)
        for digest in SuppressedIdentity.objects.filter(kind=kind).values_list("digest", flat=True).iterator()
    }
    key = _key() if listed else b""
    for text, (_kind, value) in values if listed else ():
        if value and _digest(key, kind, value) in listed:
            yield text


def refuse_email(address: str) -> None:
    """Validator of fields that take an e-mail address."""
    if suppressed([email(address)]):
        raise ValidationError(refusal(), code="erased")


def refuse_phone(number: str) -> None:
    """Validator of fields that take a phone number."""
    if suppressed([phone(number)]):
        raise ValidationError(refusal(), code="erased")


def refusal() -> str:
    return _("Whoever this belongs to was erased on their request. An admin can lift that under Privacy.")


# --- the key ----------------------------------------------------------------------------------------------------------


def wrapped_key() -> str:
    """The key as it stands encrypted in the database, to be kept beside hashes outside of it."""
    _key()
    return base64.b64encode(SuppressionKey.objects.get().secret.data).decode()


def adopt_key(wrapped: str) -> None:
    """Let a database that has no list yet go on with this one. Raises ForeignKey where it has another."""
    secret = Sealed(base64.b64decode(wrapped), _context())
    present = SuppressionKey.objects.filter(pk=1).first()
    if present is None:
        SuppressionKey.objects.create(secret=secret)
    elif present.secret.reveal() != secret.reveal():
        raise ForeignKey("the tombstones were written with the key of another database")


def _key() -> bytes:
    row = SuppressionKey.objects.filter(pk=1).first()
    if row is None:
        SuppressionKey.objects.get_or_create(pk=1, defaults={"secret": secrets.token_hex(32)})
        row = SuppressionKey.objects.get(pk=1)
    return bytes.fromhex(row.secret.reveal())


def _context() -> str:
    return SuppressionKey._meta.get_field("secret").context


def _digest(key: bytes, kind: str, value: str) -> bytes:
    return hmac.digest(key, f"{kind}\0{value}".encode(), hashlib.sha256)
