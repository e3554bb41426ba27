from customers.models.bulk import BulkBatch, BulkBefore, BulkChange
from customers.models.consent import Consent
from customers.models.contact import Address, ContactPerson, EmailAddress, PhoneNumber
from customers.models.contact_day import ContactDay, UnsureContactDay
from customers.models.custom_field import CustomField
from customers.models.customer import Customer, CustomerExternalId, Tag
from customers.models.duplicate import DuplicatePair
from customers.models.event import Event
from customers.models.filter import PinnedView, SavedFilter
from customers.models.interaction import CustomerFile, FileContent, Interaction
from customers.models.merge import Merge, MergedRows
from customers.models.order import Order, OrderLine, Refund, RefundLine
from customers.models.product import Category, Product
from customers.models.purchase_day import PurchaseDay, UnsurePurchaseDay
from customers.models.task import Task

__all__ = [
    "Address",
    "BulkBatch",
    "BulkBefore",
    "BulkChange",
    "Category",
    "Consent",
    "ContactDay",
    "ContactPerson",
    "CustomField",
    "Customer",
    "CustomerExternalId",
    "CustomerFile",
    "DuplicatePair",
    "EmailAddress",
    "Event",
    "FileContent",
    "Interaction",
    "Merge",
    "MergedRows",
    "Order",
    "OrderLine",
    "PhoneNumber",
    "PinnedView",
    "Product",
    "PurchaseDay",
    "Refund",
    "RefundLine",
    "SavedFilter",
    "Tag",
    "Task",
    "UnsureContactDay",
    "UnsurePurchaseDay",
]
