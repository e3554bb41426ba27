"""Merging records, and undoing it. Each is one transaction: all of it, or nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from customers import consent
from customers.actions import PARTS, ensure_primary
from customers.merging import fields
from customers.merging.steps import Pair, note_added, registry
from customers.models import Address, Consent, ContactPerson, Customer, EmailAddress, Merge, MergedRows, PhoneNumber
from protection.audit.actor import regrouping

UNDONE_WITHIN = dt.timedelta(days=30)
MOST_AT_ONCE = 10


class CannotMerge(Exception):
    """Why, in words for the person."""


class Changed(CannotMerge):
    """Somebody saved one of the records since they were laid side by side."""


class CannotUndo(Exception):
    """Why, in words for the person."""


class NotAllowed(Exception):
    """The person may not edit all the records."""


@dataclass(frozen=True)
class Undone:
    merge: Merge
    conflicts: list[str]


# --- merging ----------------------------------------------------------------------------------------------------------


def merge_customers(
    *,
    survivor_id: int,
    absorbed_ids: Sequence[int],
    picks: Mapping[str, int],
    versions: Mapping[int, int] | None = None,
    by: User,
) -> Merge:
    """Make several records into one. `picks` names, for fields, the record whose value the survivor takes; what is not
    named stays. `versions` are those that the person saw.

    Raises CannotMerge, Changed, NotAllowed. What was merged already in the same way is answered with that merge.
    """
    with transaction.atomic():
        customers = _locked([survivor_id, *absorbed_ids])
        if repeated := _merged_before(customers, survivor_id, absorbed_ids):
            return repeated
        _check(customers, survivor_id, versions, by)
        return _merge(customers, survivor_id, picks, by)


def _locked(ids: Sequence[int]) -> dict[int, Customer]:
    """In the order of their ids, so that two merges of the same records take turns. Orders that arrive wait, too."""
    rows = Customer.objects.filter(pk__in=ids).order_by("pk").select_for_update()
    found = {customer.pk: customer for customer in rows}
    if len(found) < len(ids):
        raise CannotMerge(_("One of the records is no longer there."))
    return found


def _merged_before(customers: Mapping[int, Customer], survivor_id: int, absorbed_ids: Sequence[int]) -> Merge | None:
    if not absorbed_ids or any(customers[pk].merged_into_id != survivor_id for pk in absorbed_ids):
        return None
    merges = Merge.objects.filter(survivor_id=survivor_id, undone_at=None, absorbed_ids__contains=list(absorbed_ids))
    return merges.order_by("-pk").first()


def _check(customers: Mapping[int, Customer], survivor_id: int, versions: Mapping[int, int] | None, by: User) -> None:
    if not 2 <= len(customers) <= MOST_AT_ONCE:
        raise CannotMerge(_("Choose two to %(most)d records.") % {"most": MOST_AT_ONCE})
    if any(customer.deleted_at for customer in customers.values()):
        raise CannotMerge(_("One of the records was deleted or merged meanwhile."))
    if not all(by.sight.may_edit(customer) for customer in customers.values()):
        raise NotAllowed
    if len({customer.kind for customer in customers.values()}) > 1:
        raise CannotMerge(_("A person and an organisation cannot be merged. Change the kind of one of them first."))
    if versions is not None and any(versions.get(pk) != customer.version for pk, customer in customers.items()):
        raise Changed(_("Somebody has changed one of the records since you looked at them. Look once more."))
    for refuse in registry.refusals:
        if words := refuse(list(customers)):
            raise CannotMerge(words)


def _merge(customers: Mapping[int, Customer], survivor_id: int, picks: Mapping[str, int], by: User) -> Merge:
    moment = timezone.now()
    absorbed_ids = sorted(customers.keys() - {survivor_id})
    merge = Merge.objects.create(survivor_id=survivor_id, absorbed_ids=absorbed_ids, merged_at=moment, merged_by=by)
    merge.counts = {}
    consents = _consents_in_force(customers)
    with regrouping():
        for pair in (Pair(merge, pk) for pk in absorbed_ids):
            for step in registry.steps:
                if moved := step.merge(pair):
                    name = step.links[0][0]._meta.label_lower
                    merge.counts[name] = merge.counts.get(name, 0) + moved
    _refuse_what_anybody_refused(merge, consents, by)
    merge.swapped = _take_values(customers, survivor_id, picks)
    if fields.OBJECTION in merge.swapped:
        consent.take_turn()
        consent.profiling.stop([survivor_id])
    Customer.objects.filter(pk=survivor_id).update(version=F("version") + 1, updated_at=moment)
    Customer.objects.filter(pk__in=absorbed_ids).update(
        merged_into=survivor_id, deleted_at=moment, version=F("version") + 1, updated_at=moment
    )
    for model in PARTS:
        model.objects.filter(customer_id__in=absorbed_ids, deleted_at=None).update(deleted_at=moment)
    merge.save(update_fields=["counts", "swapped"])
    return merge


def _take_values(
    customers: Mapping[int, Customer], survivor_id: int, picks: Mapping[str, int]
) -> dict[str, tuple[int, str]]:
    known = set(fields.fields_of())
    if unknown := [name for name, pk in picks.items() if name not in known or pk not in customers]:
        raise CannotMerge(_("“%(field)s” cannot be taken from that record.") % {"field": unknown[0]})
    wanted = {
        name: pk
        for name, pk in picks.items()
        if pk != survivor_id and not (name in fields.LINKS and fields.value_of(customers[pk], name) in customers)
    }
    if (objector := fields.objector(list(customers.values()), survivor_id)) is not None:
        wanted[fields.OBJECTION] = objector
    for absorbed_id, names in fields.grouped(wanted).items():
        fields.exchange(survivor_id, absorbed_id, names)
    survivor = Customer.objects.get(pk=survivor_id)
    return {name: (pk, fields.digest_of(survivor, name)) for name, pk in wanted.items()}


def _consents_in_force(customers: Mapping[int, Customer]) -> dict[str, list[bool]]:
    """For each purpose what each record says now."""
    newest = Consent.objects.filter(customer_id__in=customers).order_by("customer_id", "purpose", "-decided_at", "-id")
    said: dict[str, list[bool]] = {}
    for purpose, is_given in newest.distinct("customer_id", "purpose").values_list("purpose", "is_given"):
        said.setdefault(purpose, []).append(is_given)
    return said


def _refuse_what_anybody_refused(merge: Merge, said: Mapping[str, Sequence[bool]], by: User) -> None:
    """Of two decisions the strictest holds, be it the older one."""
    disputed = [purpose for purpose, decisions in said.items() if len(set(decisions)) > 1]
    rows = [
        Consent(
            customer_id=merge.survivor_id,
            purpose=purpose,
            is_given=False,
            decided_at=merge.merged_at,
            source=_("Merge of records"),
            recorded_by=by,
        )
        for purpose in disputed
    ]
    note_added(Pair(merge, merge.absorbed_ids[0]), Consent.objects.bulk_create(rows))


# --- undoing ----------------------------------------------------------------------------------------------------------


def undo_merge(*, merge_id: int, by: User) -> Undone:
    """Take the records apart again. What came to the survivor since stays there; what cannot go back is named.

    Raises CannotUndo, NotAllowed. One that was undone already is answered so.
    """
    try:
        with transaction.atomic():
            merge = Merge.objects.select_for_update().get(pk=merge_id)
            customers = _locked_for_undo(merge, by)
            if merge.undone_at is not None:
                return Undone(merge, [])
            _check_undo(merge, customers)
            conflicts = _undo(merge, customers)
            merge.undone_at, merge.undone_by = timezone.now(), by
            merge.save(update_fields=["undone_at", "undone_by"])
            merge.rows.all().delete()
    except IntegrityError as error:
        raise CannotUndo(
            _("A number of one of the records has been given to somebody else since. Take it away there first.")
        ) from error
    return Undone(merge, conflicts)


def _locked_for_undo(merge: Merge, by: User) -> dict[int, Customer]:
    rows = Customer.objects.filter(pk__in=[merge.survivor_id, *merge.absorbed_ids]).order_by("pk").select_for_update()
    customers = {customer.pk: customer for customer in rows}
    if not all(by.sight.may_edit(customer) for customer in customers.values()):
        raise NotAllowed
    return customers


def _check_undo(merge: Merge, customers: Mapping[int, Customer]) -> None:
    if merge.settled_at is not None or merge.merged_at < timezone.now() - UNDONE_WITHIN:
        days = UNDONE_WITHIN.days
        raise CannotUndo(_("A merge can be undone for %(days)d days, which are over.") % {"days": days})
    survivor = customers[merge.survivor_id]
    if survivor.merged_into_id:
        raise CannotUndo(_("This record was merged into another one since. Undo that merge first."))
    if survivor.deleted_at:
        raise CannotUndo(_("This record was deleted since. An admin can restore it first."))
    later = Merge.objects.filter(survivor_id=survivor.pk, undone_at=None, pk__gt=merge.pk)
    if later.exists():
        raise CannotUndo(_("Another record was merged into this one since. Undo that merge first."))
    if any(customers[pk].merged_into_id != survivor.pk for pk in merge.absorbed_ids if pk in customers):
        raise CannotUndo(_("One of the records is no longer there."))


def _undo(merge: Merge, customers: Mapping[int, Customer]) -> list[str]:
    conflicts = _give_values_back(merge, customers)
    _remove_added(merge)
    with regrouping():
        for pair in (Pair(merge, pk) for pk in reversed(merge.absorbed_ids)):
            for step in reversed(registry.steps):
                conflicts += step.undo(pair)
    moment = timezone.now()
    for absorbed_id in merge.absorbed_ids:
        for model in PARTS:
            marked = model.objects.filter(customer_id=absorbed_id, deleted_at=merge.merged_at)
            marked.update(deleted_at=None)
    Customer.objects.filter(pk__in=merge.absorbed_ids).update(
        merged_into=None, deleted_at=None, version=F("version") + 1, updated_at=moment
    )
    Customer.objects.filter(pk=merge.survivor_id).update(version=F("version") + 1, updated_at=moment)
    for listed in (EmailAddress, PhoneNumber, Address, ContactPerson):
        ensure_primary(listed, customers[merge.survivor_id])
    return conflicts


def _give_values_back(merge: Merge, customers: Mapping[int, Customer]) -> list[str]:
    survivor = customers[merge.survivor_id]
    conflicts, back = [], {}
    for name, (absorbed_id, digest) in merge.swapped.items():
        if fields.digest_of(survivor, name) == digest:
            back[name] = absorbed_id
        else:
            conflicts.append(
                _("“%(field)s” was changed since: it stays as it is now.") % {"field": fields.label_of(name)}
            )
    for absorbed_id, names in fields.grouped(back).items():
        fields.exchange(survivor.pk, absorbed_id, names)
    return conflicts


def _remove_added(merge: Merge) -> None:
    for notes in merge.rows.filter(effect=MergedRows.Effect.ADDED, table_name=Consent._meta.db_table):
        Consent.objects.filter(pk__in=notes.row_ids).delete()
