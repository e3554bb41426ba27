"""The columns beside a file of facts as they lie on the disk: read where they are, for whoever asks again and again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from analytics.snapshot_columns import Mask, NoColumns, Numbers, columns_path


@dataclass(frozen=True)
class MappedColumns:
    rows: int
    told: Mapping[str, Any]
    body: NDArray[np.uint8]

    @classmethod
    def beside(cls, facts: Path) -> Self:
        """Raises NoColumns where they are not there, or are not whole."""
        told, body = mapped(columns_path(facts))
        return cls(told["rows"], told["columns"], body)

    def of(self, name: str) -> Numbers:
        """Raises NoColumns where the file is older than the column."""
        if name not in self.told:
            raise NoColumns(name)
        column = self.told[name]
        kind = np.dtype(column["type"])
        numbers: Numbers = self.body[column["at"] : column["at"] + self.rows * kind.itemsize].view(kind)
        return numbers.astype(np.int64) * column["factor"] if column["factor"] > 1 else numbers

    def places(self, name: str) -> Numbers:
        """Of a column of ids, as what arrays are indexed with."""
        return self.of(name).astype(np.intp)

    def texts(self, name: str) -> list[str]:
        """Those that the numbers of a column stand for."""
        if name not in self.told:
            raise NoColumns(name)
        found: list[str] = self.told[name]["texts"]
        return found

    def have(self, name: str, text: str) -> Mask:
        """Which rows have that text."""
        texts = self.texts(name)
        if text not in texts:
            return np.zeros(self.rows, dtype=np.bool_)
        have: Mask = self.of(name) == texts.index(text)
        return have


def mapped(path: Path, *, mode: Literal["r", "r+"] = "r") -> tuple[Mapping[str, Any], NDArray[np.uint8]]:
    """The line that a file begins with, and what follows it. Raises NoColumns where it is not there, not for
    us to read, or not whole."""
    try:
        with path.open("rb") as file:
            told: Mapping[str, Any] = json.loads(file.readline())
            start = file.tell()
        found: NDArray[np.uint8] = np.memmap(path, np.uint8, mode).view(np.ndarray)
    except (OSError, ValueError) as error:
        raise NoColumns(path.name) from error
    if len(found) != start + told["size"]:
        raise NoColumns(path.name)
    return told, found[start:]
