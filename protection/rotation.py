"""Where encrypted values stand, and how they come under the first key.

Every `EncryptedTextField` is found by itself. What is encrypted elsewhere (inside JSON) its app offers by `register`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.apps import apps
from django.db import connection, models

from protection import crypto
from protection.audit.actor import rotating
from protection.crypto import Undecryptable
from protection.fields import EncryptedTextField
from protection.keys import ring


@dataclass(frozen=True)
class Outcome:
    rewritten: int = 0
    unreadable: int = 0


class Vault(Protocol):
    """A place that holds encrypted values, at most one in a row. `name` is the same in every process."""

    @property
    def name(self) -> str: ...

    def keys(self) -> Counter[str]:
        """How many values there are under each key, by its id."""

    def under_other_keys(self, *, after: int, limit: int) -> list[int]:
        """The next rows, after this one, whose value is not under the first key."""

    def rotate(self, rows: Sequence[int]) -> Outcome:
        """Encrypt these values anew, as they are when their rows are locked: nobody's edit is overwritten."""


_sources: list[Callable[[], Iterable[Vault]]] = []


def register(source: Callable[[], Iterable[Vault]]) -> None:
    """`source()` is asked at the time of a rotation for the places of that moment."""
    _sources.append(source)


def vaults() -> list[Vault]:
    found: list[Vault] = [column_vault(field) for field in encrypted_fields()]
    found += [vault for source in _sources for vault in source()]
    return sorted(found, key=lambda vault: vault.name)


def encrypted_fields() -> Iterable[EncryptedTextField]:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if isinstance(field, EncryptedTextField) and model._meta.managed:
                yield field


def values_by_key() -> Counter[str]:
    return sum((vault.keys() for vault in vaults()), Counter())


# --- values in columns ------------------------------------------------------------------------------------------------

# Where the key's id stands in a value (`protection.crypto`): its length in byte 17, counted from 0, and then itself.
KEYS = """
    SELECT convert_from(substring(value, 19, get_byte(value, 17)), 'UTF8'), count(*)
    FROM (SELECT {value} AS value FROM {table}) AS sealed WHERE value IS NOT NULL GROUP BY 1
"""
UNDER_OTHER_KEYS = """
    SELECT {key} FROM {table}
    WHERE {key} > %s AND {value} IS NOT NULL AND substring({value}, 18, %s) <> %s ORDER BY {key} LIMIT %s
"""
LOCKED = """
    SELECT {key}, {value} FROM {table}
    WHERE {key} = ANY (%s) AND {value} IS NOT NULL ORDER BY {key} FOR NO KEY UPDATE
"""
REWRITE = """
    UPDATE {table} SET {assignment}
    FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS sealed (row, present, fresh)
    WHERE {key} = sealed.row AND {value} = sealed.present
"""


@dataclass(frozen=True)
class SqlVault:
    """Values that SQL reads: `value` is an expression of type bytea, `assignment` puts `sealed.fresh` in its place."""

    name: str
    table: str
    key: str
    value: str
    assignment: str
    context: str

    def keys(self) -> Counter[str]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql(KEYS))
            return Counter(dict(cursor.fetchall()))

    def under_other_keys(self, *, after: int, limit: int) -> list[int]:
        first = ring().first.id.encode()
        mark = bytes([len(first)]) + first
        with connection.cursor() as cursor:
            cursor.execute(self._sql(UNDER_OTHER_KEYS), [after, len(mark), mark, limit])
            return [row for (row,) in cursor.fetchall()]

    def rotate(self, rows: Sequence[int]) -> Outcome:
        with rotating(), connection.cursor() as cursor:
            cursor.execute(self._sql(LOCKED), [list(rows)])
            present = [(row, bytes(value)) for row, value in cursor.fetchall()]
            fresh = [(row, value, self._resealed(value)) for row, value in present]
            written = [each for each in fresh if each[2] is not None]
            if written:
                cursor.execute(self._sql(REWRITE), [list(column) for column in zip(*written, strict=True)])
        return Outcome(len(written), len(fresh) - len(written))

    def _resealed(self, value: bytes) -> bytes | None:
        try:
            return crypto.seal(crypto.unseal(value, context=self.context), context=self.context)
        except Undecryptable:
            return None

    def _sql(self, template: str) -> str:
        return template.format(table=self.table, key=self.key, value=self.value, assignment=self.assignment)


def column_vault(field: EncryptedTextField) -> SqlVault:
    model: type[models.Model] = field.model
    table, column = f'"{model._meta.db_table}"', f'"{field.column}"'
    return SqlVault(
        name=field.context,
        table=table,
        key=f'{table}."{model._meta.pk.column}"',
        value=f"{table}.{column}",
        assignment=f"{column} = sealed.fresh",
        context=field.context,
    )
