"""Records for tests, by plain functions: what a test does not name gets a sensible value of its own."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from decimal import Decimal
from typing import Any

from accounts.models import Role, Team, User
from core.money import to_minor
from customers.models import (
    Customer,
    CustomerFile,
    EmailAddress,
    Event,
    FileContent,
    Interaction,
    Order,
    OrderLine,
    Product,
    Refund,
    Task,
)
from customers.todo.times import schedule

PASSWORD = "correct-horse-battery"
_numbers = itertools.count(1)


def create_user(role: str = Role.SALES, **fields: Any) -> User:
    number = next(_numbers)
    defaults = {"email": f"{role}{number}@example.org", "name": f"{role.title()} {number}", "role": role}
    return User.objects.create_user(**{**defaults, "password": PASSWORD, **fields})


def create_team(name: str = "") -> Team:
    return Team.objects.create(name=name or f"Team {next(_numbers)}")


def create_customer(name: str = "", *, orders: int = 0, email: str = "", **fields: Any) -> Customer:
    """A customer, with that many orders of 100.00, one on each of the last days."""
    customer: Customer = Customer.objects.create(name=name or f"Customer {next(_numbers)}", **fields)
    if email:
        EmailAddress.objects.create(customer=customer, email=email, is_primary=True)
    for number in range(orders):
        create_order(customer, on=dt.date(2026, 6, 1) - dt.timedelta(days=number))
    return customer


def create_product(name: str = "", **fields: Any) -> Product:
    number = next(_numbers)
    return Product.objects.create(**{"name": name or f"Product {number}", "sku": f"P{number}", **fields})


def create_order(
    customer: Customer | None = None,
    *,
    on: dt.date = dt.date(2026, 6, 1),
    amount: str | Decimal = "100.00",
    products: list[Product] | None = None,
    **fields: Any,
) -> Order:
    """An order of that amount at noon UTC, shared equally among its products."""
    total = Decimal(amount)
    currency = fields.setdefault("currency", "EUR")
    order: Order = Order.objects.create(
        **{
            "external_id": f"O{next(_numbers)}",
            "customer": customer,
            "ordered_at": dt.datetime.combine(on, dt.time(12), dt.UTC),
            "ordered_date": on,
            "total_minor": to_minor(total, currency),
            "total_base_minor": to_minor(total, currency),
            **fields,
        }
    )
    bought = products or []
    for position, product in enumerate(bought, start=1):
        share = total / len(bought)
        OrderLine.objects.create(
            order=order,
            line_key=uuid.uuid4(),
            position=position,
            product=product,
            quantity=1,
            unit_price=share,
            amount=share,
        )
    return order


def create_refund(
    customer: Customer | None = None, *, order: Order | None = None, on: dt.date, amount: str = "100.00", **fields: Any
) -> Refund:
    minor = to_minor(Decimal(amount), "EUR")
    return Refund.objects.create(
        **{
            "external_id": f"R{next(_numbers)}",
            "customer": customer or (order.customer if order else None),
            "order": order,
            "currency": "EUR",
            "refunded_at": dt.datetime.combine(on, dt.time(12), dt.UTC),
            "refunded_date": on,
            "total_minor": minor,
            "total_base_minor": minor,
            **fields,
        }
    )


def create_event(customer: Customer | None, kind: str = Event.Kind.VISIT, *, on: dt.date, **fields: Any) -> Event:
    moment = dt.datetime.combine(on, dt.time(9), dt.UTC)
    return Event.objects.create(customer=customer, kind=kind, occurred_at=moment, occurred_date=on, **fields)


def create_interaction(
    customer: Customer, kind: str = Interaction.Kind.NOTE, *, at: dt.datetime | None = None, **fields: Any
) -> Interaction:
    moment = at or dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
    needed: dict[str, dict[str, Any]] = {
        "note": {"text": "Likes tea."},
        "call": {"direction": "out", "outcome": "reached"},
        "email": {"direction": "in", "title": "Tea"},
    }
    values = {"happened_at": moment, "happened_date": moment.date(), **needed.get(kind, {}), **fields}
    return Interaction.objects.create(customer=customer, kind=kind, **values)


def create_file(
    customer: Customer, name: str = "offer.pdf", *, content: bytes = b"%PDF-1.7 tea", **fields: Any
) -> CustomerFile:
    interaction = create_interaction(customer, Interaction.Kind.FILE, **fields)
    file = CustomerFile.objects.create(
        interaction=interaction, name=name, media_type="application/pdf", size_bytes=len(content)
    )
    FileContent.objects.create(file=file, content=content)
    return file


def create_task(
    customer: Customer,
    title: str = "Call back",
    *,
    due: dt.date = dt.date(2026, 6, 1),
    time: dt.time | None = None,
    **fields: Any,
) -> Task:
    task = Task(customer=customer, title=title, **fields)
    schedule(task, date=due, time=time, zone=dt.UTC)
    task.save()
    return task
