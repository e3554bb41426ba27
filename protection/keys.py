"""The keys that encrypt fields. They never stand in the database, so that a stolen copy of it gives nothing away.

They come from CRM_FIELD_KEYS ("id:key,id:key", a key being 32 bytes in base64) or, on an installation that sets none,
from the file `field_keys` in its private folder, one "id:key" a line. The first
encrypts; all decrypt and are searched by.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from core.private_files import made_once

KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    id: str
    secret: bytes

    def derived(self, purpose: str) -> bytes:
        """A key of its own for each use, so that one use tells nothing about another."""
        return hmac.digest(self.secret, f"meridian/{purpose}".encode(), hashlib.sha256)


@dataclass(frozen=True)
class KeyRing:
    keys: tuple[Key, ...]

    @property
    def first(self) -> Key:
        return self.keys[0]

    def get(self, key_id: str) -> Key | None:
        return next((key for key in self.keys if key.id == key_id), None)


def new_key(key_id: str) -> str:
    """A fresh key as it is written in CRM_FIELD_KEYS and in the file."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def parse_keys(text: str) -> KeyRing:
    """Keys separated by commas or lines. Raises ImproperlyConfigured, without showing any key."""
    keys = tuple(_parse(entry.strip()) for entry in re.split(r"[,\n]", text) if entry.strip())
    if not keys:
        raise ImproperlyConfigured("There is no field key: set CRM_FIELD_KEYS to id:key, the key 32 bytes in base64.")
    if len({key.id for key in keys}) < len(keys):
        raise ImproperlyConfigured("Two field keys have the same id: give each key in CRM_FIELD_KEYS an id of its own.")
    return KeyRing(keys)


def _parse(entry: str) -> Key:
    key_id, _colon, encoded = entry.partition(":")
    try:
        secret = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        secret = b""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,20}", key_id) or len(secret) != KEY_BYTES:
        raise ImproperlyConfigured(
            "A field key is wrong: write id:key, the id of at most 20 letters and digits, the key 32 bytes in base64."
        )
    return Key(key_id, secret)


def ring() -> KeyRing:
    """The keys in force. Those of the private file are read again when it changes: a rotation needs no restart."""
    if settings.FIELD_KEYS:
        return _parsed(settings.FIELD_KEYS)
    return _parsed(made_once(private_file(), lambda: new_key("k1") + "\n"))


def private_file() -> Path:
    return Path(settings.LOCAL_DIR) / "field_keys"


_parsed = cache(parse_keys)
