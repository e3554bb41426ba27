"""What a person may do with customers: 404 to a stranger, 403 to somebody who may look but not touch."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts.models import Team, User
from accounts.visibility import OWN, Sight
from customers.models import Customer
from customers.querysets import CustomerQuerySet


def user_of(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  # the middleware let nobody else through
    return request.user


def sight_of(request: HttpRequest) -> Sight:
    return user_of(request).sight


def visible_customer(sight: Sight, pk: int, *, among: CustomerQuerySet | None = None) -> Customer:
    """A customer whom the person sees, not deleted unless `among` holds such."""
    rows = Customer.objects.filter(deleted_at=None) if among is None else among
    found: Customer = get_object_or_404(rows.visible_to(sight), pk=pk)
    return found


def editable_customer(sight: Sight, pk: int, *, among: CustomerQuerySet | None = None) -> Customer:
    customer = visible_customer(sight, pk, among=among)
    if not sight.may_edit(customer):
        raise PermissionDenied(_("You may read this customer, and not change it. Ask the owner or an admin."))
    return customer


def removable_customer(user: User, pk: int, *, among: CustomerQuerySet | None = None) -> Customer:
    """For deleting and restoring, which is for admins."""
    customer = visible_customer(user.sight, pk, among=among)
    if not user.is_admin:
        raise PermissionDenied(_("Only an admin deletes and restores customers."))
    return customer


def new_customer(user: User) -> Customer:
    """An unsaved one, of the person who makes it."""
    if not user.sight.may_create:
        raise PermissionDenied(_("Your role does not allow this. Ask an admin of your organisation."))
    return Customer(owner_id=user.pk, team_id=user.team_id)


# --- to whom a customer may be given ----------------------------------------------------------------------------------


def assignable_people(sight: Sight) -> QuerySet[User]:
    """Those who may become owners: everybody, or the person and their team."""
    people = User.objects.filter(is_active=True)
    if sight.sees_all:
        return people
    mine = Q(pk=sight.user_id or 0)
    return people.filter(mine | Q(team_id=sight.team_id) if sight.team_id else mine)


def assignable_teams(sight: Sight) -> QuerySet[Team]:
    return Team.objects.all() if sight.sees_all else Team.objects.filter(Q(pk=sight.team_id))


def keeps_what_they_create(sight: Sight) -> bool:
    """Whoever reaches only their own customers owns those that they create."""
    return sight.edits == OWN
