"""Notes, calls, meetings, e-mails and files on the customer's timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from accounts.visibility import Sight
from core.templatetags.ui import duration, long_text
from customers.extensions import Label, Place, Registry, TimelineEntry, TimelineSource
from customers.interactions.mentions import marked
from customers.interactions.quick_add import ICONS
from customers.models import Customer, Interaction
from customers.timeline import before_place
from protection.masking import text_shown

Kind = Interaction.Kind


@dataclass(frozen=True)
class Told:
    """What the entry's template shows below the title."""

    interaction: Interaction
    text: str
    facts: Sequence[str]
    may_edit: bool


def rows(customer: Customer, sight: Sight, *, kind: str = "") -> QuerySet[Interaction]:
    """Of all kinds, or of one."""
    found: QuerySet[Interaction] = Interaction.objects.live().filter(customer=customer)
    return found.filter(kind=kind) if kind else found


def entries(
    customer: Customer, sight: Sight, before: Place | None, limit: int, *, kind: str = ""
) -> Sequence[TimelineEntry]:
    newest = before_place(rows(customer, sight, kind=kind), "happened_at", before, limit)
    found: list[Interaction] = list(newest.select_related("author", "file"))
    prefetch_related_objects([each for each in found if "@" in each.text], "mentions")
    prefetch_related_objects([each for each in found if each.kind == Kind.MEETING], "attendees", "contact_people")
    may_edit = sight.may_edit(customer)
    return [_entry(interaction, sight, may_edit=may_edit) for interaction in found]


def _entry(interaction: Interaction, sight: Sight, *, may_edit: bool) -> TimelineEntry:
    users = list(interaction.mentions.all()) if "@" in interaction.text else []
    return TimelineEntry(
        at=interaction.happened_at,
        id=interaction.pk,
        kind=interaction.kind,
        icon=ICONS[interaction.kind],
        title=title_of(interaction, sight),
        actor=str(interaction.author or ""),
        template="interactions/_entry.html",
        data=Told(interaction, _text(interaction, users, sight), list(_facts(interaction, sight)), may_edit),
    )


def _text(interaction: Interaction, users: Sequence[User], sight: Sight) -> str:
    """As HTML, with those who are mentioned set apart."""
    shown = text_shown(sight, interaction.text)
    return long_text(shown, partial(marked, users=users)) if shown else ""


def title_of(interaction: Interaction, sight: Sight) -> str:
    kind = str(interaction.get_kind_display())
    if interaction.kind == Kind.FILE and hasattr(interaction, "file"):
        return text_shown(sight, interaction.file.name)
    if interaction.title:
        return f"{kind}: {text_shown(sight, interaction.title)}"
    return kind


def _facts(interaction: Interaction, sight: Sight) -> Iterator[str]:
    if interaction.direction:
        yield str(interaction.get_direction_display())
    if interaction.outcome:
        yield str(interaction.get_outcome_display())
    if interaction.duration_minutes:
        yield duration(interaction.duration_minutes * 60)
    if interaction.place:
        yield text_shown(sight, interaction.place)
    if interaction.kind == Kind.MEETING:
        people = [*interaction.attendees.all(), *interaction.contact_people.all()]
        if people:
            yield _("with %(names)s") % {"names": ", ".join(map(str, people))}


def _part(key: str, label: Label, kind: str) -> TimelineSource:
    only, of = partial(entries, kind=kind), partial(rows, kind=kind)
    return TimelineSource(key, label, ICONS[kind], only, rows=of, at="happened_at")


def register(registry: Registry) -> None:
    """Called once, by `CustomersConfig.ready`."""
    parts = (
        _part("notes", gettext_lazy("Notes"), Kind.NOTE),
        _part("calls", gettext_lazy("Calls"), Kind.CALL),
        _part("meetings", gettext_lazy("Meetings"), Kind.MEETING),
        _part("emails", pgettext_lazy("messages", "E-mails"), Kind.EMAIL),
        _part("files", gettext_lazy("Files"), Kind.FILE),
    )
    label = gettext_lazy("Notes and contacts")
    registry.add(
        TimelineSource("interactions", label, "message-circle", entries, rows=rows, at="happened_at", parts=parts)
    )
