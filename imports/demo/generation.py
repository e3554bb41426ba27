"""Makes the demo: blocks of customers with all they did, written while the next block is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from django.db import models, transaction

from core.models import ExchangeRate
from customers.models import (
    Address,
    Category,
    ContactPerson,
    Customer,
    CustomerExternalId,
    EmailAddress,
    Event,
    Order,
    OrderLine,
    PhoneNumber,
    Product,
    Refund,
    RefundLine,
    Tag,
)
from imports.demo.activity import draw_events
from imports.demo.baskets import Tastes, draw_orders, draw_refunds
from imports.demo.catalogue import products
from imports.demo.copying import Rows
from imports.demo.customer_rows import NO_ORDER, CustomerBlock, Seat, customer_rows
from imports.demo.fact_rows import event_rows, line_rows, order_rows, refund_rows
from imports.demo.identities import draw_identities
from imports.demo.loading import ahead, bare_tables, copy_rows
from imports.demo.numbering import Numbering
from imports.demo.phrases import REFUND_REASONS
from imports.demo.places import CURRENCIES
from imports.demo.plan import Block, DemoPlan, Stream
from imports.demo.population import draw_population
from imports.demo.purchases import draw_purchases
from imports.demo.questionnaires import response_rows
from imports.demo.seasons import RATE_UNIT, Seasons, exchange_rates
from imports.demo.shop_rows import shop_rows
from imports.demo.staff import create_staff, organisation_of_the_demo
from imports.demo.truth import TruthWriter
from surveys.models import Answer, Invitation, Question, Questionnaire

# All that is written by COPY, and so has to be empty.
FILLED: tuple[type[models.Model], ...] = (
    Customer,
    Customer.tags.through,
    CustomerExternalId,
    Address,
    EmailAddress,
    PhoneNumber,
    ContactPerson,
    Tag,
    Category,
    Product,
    Order,
    OrderLine,
    Refund,
    RefundLine,
    Event,
    ExchangeRate,
    Questionnaire,
    Question,
    Invitation,
    Answer,
)
Progress = Callable[[str], None]


def generate(plan: DemoPlan, *, truth_folder: Path, progress: Progress) -> dict[str, int]:
    """Fill the empty database as planned, all of it or nothing; returns the number of rows by table.

    Raises `loading.TableNotEmpty`.
    """
    truth = TruthWriter(plan, plan.rng(Stream.PRODUCTS).normal(size=len(products())))
    written = dict.fromkeys((model._meta.model_name or "" for model in FILLED), 0)
    with transaction.atomic():
        with bare_tables(FILLED):
            seats = create_staff()
            organisation_of_the_demo().save()
            done = 0
            for batch in ahead(_batches(plan, seats, truth)):
                for rows in batch:
                    copy_rows(rows)
                    written[rows.model._meta.model_name or ""] += rows.count
                done = written["customer"]
                progress(f"{done:,} of {plan.customers:,} customers, {written['order']:,} orders")
            progress("indexes and foreign keys")
        truth.write(truth_folder, written)
    return written


def _batches(plan: DemoPlan, seats: Sequence[Seat], truth: TruthWriter) -> Iterator[list[Rows]]:
    seasons = Seasons(plan)
    rates = exchange_rates(plan)
    yield shop_rows(seasons, rates)
    rate_table = np.array([rates.get(currency, np.full(seasons.days, RATE_UNIT)) for currency in CURRENCIES])
    numbering = Numbering()
    for block in plan.blocks():
        yield _block_rows(plan, block, seasons, rate_table, seats, numbering, truth)


def _block_rows(
    plan: DemoPlan,
    block: Block,
    seasons: Seasons,
    rates: np.ndarray,
    seats: Sequence[Seat],
    numbering: Numbering,
    truth: TruthWriter,
) -> list[Rows]:
    rng = plan.rng(Stream.BLOCKS, block.number)
    people = draw_population(rng, block.customers, block.orders, seasons)
    purchases = draw_purchases(rng, people, block.orders, seasons)
    tastes = Tastes(rng, people.group)
    orders, lines = draw_orders(rng, people, purchases, tastes, rates, seasons)
    refunds, refund_lines = draw_refunds(rng, orders, lines, rates, seasons.days, len(REFUND_REASONS))
    events = draw_events(rng, people, purchases, orders, lines, tastes, truth.quality, seasons, block.events)
    identities = draw_identities(rng, people, block.first_customer)
    last_order_day = np.full(len(people), NO_ORDER)
    last_order_day[purchases.customer] = purchases.day  # sorted by time: the last one stays
    customers = CustomerBlock(block.first_customer, people, identities, last_order_day, seasons, seats)
    truth.add(block.first_customer, block.first_order, people, purchases, lines, identities.dirt, seasons)
    ids = customers.ids
    return [
        *customer_rows(rng, customers, numbering),
        order_rows(orders, ids, block.first_order, seasons),
        line_rows(lines, block.first_order, numbering),
        *refund_rows(refunds, refund_lines, orders, lines, ids, block.first_order, numbering, seasons),
        event_rows(events, ids, block.first_event, seasons),
        *response_rows(rng, people, last_order_day, block.first_customer, plan.customers, seasons, numbering),
    ]
