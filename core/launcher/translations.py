"""Compiled translations: not kept in the repository, so made wherever the product runs. Needs no gettext program."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from core.launcher.progress import ROOT, Failure


def compile_translations(folder: Path = ROOT / "locale") -> list[Path]:
    """Compile what is newer than its compiled form; returns the files written."""
    return [compiled for source in sorted(folder.glob("*/LC_MESSAGES/*.po")) if (compiled := compile_one(source))]


def compile_one(source: Path) -> Path | None:
    compiled = source.with_suffix(".mo")
    if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
        return None
    try:
        with source.open("rb") as file:
            catalog = read_po(file, abort_invalid=True)
    except PoFileError as error:
        raise Failure(f"{source} is not a valid translation file: {error}") from error
    fresh = compiled.with_suffix(f".{os.getpid()}")
    with fresh.open("wb") as file:
        write_mo(file, catalog)
    fresh.replace(compiled)  # a server that reads it meanwhile sees the old one or the new one
    return compiled
