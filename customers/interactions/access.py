"""Who reads the customer reads what was done with them; only whoever wrote it, and managers, change it."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Interaction
from protection.masking import text_shown


def visible_interaction(user: User, pk: int, *, deleted: bool = False) -> Interaction:
    """One whose customer the person sees; with `deleted`, one that was deleted, to bring it back."""
    rows = Interaction.objects.select_related("customer", "file")
    if deleted:
        rows = rows.filter(user.sight.visible("customer__"), customer__deleted_at=None)
    else:
        rows = rows.visible_to(user.sight)
    found: Interaction = get_object_or_404(rows, pk=pk)
    return found


def may_change(user: User, interaction: Interaction) -> bool:
    is_theirs = interaction.author_id == user.pk or user.is_manager
    return is_theirs and user.sight.may_edit(interaction.customer)


def changeable_interaction(user: User, pk: int, *, deleted: bool = False) -> Interaction:
    interaction = visible_interaction(user, pk, deleted=deleted)
    if not may_change(user, interaction):
        raise PermissionDenied(_("Only whoever wrote this, and managers, may change it."))
    return interaction


def rewritable_interaction(user: User, pk: int) -> Interaction:
    """One whose text the person may replace: what is hidden from them in it would be lost."""
    interaction = changeable_interaction(user, pk)
    if interaction.author_id != user.pk and text_shown(user.sight, interaction.text) != interaction.text:
        raise PermissionDenied(
            _("The text holds numbers or addresses that are hidden from you, so you cannot rewrite it.")
        )
    return interaction
