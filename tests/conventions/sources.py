"""The product's own files: what a person wrote here, without what was installed, generated or collected."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_OURS = {"__pycache__", "node_modules", "staticfiles"}


def own_files(*suffixes: str, below: str = "") -> list[Path]:
    return [path for path in _all_files() if path.suffix in suffixes and path.is_relative_to(ROOT / below)]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def breaches(paths: Iterable[Path], look: Callable[[Path], Any]) -> dict[str, Any]:
    """What `look` finds wrong, by file. One test asks all files: thousands of tests cost more than their questions."""
    return {name_of(path): found for path in paths if (found := look(path))}


def finder(pattern: str) -> Callable[[Path], list[str]]:
    """A look for all that matches in the text of a file."""
    return lambda path: re.findall(pattern, path.read_text(encoding="utf-8"))


@cache
def _all_files() -> tuple[Path, ...]:
    return tuple(sorted(_walk()))


def _walk() -> Iterator[Path]:
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and (name == ".ci" or not name.startswith("."))]
        yield from (Path(folder) / name for name in files)
