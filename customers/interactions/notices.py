"""Telling somebody that they are mentioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.text import isolated
from customers.models import Interaction
from notifications.kinds import NotificationKind, Words, register
from notifications.models import Notification
from notifications.telling import tell

MENTIONED = "mentioned"


def register_kinds() -> None:
    """Called once, by `CustomersConfig.ready`."""
    register(NotificationKind(MENTIONED, gettext_lazy("Mentioned"), "at-sign", words))


def tell_mentioned(interaction: Interaction, users: Sequence[User], *, by: User) -> None:
    tell(
        [user.pk for user in users],
        kind=MENTIONED,
        params={"interaction": interaction.pk, "by": by.pk},
        customer=interaction.customer_id,
        key=str(interaction.pk),
        but_not=by.pk,
    )


def words(notifications: Sequence[Notification], reader: User) -> Mapping[int, Words]:
    rows = Interaction.objects.visible_to(reader.sight).select_related("customer")
    found = rows.in_bulk([each.params["interaction"] for each in notifications])
    people = User.objects.in_bulk([each.params["by"] for each in notifications])
    said = {}
    for each in notifications:
        interaction, by = found.get(each.params["interaction"]), people.get(each.params["by"])
        if interaction is not None:
            names = {"by": by.name if by else "–", "customer": isolated(interaction.customer.name)}
            text = _("%(by)s mentions you at %(customer)s.") % names
            said[each.pk] = Words(text, interaction.customer.get_absolute_url())
    return said
