"""The fields that a file of each kind may bring, and the names under which other systems write them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from customers.models import Customer, Event
from imports.models import Kind


class Type(Enum):
    KEY = auto()  # the number of something in the other system
    TEXT = auto()
    NUMBER = auto()
    SHARE = auto()  # a number from 0 to 1
    MOMENT = auto()
    DAY = auto()
    CHOICE = auto()
    COUNTRY = auto()
    CURRENCY = auto()
    EMAIL = auto()
    PHONE = auto()
    WEBSITE = auto()
    TAGS = auto()


@dataclass(frozen=True)
class Field:
    """One field.

    A row whose essential field cannot be read is rejected; of any other field only the cell is left out. `names` are
    further headers by which the field is recognised, `choices` how its values are written (in lower case).
    """

    name: str
    type: Type = Type.TEXT
    names: tuple[str, ...] = ()
    max_length: int = 0
    required: bool = False
    essential: bool = True
    not_negative: bool = False
    choices: tuple[tuple[str, str], ...] = ()


def key(name: str, *names: str, max_length: int = 120, required: bool = False) -> Field:
    return Field(name, Type.KEY, names, max_length=max_length, required=required)


def text(name: str, *names: str, max_length: int = 0, essential: bool = True) -> Field:
    return Field(name, Type.TEXT, names, max_length=max_length, essential=essential)


def number(name: str, *names: str, not_negative: bool = False, essential: bool = True) -> Field:
    return Field(name, Type.NUMBER, names, not_negative=not_negative, essential=essential)


def detail(name: str, type: Type, *names: str, max_length: int = 0, choices: tuple[tuple[str, str], ...] = ()) -> Field:
    """A field of a person, of which a cell that cannot be read does not cost the row."""
    return Field(name, type, names, max_length=max_length, essential=False, choices=choices)


def own(values: list[str], **aliases: str) -> tuple[tuple[str, str], ...]:
    """How a choice is written: as we store it, or by an alias."""
    return (*((value, value) for value in values), *aliases.items())


CUSTOMER_KINDS = own(Customer.Kind.values, company="organisation", business="organisation", organization="organisation")
SEXES = own(Customer.Sex.values, f="female", m="male", woman="female", man="male", w="female", d="other", x="other")
ORDER_KINDS = (*own(["sale", "refund", "adjustment"], order="sale", invoice="sale", correction="adjustment"),
               ("return", "refund"), ("credit note", "refund"))  # fmt: skip
EVENT_KINDS = (*own(Event.Kind.values, cart="add_to_cart", rate="rating"), ("add to cart", "add_to_cart"),
               ("service use", "service_use"), ("product view", "view"))  # fmt: skip
YES_AND_NO = (*own(["true", "false"], t="true", f="false", yes="true", no="false", y="true", n="false"),
              ("1", "true"), ("0", "false"))  # fmt: skip

# Where a person or an organisation is found; files of orders may bring it too.
REACHED_AT = (
    detail("email", Type.EMAIL, "e-mail", "mail", "email address", "customer email", max_length=254),
    detail("phone", Type.PHONE, "telephone", "phone number", "mobile", "customer phone", max_length=40),
    detail("street", Type.TEXT, "address", "address 1", "address line 1", max_length=200),
    detail("postal_code", Type.TEXT, "postcode", "zip", "zip code", "plz", max_length=20),
    detail("city", Type.TEXT, "town", "suburb", max_length=120),
    detail("region", Type.TEXT, "state", "province", "county", max_length=120),
    detail("country", Type.COUNTRY, "country code", "nation", max_length=120),
    detail("tags", Type.TAGS, "labels", "groups", max_length=600),
)
CATEGORY = (
    text("category", "product category", "main category", max_length=120),
    text("subcategory", "sub-category", max_length=120),
)

ORDERS = (
    key("number", "order", "order id", "order number", "order no", "invoice", "invoice no", "invoice number",
        "document", "document number", "transaction id", required=True),
    Field("ordered_at", Type.MOMENT, ("ordered_date", "order date", "invoice date", "date", "time", "timestamp",
                                      "created at"), required=True),
    Field("order_kind", Type.CHOICE, ("kind", "type", "order type", "document type"), choices=ORDER_KINDS),
    key("refund_of", "refunded order", "original order", "original invoice"),
    text("reason", "refund reason", max_length=200),
    key("customer", "customer id", "customer number", "customer no", "client", "client id", "cust id", max_length=200),
    detail("name", Type.TEXT, "customer name", "client name", "full name", max_length=200),
    detail("customer_kind", Type.CHOICE, "customer type", choices=CUSTOMER_KINDS),
    *REACHED_AT,
    key("sku", "product", "product id", "product code", "stock code", "article", "article number", "item", "item id",
        max_length=80),
    text("product_name", "description", "product description", "item name", "article name", max_length=300),
    *CATEGORY,
    number("quantity", "qty", "units", "pieces", "amount ordered"),
    number("unit_price", "price", "price each"),
    number("amount", "line amount", "line total", "sales", "total", "revenue", "dollars"),
    number("discount", "discount amount"),
    Field("discount_rate", Type.SHARE, ("discount share",)),
    number("cost", "line cost", "cost of goods"),
    number("profit", "margin"),
    Field("currency", Type.CURRENCY, ("currency code",)),
    text("channel", "sales channel", max_length=40),
)  # fmt: skip

CUSTOMERS = (
    key("customer", "id", "customer id", "customer number", "external id", "client id", "cust id", "rec id",
        max_length=200, required=True),
    detail("name", Type.TEXT, "customer name", "full name", "company", "company name", max_length=200),
    detail("customer_kind", Type.CHOICE, "kind", "type", "customer type", choices=CUSTOMER_KINDS),
    detail("sex", Type.CHOICE, "gender", choices=SEXES),
    detail("birth_date", Type.DAY, "date of birth", "birthday", "dob", "born"),
    number("annual_income", "income", "salary", not_negative=True, essential=False),
    detail("education", Type.CHOICE, choices=own(Customer.Education.values)),
    detail("profile_text", Type.TEXT, "profile", "interests", "notes"),
    detail("lifecycle", Type.CHOICE, "lifecycle stage", "stage", "status", choices=own(Customer.Lifecycle.values)),
    detail("came_from", Type.TEXT, "source", "lead source", "origin", max_length=60),
    detail("website", Type.WEBSITE, "web site", "homepage", "url", "web", max_length=192),
    detail("owner", Type.EMAIL, "owner email", "account manager", "sales rep"),
    detail("organisation", Type.KEY, "organization", "employer", "parent", max_length=200),
    detail("referred_by", Type.KEY, "referrer", max_length=200),
    detail("customer_since", Type.DAY, "since", "joined", "created at"),
    *REACHED_AT,
)  # fmt: skip

PRODUCTS = (
    key("sku", "id", "product id", "product code", "stock code", "article", "article number", "item id",
        max_length=80, required=True),
    text("product_name", "name", "description", "title", "product", "item name", max_length=300),
    *CATEGORY,
    number("unit_price", "price", "list price"),
    number("unit_cost", "cost"),
    Field("currency", Type.CURRENCY, ("currency code",)),
    Field("is_active", Type.CHOICE, ("active", "on sale", "available"), choices=YES_AND_NO),
    Field("is_in_stock", Type.CHOICE, ("in stock",), choices=YES_AND_NO),
)  # fmt: skip

EVENTS = (
    Field("event_kind", Type.CHOICE, ("kind", "event", "type", "event type", "action"), required=True,
          choices=EVENT_KINDS),
    Field("occurred_at", Type.MOMENT, ("date", "time", "timestamp", "event time", "event date"), required=True),
    key("number", "id", "event id"),
    key("customer", "customer id", "customer number", "client id", "user id", "visitor id", max_length=200),
    key("sku", "product", "product id", "product code", "stock code", "item id", max_length=80),
    number("value", "rating", "stars", "score"),
    number("seconds", "duration", "duration seconds", not_negative=True),
    text("text", "comment", "review"),
)  # fmt: skip

FIELDS: dict[str, tuple[Field, ...]] = {
    Kind.ORDERS: ORDERS,
    Kind.CUSTOMERS: CUSTOMERS,
    Kind.PRODUCTS: PRODUCTS,
    Kind.EVENTS: EVENTS,
}


def plain(name: str) -> str:
    """A header as it is compared: letters and digits only, in lower case."""
    return "".join(filter(str.isalnum, name.casefold()))
