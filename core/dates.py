"""Instants and days. An instant is UTC; which day it belongs to is decided in the organisation's time zone."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def known_zone(name: str) -> ZoneInfo | None:
    """None where the zone database of this machine has no such name: another machine's, or another year's, may have."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def day_of(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The organisation's day that an aware instant falls on."""
    if instant.tzinfo is None:
        raise ValueError("a day is only defined for an instant with a time zone")
    return instant.astimezone(zone).date()


def in_zone(naive: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The instant that a clock on the wall in `zone` showed; of a doubled hour in autumn, the first."""
    return naive.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
