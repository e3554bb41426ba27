"""How a chart speaks to its reader, who is somebody with a language and a currency."""

from __future__ import annotations

import datetime as dt
from typing import Protocol


class Words(Protocol):
    """The reader's language and ways of writing. A chart formats nothing by itself: it asks here.

    In a chart, `_ = words.gettext` lets makemessages find its sentences.
    """

    @property
    def currency(self) -> str:
        """The organisation's, as its three letters."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, singular: str, plural: str, number: int, /) -> str: ...

    def number(self, value: float, /) -> str: ...

    def short_number(self, value: float, /) -> str:
        """The same in few letters, where little room is: 123K."""

    def percent(self, share: float, /) -> str:
        """0.123 as 12.3%."""

    def change(self, share: float, /) -> str:
        """0.123 as +12.3%."""

    def money(self, minor: float, /, *, compact: bool = False) -> str:
        """Minor units of the organisation's currency; `compact` for axes and headlines."""

    def major_units(self, minor: float, /) -> float:
        """Minor units as the currency counts: 1240 cents as 12.4."""

    def minor_units(self, major: float, /) -> float: ...

    def month(self, day: dt.date, /) -> str:
        """The month that a day lies in, as in Mar 2026."""

    def month_over_year(self, day: dt.date, /) -> str:
        """The same in two lines, for an axis: Mar<br>2026."""

    def month_name(self, day: dt.date, /) -> str:
        """The month that a day lies in, whatever the year, shortened: Mar."""

    def day(self, day: dt.date, /) -> str: ...
