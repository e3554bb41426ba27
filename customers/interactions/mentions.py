"""Colleagues named in a text: “@Lena Vogt”, or “@lena.vogt@example.org” where two have one name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from customers.models import Customer

# Inside an e-mail address an @ stands behind a letter: that is nobody who is spoken to. Han is written without blanks.
AT = re.compile(r"(?<![A-Za-z0-9._%+@-])@(?=\w)")
FIRST_HAN = "\u2e80"
MOST = 20
SUGGESTED = 8


def mentioned_in(text: str) -> list[User]:
    """In the order of the text, each once, at most `MOST`. What names nobody stays plain text.

    Of several names the longest counts, so that “@Ann Lee-Smith” is not Ann Lee; a name that two people have names
    neither.
    """
    places = [match.end() for match in AT.finditer(text)]
    if not places:
        return []
    called = _by_call(User.objects.filter(is_active=True).only("pk", "name", "email", "role", "team_id", "is_active"))
    folded = text.casefold()
    found = (_called_at(folded, place, called) for place in places)
    return list({user.pk: user for user in found if user}.values())[:MOST]


def who_may_not_see(customer: Customer, users: Iterable[User]) -> list[User]:
    return [user for user in users if not user.sight.may_see(customer)]


def suggestions(text: str, customer: Customer) -> list[User]:
    """Colleagues whose name begins so, in any of its words, and who may see the customer."""
    people = User.objects.filter(is_active=True)
    if text:
        people = people.filter(Q(name__istartswith=text) | Q(name__icontains=f" {text}"))
    return [user for user in people.order_by("name")[: SUGGESTED * 3] if user.sight.may_see(customer)][:SUGGESTED]


def marked(text: str, users: Sequence[User]) -> SafeString:
    """The text as HTML, with those who are mentioned set apart; everything that was typed is escaped."""
    calls = sorted({call for user in users for call in (f"@{user.name}", f"@{user.email}")}, key=len, reverse=True)
    if not calls:
        return conditional_escape(text)
    pattern = re.compile("|".join(map(re.escape, calls)), re.IGNORECASE)
    parts: list[str] = []
    place = 0
    for match in pattern.finditer(text):
        parts += [conditional_escape(text[place : match.start()]), format_html("<b>{}</b>", match.group())]
        place = match.end()
    parts.append(conditional_escape(text[place:]))
    return mark_safe("".join(parts))  # noqa: S308  # nosec  # each part is escaped above


def _by_call(people: Iterable[User]) -> dict[str, User | None]:
    """By what each is called; None where that is two people's."""
    called: dict[str, User | None] = {}
    for user in people:
        name = user.name.strip().casefold()
        if name:
            called[name] = None if name in called else user
        called[user.email] = user
    return called


def _called_at(folded: str, place: int, called: dict[str, User | None]) -> User | None:
    fitting = [
        call
        for call in called
        if folded.startswith(call, place) and not _goes_on(folded[place + len(call) : place + len(call) + 1])
    ]
    return called[max(fitting, key=len)] if fitting else None


def _goes_on(after: str) -> bool:
    """Whether what follows belongs to the same word."""
    return after.isalnum() and after < FIRST_HAN
