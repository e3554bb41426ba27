"""Charts that were drawn from the same numbers before."""

from __future__ import annotations

import hashlib
import pickle  # nosec B403  # it only writes
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import cast

import pandas as pd
from django.utils.translation import get_language

from reports.charts.drawing import Drawing, nothing_to_draw
from reports.charts.words import Words

Draw = Callable[[pd.DataFrame, Words], Drawing]

KEPT_DRAWINGS = 128


def drawn(draw: Draw, frame: pd.DataFrame, words: Words) -> Drawing:
    """What `draw` makes of the frame. Drawing takes longer than all the rest of a card, and depends on nothing but the
    numbers and the reader's language: so who sees the same numbers may see the same picture."""
    if frame.empty and any(frame.attrs.get("all", {}).values()):
        return nothing_to_draw(words.gettext("Too few customers to tell you of."), has_advice=False)
    return _drawn(draw, _Numbers(frame), cast("Hashable", words), get_language())


class _Numbers:
    """A frame that equals every other one with the same content."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame: pd.DataFrame | None = frame
        self._content = hashlib.sha256(pickle.dumps(frame)).digest()

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Numbers) and other._content == self._content

    def handed_over(self) -> pd.DataFrame:
        """The frame, which is not kept with the drawing made of it."""
        assert self.frame is not None  # noqa: S101  # it is drawn once
        frame, self.frame = self.frame, None
        return frame


@lru_cache(maxsize=KEPT_DRAWINGS)
def _drawn(draw: Draw, numbers: _Numbers, words: Hashable, language: str | None) -> Drawing:
    return draw(numbers.handed_over(), cast("Words", words))
