"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from customers import history_words
from customers.models import (
    Address,
    BulkBatch,
    BulkBefore,
    BulkChange,
    Category,
    Consent,
    ContactDay,
    ContactPerson,
    Customer,
    CustomerExternalId,
    CustomerFile,
    CustomField,
    DuplicatePair,
    EmailAddress,
    Event,
    FileContent,
    Interaction,
    Merge,
    MergedRows,
    Order,
    OrderLine,
    PhoneNumber,
    PinnedView,
    Product,
    PurchaseDay,
    Refund,
    RefundLine,
    SavedFilter,
    Tag,
    Task,
    UnsureContactDay,
    UnsurePurchaseDay,
)
from protection.audit.trail import FACTS, audit, exempt

audit(Customer)
audit(Customer.tags.through, customer="customer")
audit(CustomerExternalId)
audit(Consent)
audit(Address)
audit(EmailAddress)
audit(PhoneNumber)
audit(ContactPerson)
audit(Tag)
audit(Category)
audit(Product)
audit(CustomField)
audit(SavedFilter, dotted="expression layout")  # it may ask for a number that is encrypted elsewhere

audit(Merge, dotted="swapped")
exempt(MergedRows, because="What an undo of a merge needs; that there was one stands in its own line.")
audit(DuplicatePair, bulk_above=FACTS)

audit(Order, bulk_above=FACTS)
audit(OrderLine, bulk_above=FACTS)
audit(Refund, bulk_above=FACTS)
audit(RefundLine, bulk_above=FACTS)
audit(Event, bulk_above=FACTS)

exempt(BulkChange, because="How far a job is; what it changed is in the trail customer by customer.")
exempt(BulkBatch, because="What a job has still to do.")
exempt(BulkBefore, because="Kept for a day beside the trail, which says the same.")
exempt(ContactDay, because="Made of orders, events and interactions, whose changes are in the trail.")
exempt(PurchaseDay, because="Made of orders and refunds, whose changes are in the trail.")
exempt(UnsureContactDay, because="What is still to be found out of these days.")
exempt(UnsurePurchaseDay, because="What is still to be found out of these days.")
exempt(PinnedView, because="How somebody arranges their own tabs.")
audit(Interaction, bulk_above=FACTS)
audit(Interaction.mentions.through, customer="interaction__customer", bulk_above=FACTS)
audit(Interaction.attendees.through, customer="interaction__customer", bulk_above=FACTS)
audit(Interaction.contact_people.through, customer="interaction__customer", bulk_above=FACTS)
audit(CustomerFile, bulk_above=FACTS)
audit(Task, bulk_above=FACTS, skipped="due_at remind_at reminded_at")
exempt(FileContent, because="The row of its file says who brought it and when; bytes do not belong into the trail.")

history_words.register()
