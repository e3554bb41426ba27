"""Makes the demo: blocks of customers with all they did, each written while the next is being drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from django.db import models, transaction

from core.models import ExchangeRate
from customers.kept_days import filled_in_the_end
from customers.models import (
    Address,
    Category,
    ContactDay,
    ContactPerson,
    Customer,
    CustomerExternalId,
    EmailAddress,
    Event,
    Interaction,
    Order,
    OrderLine,
    PhoneNumber,
    Product,
    PurchaseDay,
    Refund,
    RefundLine,
    Tag,
    Task,
)
from imports.demo.activity import draw_events
from imports.demo.catalogue import products
from imports.demo.contact_rows import contact_rows, draw_employers
from imports.demo.copying import Rows
from imports.demo.customer_rows import Seat, customer_rows
from imports.demo.dealings import write_dealings
from imports.demo.fact_rows import event_rows, line_rows, order_rows, refund_rows
from imports.demo.history import draw_history
from imports.demo.identities import draw_identities
from imports.demo.loading import ahead, analyse, bare_tables, copy_rows, require_empty
from imports.demo.numbering import Numbering
from imports.demo.places import CURRENCIES
from imports.demo.plan import Block, DemoPlan, Stream
from imports.demo.questionnaires import response_rows
from imports.demo.seasons import RATE_UNIT, Seasons, exchange_rates
from imports.demo.shop_rows import shop_rows
from imports.demo.staff import create_staff, settle_organisation
from imports.demo.truth import TruthWriter
from protection.audit import acting
from protection.audit.actor import carry
from protection.audit.models import Origin
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
    Interaction,
    Task,
)
Progress = Callable[[str], None]


def generate(plan: DemoPlan, *, truth_folder: Path, progress: Progress) -> dict[str, int]:
    """Fill the empty database as planned, all of it or nothing; returns the number of rows by table.

    Raises `loading.TableNotEmpty`.
    """
    require_empty(FILLED)  # asked before anything is locked, and again once it is
    written = {model._meta.db_table: 0 for model in FILLED}
    with acting(origin=Origin.COMMAND, detail="generate", bulk=True), transaction.atomic():
        carry()
        with filled_in_the_end(), bare_tables(FILLED):
            settle_organisation()
            maker = Maker(plan, create_staff())
            for batch in ahead(maker.batches()):
                for rows in batch:
                    copy_rows(rows)
                    written[rows.model._meta.db_table] += rows.count
                progress(f"{written[Customer._meta.db_table]:,} of {plan.customers:,} customers written")
            written |= write_dealings(plan)
            progress("building indexes and foreign keys")
        analyse([ContactDay, PurchaseDay])
        # Before the commit: where there is data, there is its truth.
        maker.truth.write(truth_folder, written)
    return written


class Maker:
    """Makes all rows of a plan, in the order in which they are written."""

    def __init__(self, plan: DemoPlan, seats: Sequence[Seat]) -> None:
        self.plan = plan
        self.seats = seats
        self.seasons = Seasons(plan)
        self.rates = exchange_rates(plan)
        unchanged = np.full(self.seasons.days, RATE_UNIT)
        self.rate_table = np.array([self.rates.get(currency, unchanged) for currency in CURRENCIES])
        self.quality = plan.rng(Stream.PRODUCTS).normal(size=len(products()))
        self.numbering = Numbering()
        self.truth = TruthWriter(plan, self.quality)

    def batches(self) -> Iterator[list[Rows]]:
        blocks = self.plan.blocks()
        yield [*shop_rows(self.seasons, self.rates), *self._block_rows(next(blocks))]
        for block in blocks:
            yield self._block_rows(block)

    def _block_rows(self, block: Block) -> list[Rows]:
        rng = self.plan.rng(Stream.BLOCKS, block.number)
        history = draw_history(rng, block, self.seasons, self.rate_table)
        events = draw_events(rng, history, self.quality)
        identities = draw_identities(rng, history.people, block.first_customer)
        employer = draw_employers(rng, history.people)
        self.truth.add(history, identities.dirt)
        return [
            customer_rows(rng, history, identities, employer, self.seats),
            *contact_rows(rng, history, identities, employer, self.numbering),
            order_rows(history),
            line_rows(history, self.numbering),
            *refund_rows(history, self.numbering),
            event_rows(events, history),
            *response_rows(rng, history, self.plan.customers, self.numbering),
        ]
