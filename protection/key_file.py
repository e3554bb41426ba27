"""Changing the keys: in the private file at once, or as the text that CRM_FIELD_KEYS has to be set to."""

from __future__ import annotations

import base64
import secrets
from itertools import count

from django.conf import settings

from protection.keys import KeyRing, new_key, parse_keys, private_file, ring


class KeyInUse(Exception):
    """Why a key may not go."""


def is_in_environment() -> bool:
    return bool(settings.FIELD_KEYS)


def with_new_first(key_id: str = "") -> KeyRing:
    """The keys with a new one before them, which encrypts from then on. Raises ImproperlyConfigured on a wrong id."""
    present = ring()
    taken = {key.id for key in present.keys}
    name = key_id or next(name for number in count(len(taken) + 1) if (name := f"k{number}") not in taken)
    return parse_keys("\n".join([new_key(name), as_text(present)]))


def without(key_id: str, *, values: int) -> KeyRing:
    """The keys without one that no value is under. Raises KeyInUse."""
    present = ring()
    if present.get(key_id) is None:
        raise KeyInUse(f"There is no key {key_id!r}; there are {', '.join(key.id for key in present.keys)}.")
    if present.first.id == key_id:
        raise KeyInUse(f"The key {key_id!r} is the one that encrypts. Add another first.")
    if values:
        raise KeyInUse(f"{values:,} values are under the key {key_id!r}. Let the rotation come to its end first.")
    return KeyRing(tuple(key for key in present.keys if key.id != key_id))


def as_text(keys: KeyRing, *, separator: str = "\n") -> str:
    return separator.join(f"{key.id}:{base64.b64encode(key.secret).decode()}" for key in keys.keys)


def write(keys: KeyRing) -> None:
    """Into the private file, as a whole: every process reads it again at its next value."""
    path = private_file()
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(as_text(keys) + "\n")
    fresh.replace(path)
