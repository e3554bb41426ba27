"""One value, encrypted with AES-256-GCM and searchable by exact value.

Layout of the bytes: 1 version, 16 blind index, 1 length of the key's id, the id, 12 nonce, ciphertext with its tag. The
blind index is an HMAC of the normalised value, so equal values are found without being read. It and the ciphertext are
bound to a context (the column), so a value copied into another column does not decrypt there.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from protection.keys import Key, ring

VERSION = 1
INDEX_BYTES = 16
NONCE_BYTES = 12
# Where PostgreSQL finds the blind index: substring(column, INDEX_START, INDEX_BYTES), counted from 1.
INDEX_START = 2


class Undecryptable(Exception):
    """The key is not there any more, or the value is not what was written."""


def seal(text: str, *, context: str) -> bytes:
    key = ring().first
    name, nonce = key.id.encode(), os.urandom(NONCE_BYTES)
    ciphertext = AESGCM(key.derived("encrypt")).encrypt(nonce, text.encode(), context.encode())
    return bytes([VERSION]) + _index(key, text, context) + bytes([len(name)]) + name + nonce + ciphertext


def unseal(sealed: bytes, *, context: str) -> str:
    """Raises Undecryptable, which names the key that is missing and never the value."""
    key_id = key_id_of(sealed)
    key = ring().get(key_id)
    if key is None:
        raise Undecryptable(f"The field key {key_id!r} is not among the keys of this installation.")
    start = 1 + INDEX_BYTES + 1 + len(key_id)
    nonce, ciphertext = sealed[start : start + NONCE_BYTES], sealed[start + NONCE_BYTES :]
    try:
        return AESGCM(key.derived("encrypt")).decrypt(nonce, ciphertext, context.encode()).decode()
    except InvalidTag:
        raise Undecryptable(
            f"A value under the field key {key_id!r} is damaged or stands in the wrong column."
        ) from None


def key_id_of(sealed: bytes) -> str:
    if len(sealed) < 1 + INDEX_BYTES + 1 or sealed[0] != VERSION:
        raise Undecryptable("This is not a value that was encrypted here.")
    start = 1 + INDEX_BYTES + 1
    return sealed[start : start + sealed[start - 1]].decode("ascii", "replace")


def blind_indexes(text: str, *, context: str) -> list[bytes]:
    """What an equal value may be indexed by: one for each key, since a rotation takes its time."""
    return [_index(key, text, context) for key in ring().keys]


def _index(key: Key, text: str, context: str) -> bytes:
    digest = hmac.digest(key.derived("index"), f"{context}\0{normalised(text)}".encode(), hashlib.sha256)
    return digest[:INDEX_BYTES]


def normalised(text: str) -> str:
    """How numbers are compared: without case, spaces and punctuation, in whatever width they were typed."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))
