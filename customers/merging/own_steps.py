"""What becomes of what this app keeps about a record that is merged."""

from __future__ import annotations

from customers.merging.steps import Moves, Stays, registry
from customers.models import (
    Address,
    BulkBefore,
    Consent,
    ContactDay,
    ContactPerson,
    Customer,
    CustomerExternalId,
    DuplicatePair,
    EmailAddress,
    Event,
    Interaction,
    Merge,
    Order,
    PhoneNumber,
    PurchaseDay,
    Refund,
    Task,
    UnsureContactDay,
    UnsurePurchaseDay,
)

SAME_ADDRESS = (
    "kind",
    *(f"crm_sort_key(r.{part})" for part in ("street", "postal_code", "city", "region")),
    "country",
)


def register() -> None:
    """Called once, by `CustomersConfig.ready`."""
    registry.add(
        Moves(EmailAddress, same_by=("lower(r.email)",)),
        Moves(PhoneNumber, same_by=("digits",)),
        Moves(Address, same_by=SAME_ADDRESS),
        Moves(CustomerExternalId),
        Moves(Customer.tags.through, same_by=("tag_id",)),
        Moves(ContactPerson),
        Moves(ContactPerson, "person"),
        Moves(Consent),
        Moves(Order),
        Moves(Refund),
        Moves(Event),
        Moves(Interaction),
        Moves(Task),
        Moves(Customer, "organisation"),
        Moves(Customer, "referred_by"),
        Stays(ContactDay, "customer", because="It follows the rows that move."),
        Stays(PurchaseDay, "customer", because="It follows the orders that move."),
        Stays(UnsureContactDay, "customer", because="Of whom the rows moved to is noted anew."),
        Stays(UnsurePurchaseDay, "customer", because="Of whom the orders moved to is noted anew."),
        Stays(Customer, "merged_into", because="What was merged into it earlier is led on by it."),
        Stays(BulkBefore, "customer", because="It says what that record was before it was changed with many others."),
        Stays(Merge, "survivor", because="It is undone after this one, from the record that it made."),
        Stays(DuplicatePair, "first", because="The next search knows the survivor."),
        Stays(DuplicatePair, "second", because="The next search knows the survivor."),
    )
