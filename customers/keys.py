"""What records of one customer have in common, however it was typed: as PostgreSQL makes it and its indexes know it.

The functions are made by migration 0011; a change of what they return needs its indexes made anew.
"""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func, TextField

ENDING_DIGITS = 10


class NameKey(Func):
    """A name in lower case, without accents, punctuation and legal form, its words in the order of the alphabet."""

    function = "crm_name_key"
    output_field: Any = CharField()


class SortKey(Func):
    """A text without case and accents, as `core` has PostgreSQL make it."""

    function = "crm_sort_key"
    output_field: Any = TextField()


class WebsiteHost(Func):
    """The host of an address, without “www.”."""

    function = "crm_website_host"
    output_field: Any = CharField()


class PhoneEnding(Func):
    """The last ten digits: what stays of a number when the country is left out."""

    template = f"RIGHT(%(expressions)s, {ENDING_DIGITS})"
    output_field: Any = CharField()
