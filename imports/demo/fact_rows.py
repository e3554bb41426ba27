"""Rows of a block's orders, lines, refunds and events, in binary: these are the many."""

from __future__ import annotations

import numpy as np

from customers.models import Event, Order, OrderLine, Refund, RefundLine
from imports.demo import copying
from imports.demo.activity import KINDS, NOTHING, TEXTS, Events
from imports.demo.baskets import CHANNELS, in_base_currency
from imports.demo.catalogue import products
from imports.demo.copying import Rows, binary_rows, constant, days, decimals, instants, texts, whole_numbers
from imports.demo.history import History
from imports.demo.numbering import Numbering
from imports.demo.phrases import REFUND_REASONS
from imports.demo.places import CURRENCIES
from imports.demo.seasons import Ints

SOURCE = "shop"
RATE_PLACES = 8


def order_rows(history: History) -> Rows:
    orders, seasons, count = history.orders, history.seasons, len(history.orders)
    ids = np.arange(history.block.first_order, history.block.first_order + count)
    moment = instants(seasons.instants(orders.day, orders.second))
    return binary_rows(
        Order,
        id=whole_numbers(ids),
        source=constant(SOURCE, count),
        external_id=copying.numbered("W-", ids),
        kind=constant("sale", count),
        customer=whole_numbers(history.customer_ids[orders.customer]),
        currency=texts(orders.currency, CURRENCIES),
        exchange_rate=decimals(orders.rate, places=RATE_PLACES),
        total_minor=whole_numbers(orders.total),
        total_base_minor=whole_numbers(in_base_currency(orders.total, orders.rate)),
        ordered_at=moment,
        ordered_date=days(seasons.dates[orders.day]),
        channel=texts(orders.channel, CHANNELS),
        created_at=moment,
        updated_at=moment,
    )


def line_rows(history: History, numbering: Numbering) -> Rows:
    lines = history.lines
    order_ids = history.block.first_order + lines.order
    return binary_rows(
        OrderLine,
        id=whole_numbers(_numbers(numbering.take(OrderLine, len(lines)))),
        order=whole_numbers(order_ids),
        line_key=copying.uuids(order_ids, lines.position),
        position=whole_numbers(lines.position, size=4),
        product=whole_numbers(1 + lines.product),
        description=texts(lines.product, [product.name for product in products()]),
        quantity=decimals(lines.quantity, places=0),
        unit_price=decimals(lines.unit_price, places=2),
        discount=decimals(lines.discount, places=2),
        amount=decimals(lines.amount, places=2),
        cost=decimals(lines.cost, places=2),
    )


def refund_rows(history: History, numbering: Numbering) -> list[Rows]:
    refunds, orders, seasons, count = history.refunds, history.orders, history.seasons, len(history.refunds)
    ids = _numbers(numbering.take(Refund, count))
    moment = instants(seasons.instants(refunds.day, refunds.second))
    documents = binary_rows(
        Refund,
        id=whole_numbers(ids),
        source=constant(SOURCE, count),
        external_id=copying.numbered("R-", ids),
        order=whole_numbers(history.block.first_order + refunds.order),
        customer=whole_numbers(history.customer_ids[orders.customer[refunds.order]]),
        currency=texts(orders.currency[refunds.order], CURRENCIES),
        exchange_rate=decimals(refunds.rate, places=RATE_PLACES),
        total_minor=whole_numbers(refunds.total),
        total_base_minor=whole_numbers(in_base_currency(refunds.total, refunds.rate)),
        refunded_at=moment,
        refunded_date=days(seasons.dates[refunds.day]),
        reason=texts(refunds.reason, REFUND_REASONS),
        created_at=moment,
        updated_at=moment,
    )
    return [documents, _refund_line_rows(history, ids, numbering)]


def _refund_line_rows(history: History, refunds: Ints, numbering: Numbering) -> Rows:
    refund_lines = history.refund_lines
    product = history.lines.product[refund_lines.line]
    refund_ids = refunds[refund_lines.refund]
    # What one piece cost after the discount, to a millionth of the currency.
    micros = (refund_lines.amount * 10_000 * 2 + refund_lines.quantity) // (2 * refund_lines.quantity)
    return binary_rows(
        RefundLine,
        id=whole_numbers(_numbers(numbering.take(RefundLine, len(refund_lines)))),
        refund=whole_numbers(refund_ids),
        line_key=copying.uuids(-refund_ids, refund_lines.position),
        position=whole_numbers(refund_lines.position, size=4),
        product=whole_numbers(1 + product),
        description=texts(product, [product.name for product in products()]),
        quantity=decimals(refund_lines.quantity, places=0),
        unit_price=decimals(micros, places=6),
        amount=decimals(refund_lines.amount, places=2),
    )


def event_rows(events: Events, history: History) -> Rows:
    count, first_id, seasons = len(events), history.block.first_event, history.seasons
    return binary_rows(
        Event,
        id=whole_numbers(np.arange(first_id, first_id + count)),
        kind=texts(events.kind, KINDS),
        customer=whole_numbers(history.customer_ids[events.customer]),
        product=copying.nullable(whole_numbers(1 + events.product), events.product == NOTHING),
        occurred_at=instants(seasons.instants(events.day, events.second)),
        occurred_date=days(seasons.dates[events.day]),
        value=copying.nullable(decimals(events.stars, places=0), events.stars == 0),
        seconds=copying.nullable(whole_numbers(events.duration, size=4), events.duration == 0),
        text=texts(events.text, TEXTS),
        source=constant(SOURCE, count),
        external_id=constant("", count),
    )


def _numbers(ids: range) -> Ints:
    return np.arange(ids.start, ids.stop)
