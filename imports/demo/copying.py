"""Rows in the two formats of PostgreSQL's COPY, made by the column.

Binary for the many rows of facts: each value becomes four bytes of length and its content, so rows whose values are of
equal lengths form a rectangle of bytes. Rows are grouped by these lengths, and each group is filled at once. Text for
the rest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import models
from numpy.typing import NDArray

from imports.demo.numbering import Numbering
from imports.demo.seasons import Ints

Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]

BINARY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
BINARY_TRAILER = b"\xff\xff"
POSTGRES_EPOCH = np.datetime64("2000-01-01", "us")
NULL_LENGTH = -1
NULL_TEXT = "\\N"
# A numeric travels in digits to the base 10,000; two of them hold what is before the point.
NUMERIC_BASE = 10_000
WHOLE_DIGITS = 2


@dataclass(frozen=True)
class Rows:
    """What one COPY brings into a table. `fields` are the model's, in the order of the columns."""

    model: type[models.Model]
    fields: tuple[str, ...]
    data: bytes
    count: int
    is_binary: bool = True


@dataclass(frozen=True)
class Column:
    """The bytes of n values, shape (n, widest), and how many of them count: one length for all, or one each."""

    content: Bytes
    lengths: int | Ints


def whole_numbers(values: NDArray[np.integer], *, size: int = 8) -> Column:
    return Column(_bytes_of(values.astype(f">i{size}")), size)


def instants(moments: NDArray[np.datetime64]) -> Column:
    return whole_numbers((moments.astype("datetime64[us]") - POSTGRES_EPOCH).astype(np.int64))


def days(dates: NDArray[np.datetime64]) -> Column:
    return whole_numbers((dates - POSTGRES_EPOCH.astype("datetime64[D]")).astype(np.int64), size=4)


def decimals(scaled: Ints, *, places: int) -> Column:
    """Numbers from 0 to below 10⁸, given as integers of 10⁻ᵖˡᵃᶜᵉˢ. Zeros around a number do no harm."""
    fraction_digits = -(-places // 4)
    whole, fraction = np.divmod(scaled, 10**places)
    fraction = fraction * 10 ** (4 * fraction_digits - places)
    parts = np.empty((len(scaled), 4 + WHOLE_DIGITS + fraction_digits), dtype=">i2")
    parts[:, :4] = (WHOLE_DIGITS + fraction_digits, WHOLE_DIGITS - 1, 0, places)
    parts[:, 4], parts[:, 5] = np.divmod(whole, NUMERIC_BASE)
    for place in range(fraction_digits):
        parts[:, -1 - place] = fraction // NUMERIC_BASE**place % NUMERIC_BASE
    return Column(_bytes_of(parts), 2 * parts.shape[1])


def texts(codes: NDArray[np.integer], vocabulary: Sequence[str]) -> Column:
    """Texts out of a few, by their position."""
    encoded = [text.encode() for text in vocabulary]
    widest = max(map(len, encoded))
    content = np.frombuffer(b"".join(text.ljust(widest, b"\0") for text in encoded), dtype=np.uint8)
    lengths = np.array([len(text) for text in encoded])
    return Column(content.reshape(len(encoded), widest)[codes], lengths[codes])


def constant(text: str, count: int) -> Column:
    encoded = np.array(list(text.encode()), dtype=np.uint8)
    return Column(np.broadcast_to(encoded, (count, len(encoded))), len(encoded))


def numbered(prefix: str, numbers: Ints, *, digits: int = 9) -> Column:
    """Texts such as `W-000000042`."""
    lead = np.frombuffer(prefix.encode(), dtype=np.uint8)
    content = np.empty((len(numbers), len(lead) + digits), dtype=np.uint8)
    content[:, : len(lead)] = lead
    for place in range(digits):
        content[:, -1 - place] = ord("0") + numbers // 10**place % 10
    return Column(content, content.shape[1])


def uuids(high: Ints, low: Ints) -> Column:
    return Column(_bytes_of(np.column_stack([high, low]).astype(">i8")), 16)


def nullable(column: Column, is_null: Mask) -> Column:
    return Column(column.content, np.where(is_null, NULL_LENGTH, column.lengths))


def binary_rows(model: type[models.Model], **columns: Column) -> Rows:
    count = len(next(iter(columns.values())).content)
    if not count:
        return Rows(model, tuple(columns), b"", 0)
    shapes = _shapes(list(columns.values()), count)
    parts = [BINARY_HEADER, *(_rectangle(list(columns.values()), rows) for rows in shapes), BINARY_TRAILER]
    return Rows(model, tuple(columns), b"".join(parts), count)


def text_rows(model: type[models.Model], **columns: Iterable[str]) -> Rows:
    """Rows of texts as COPY reads them: without tabs, line breaks and backslashes, but for `NULL_TEXT`."""
    lines = ["\t".join(row) for row in zip(*columns.values(), strict=True)]
    data = "\n".join([*lines, ""]) if lines else ""
    return Rows(model, tuple(columns), data.encode(), len(lines), is_binary=False)


def text_rows_of(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[str]], numbering: Numbering
) -> Rows:
    """The same from rows instead of columns, with an id put before each."""
    ids = map(str, numbering.take(model, len(rows)))
    columns = zip(*rows, strict=True) if rows else [()] * len(fields)
    return text_rows(model, id=ids, **dict(zip(fields, columns, strict=True)))


def instant_texts(moments: NDArray[np.datetime64]) -> list[str]:
    """UTC instants as COPY reads them in the text format."""
    return [f"{moment}+00" for moment in np.datetime_as_string(moments).tolist()]


def _bytes_of(values: NDArray[np.generic]) -> Bytes:
    contiguous = np.ascontiguousarray(values)
    width = values.dtype.itemsize * math.prod(values.shape[1:])
    return contiguous.view(np.uint8).reshape(len(contiguous), width)


def _shapes(columns: Sequence[Column], count: int) -> Sequence[Ints | slice]:
    """The rows of each combination of lengths."""
    shape = np.zeros(count, dtype=np.int64)
    for column in columns:
        if not isinstance(column.lengths, int):
            shape = shape * (column.content.shape[1] + 2) + column.lengths + 1
            shape = np.unique(shape, return_inverse=True)[1]
    if not shape.any():
        return [slice(None)]
    order = np.argsort(shape, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(shape[order])) + 1)


def _rectangle(columns: Sequence[Column], rows: Ints | slice) -> bytes:
    """The rows, all of one shape, as bytes."""
    lengths = [
        column.lengths if isinstance(column.lengths, int) else int(column.lengths[rows][0]) for column in columns
    ]
    count = len(columns[0].content[rows])
    filled = np.empty((count, 2 + sum(4 + max(length, 0) for length in lengths)), dtype=np.uint8)
    filled[:, :2] = _bytes_of(np.array([len(columns)], dtype=">i2"))
    at = 2
    for column, length in zip(columns, lengths, strict=True):
        filled[:, at : at + 4] = _bytes_of(np.array([length], dtype=">i4"))
        at += 4
        if length > 0:
            filled[:, at : at + length] = column.content[rows, :length]
            at += length
    return filled.tobytes()
