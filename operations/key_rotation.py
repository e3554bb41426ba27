"""Encrypts every value that is not under the first key anew, as a job that goes on where it was broken off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import kinds
from jobs.context import JobContext
from jobs.kinds import MAINTENANCE, Fact, JobKind
from protection.keys import ring
from protection.rotation import Vault, values_by_key, vaults

JOB_KIND = "rotate_keys"
BATCH = 500


@dataclass
class Place:
    """How far a rotation to this key is: the vaults before this one are done, and this one up to this row."""

    key: str
    vault: str = ""
    row: int = 0
    rewritten: int = 0
    unreadable: int = 0


def register() -> None:
    """Called once, by `OperationsConfig.ready`."""
    kinds.register(
        JobKind(JOB_KIND, gettext_lazy("Key rotation"), MAINTENANCE, rotate_keys, describe_result=result_in_words)
    )


def rotate_keys(context: JobContext) -> Mapping[str, Any]:
    first = ring().first.id
    place = Place(**context.checkpoint) if context.checkpoint.get("key") == first else Place(first)
    total = place.rewritten + sum(number for key, number in values_by_key().items() if key != first)
    for vault in vaults():
        if vault.name >= place.vault:
            _rotate(vault, place, total, context)
    left = {key: number for key, number in values_by_key().items() if key != first}
    return {"key": first, "rewritten": place.rewritten, "unreadable": place.unreadable, "left": left}


def _rotate(vault: Vault, place: Place, total: int, context: JobContext) -> None:
    if vault.name != place.vault:
        place.vault, place.row = vault.name, 0
    while rows := vault.under_other_keys(after=place.row, limit=BATCH):
        with context.fenced():
            outcome = vault.rotate(rows)
            place.row = rows[-1]
            place.rewritten += outcome.rewritten
            place.unreadable += outcome.unreadable
            context.save_checkpoint(asdict(place))
        context.progress(place.rewritten + place.unreadable, total, vault.name)


def result_in_words(result: Mapping[str, Any]) -> Sequence[Fact]:
    facts = [(_("Key that encrypts"), str(result["key"])), (_("Values encrypted anew"), str(result["rewritten"]))]
    if result["unreadable"]:
        facts.append((_("Values whose key is missing"), str(result["unreadable"])))
    if result["left"]:
        left = ", ".join(f"{key}: {number}" for key, number in result["left"].items())
        facts.append((_("Values under other keys"), left))
    return facts
