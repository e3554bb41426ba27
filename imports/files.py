"""Opening a file that somebody else wrote: compressed or not, in whatever encoding."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from django.utils.translation import gettext as _

from imports.errors import ImportFileError

SAMPLE_BYTES = 1 << 18

# Longer marks first: UTF-32's begins with UTF-16's.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Tried in this order where the file says nothing. The last takes every byte.
FALLBACKS = ("utf-8", "cp1252", "latin-1")

# What the modules that unpack raise at a damaged file.
DAMAGES = (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError)


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], BinaryIO]]:
    """The file's content, unpacked, and the file itself, whose position says how far the reading is."""
    with readable(path), path.open("rb") as raw:
        start = raw.read(8)
        raw.seek(0)
        with _unpacked(path, raw, start) as content:
            yield content, raw


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in words what stands against reading the file."""
    try:
        yield
    except FileNotFoundError:
        raise ImportFileError(_("There is no file %(path)s. Check the path.") % {"path": path}) from None
    except IsADirectoryError:
        raise ImportFileError(_("%(path)s is a folder. Name a file in it.") % {"path": path}) from None
    except PermissionError:
        raise ImportFileError(_("The file %(path)s may not be read by this user.") % {"path": path}) from None
    except UnicodeError:
        raise
    except DAMAGES as error:
        raise ImportFileError(
            _("The file %(path)s is damaged or incomplete: %(error)s. Get it anew from where it came.")
            % {"path": path, "error": error}
        ) from None


def _unpacked(path: Path, raw: BinaryIO, start: bytes) -> IO[bytes]:
    if start.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(raw))
    if start.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(raw)
    if start.startswith(b"PK\x03\x04"):
        return _only_member(path, raw)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise _is_spreadsheet(path)
    return raw


def _only_member(path: Path, raw: BinaryIO) -> IO[bytes]:
    archive = zipfile.ZipFile(raw)
    names = [item.filename for item in archive.infolist() if not item.is_dir()]
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise _is_spreadsheet(path)
    if len(names) != 1:
        raise ImportFileError(
            _("The archive %(path)s holds %(count)s files. Unpack it and name one of them.")
            % {"path": path, "count": len(names)}
        )
    return archive.open(names[0])


def _is_spreadsheet(path: Path) -> ImportFileError:
    return ImportFileError(
        _("%(path)s is a spreadsheet or document. Save its sheet as CSV (UTF-8) and import that.") % {"path": path}
    )


def digest(path: Path) -> str:
    with readable(path), path.open("rb") as raw:
        return hashlib.file_digest(raw, "sha256").hexdigest()


def sample(path: Path) -> bytes:
    with opened(path) as (content, _raw):
        return content.read(SAMPLE_BYTES)


def likely_encodings(start: bytes, stated: str = "") -> tuple[str, ...]:
    """The encodings to read with, in the order to try them."""
    marked = next((encoding for mark, encoding in BYTE_ORDER_MARKS if start.startswith(mark)), "")
    if stated:
        # Without this the mark would become part of the first header.
        return (marked if marked.removesuffix("-sig") == codecs.lookup(stated).name else stated,)
    if marked:
        return (marked,)
    if _every_other_byte_is_nul(start):
        return ("utf-16-le" if start[1:2] == b"\0" else "utf-16-be",)
    return FALLBACKS


def _every_other_byte_is_nul(start: bytes) -> bool:
    """UTF-16 without its mark: the text of most tables is mostly ASCII."""
    return len(start) >= 8 and max(start[0::2].count(0), start[1::2].count(0)) > 0.4 * len(start)


def decoded_sample(start: bytes, encoding: str) -> str | None:
    """The beginning as text, or None where it is not in this encoding. A character cut off at the end is left out."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(start, final=False)
    except UnicodeError:
        return None
