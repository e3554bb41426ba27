"""Merges as chance has it, for tests of what follows a customer from one record to another."""

from __future__ import annotations

import random

from accounts.models import User
from customers.merging.actions import merge_customers, undo_merge
from customers.models import Customer, Merge


def merge_two(rng: random.Random, *, by: User) -> None:
    """Two of the living, of whom at least one other is left."""
    living = list(Customer.objects.live().order_by("pk"))
    if len(living) > 2:
        keep, absorbed = rng.sample(living, 2)
        merge_customers(survivor_id=keep.pk, absorbed_ids=[absorbed.pk], picks={}, by=by)


def undo_last_merge(*, by: User) -> None:
    if merge := Merge.objects.filter(undone_at=None).order_by("pk").last():
        undo_merge(merge_id=merge.pk, by=by)
