"""What the fields of this app's models hold; see `protection.classification`."""

from accounts.models import Confidential
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
from protection.classification import Erase, Rows, classify, personal, sensitive

classify(Tag, none="name")
classify(
    Customer,
    subject="pk",
    none="kind lifecycle owner team created_at updated_at archived_at deleted_at version merged_into",
    name=personal(erase=Erase.PLACEHOLDER),
    # PostgreSQL makes it from the name.
    sort_name=personal(erase=Erase.KEEP),
    sex=personal(),
    birth_date=personal(masked_as=Confidential.BIRTH_DATE),
    annual_income=personal(masked_as=Confidential.INCOME),
    education=personal(),
    identity_number=sensitive(),
    tax_number=sensitive(),
    bank_account=sensitive(),
    profile_text=personal(),
    source=personal(),
    website=personal(),
    organisation=personal(),
    referred_by=personal(),
    custom=personal(),
    profiling_objected_at=personal(),
    customer_since=personal(),
)
classify(
    CustomerExternalId,
    subject="customer",
    rows=Rows.DELETE,
    none="customer source deleted_at",
    value=personal(),
)
classify(
    Consent,
    subject="customer",
    rows=Rows.DELETE,
    none="customer purpose decided_at recorded_by",
    is_given=personal(),
    source=personal(),
)
classify(
    Address,
    subject="customer",
    rows=Rows.DELETE,
    none="is_primary deleted_at customer kind",
    street=personal(masked_as=Confidential.ADDRESS),
    postal_code=personal(masked_as=Confidential.ADDRESS),
    city=personal(),
    region=personal(),
    country=personal(),
)
classify(
    EmailAddress,
    subject="customer",
    rows=Rows.DELETE,
    none="is_primary deleted_at customer",
    email=personal(masked_as=Confidential.EMAIL),
)
classify(
    PhoneNumber,
    subject="customer",
    rows=Rows.DELETE,
    none="is_primary deleted_at customer kind",
    number=personal(masked_as=Confidential.PHONE),
    digits=personal(masked_as=Confidential.PHONE),
)
classify(
    ContactPerson,
    subject="customer",
    rows=Rows.DELETE,
    none="customer is_primary",
    person=personal(),
    name=personal(),
    job_title=personal(),
    email=personal(masked_as=Confidential.EMAIL),
    phone=personal(masked_as=Confidential.PHONE),
)
# Every customer has a row, also one that was erased. What the day is made of is told by itself.
classify(ContactDay, subject="pk", is_told=False, day=personal())
# It follows the orders, which stay.
classify(PurchaseDay, subject="pk", is_told=False, day=personal(erase=Erase.KEEP))
for unsure in (UnsureContactDay, UnsurePurchaseDay):
    classify(unsure, subject="customer", is_told=False, rows=Rows.DELETE, none="customer asked_at")
# Of a merge only which records it was is told, and what the survivor took, as digests.
classify(
    Merge,
    subject="survivor",
    rows=Rows.DELETE,
    none="survivor merged_at merged_by counts undone_at undone_by settled_at",
    absorbed_ids=personal(),
    swapped=personal(),
)
classify(
    MergedRows, subject="merge__survivor", rows=Rows.DELETE, none="merge absorbed_id table_name column effect row_ids"
)
# It is about either of the two: the step of erasure removes those of the second.
classify(
    DuplicatePair,
    subject="first",
    rows=Rows.DELETE,
    none="first second score found_at dismissed_at dismissed_by",
    reasons=personal(),
)
classify(Category, none="name parent")
classify(
    Product,
    none="source sku name category unit_price unit_cost currency is_active is_in_stock custom created_at updated_at",
)
# What was bought stays for the sums and the books, without the person.
classify(
    Order,
    subject="customer",
    rows=Rows.UNLINK,
    none="source currency exchange_rate total_minor total_base_minor created_at updated_at kind ordered_at ordered_date"
    " channel",
    external_id=personal(erase=Erase.KEEP),
    customer=personal(),
    custom=personal(),
)
classify(
    OrderLine,
    subject="order__customer",
    none="order line_key position product quantity unit_price discount amount cost",
    description=personal(),
)
classify(
    Refund,
    subject="customer",
    rows=Rows.UNLINK,
    none="source currency exchange_rate total_minor total_base_minor created_at updated_at order refunded_at"
    " refunded_date",
    external_id=personal(erase=Erase.KEEP),
    customer=personal(),
    reason=personal(),
)
classify(
    RefundLine,
    subject="refund__customer",
    none="refund line_key position product quantity unit_price amount",
    description=personal(),
)
classify(
    Event,
    subject="customer",
    rows=Rows.UNLINK,
    none="kind product occurred_at occurred_date value seconds source",
    customer=personal(),
    text=personal(),
    external_id=personal(),
)
classify(
    Interaction,
    subject="customer",
    rows=Rows.DELETE,
    none="customer kind author is_contact created_at edited_at deleted_at version",
    happened_at=personal(),
    happened_date=personal(),
    title=personal(),
    text=personal(),
    direction=personal(),
    outcome=personal(),
    duration_minutes=personal(),
    place=personal(),
)
classify(
    CustomerFile,
    subject="interaction__customer",
    rows=Rows.DELETE,
    none="interaction media_type size_bytes",
    name=personal(),
)
# The data package brings the file itself (`customers.interactions.erasure`).
classify(
    FileContent,
    subject="file__interaction__customer",
    rows=Rows.DELETE,
    is_told=False,
    none="file",
    content=personal(),
)
classify(
    Task,
    subject="customer",
    rows=Rows.DELETE,
    none="customer owner author priority due_date due_time due_at reminder remind_at reminded_at done_at done_by"
    " created_at deleted_at version",
    title=personal(),
    text=personal(),
)
classify(
    CustomField,
    none="applies_to key label kind choices is_required is_indexed confidential position archived_at created_at",
)
# It may name whom it looks for, as an e-mail address does, and is about no one customer.
classify(
    SavedFilter,
    none="name owner sharing team purpose created_at updated_at deleted_at version",
    expression=personal(erase=Erase.KEEP),
    layout=personal(erase=Erase.KEEP),
)
# Who was chosen may be named in it, by a search or by number; `customers.bulk.erasure` takes that out.
classify(
    BulkChange,
    none="by target value job undo_job created_at changed unchanged left_out restored undo_asked_at",
    selection=personal(erase=Erase.KEEP),
)
classify(BulkBatch, none="change number", customer_ids=personal(erase=Erase.KEEP))
classify(BulkBefore, subject="customer", rows=Rows.DELETE, none="change customer", before=personal())
classify(PinnedView, none="user view position is_default")
