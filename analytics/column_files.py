"""How files of columns are written: a line that says what follows, then the numbers of each as they lie in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

# Of so many bytes the places are a multiple at which columns begin: elsewhere they are read in twice the time.
ALIGNED = 8


def write_head(out: BinaryIO, told: Mapping[str, Any]) -> None:
    head = json.dumps(told).encode()
    out.write(head + b" " * (-(len(head) + 1) % ALIGNED) + b"\n")


def write_body(out: BinaryIO, numbers: NDArray[Any]) -> None:
    """As bytes: of a disk that is full NumPy's own way does not say that it is."""
    out.write(np.ascontiguousarray(numbers).view(np.uint8).data)
