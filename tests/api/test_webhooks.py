"""What happens is told once, signed, in order, and again until somebody answers."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from api.models import Delivery, Occasion, Webhook
from api.tasks import tick
from api.webhooks import delivering, outbox
from customers.models import Customer, EmailAddress
from jobs.execution import run_job
from jobs.models import Job
from tests.api.receiver import receiving
from tests.factories import create_customer, create_order

pytestmark = pytest.mark.django_db(transaction=True)

# As `outbox.SNAPSHOT`, but of this database alone: what another process of these tests writes, in a database of its own
# on the same server, would hold the trail back here too.
OF_THIS_DATABASE = outbox.SNAPSHOT.replace(
    "pg_snapshot_xmin(pg_current_snapshot())::text::bigint",
    "coalesce((SELECT min(backend_xid::text::bigint) FROM pg_stat_activity WHERE datname = current_database()),"
    " pg_snapshot_xmax(pg_current_snapshot())::text::bigint)",
)


@pytest.fixture(autouse=True)
def _only_this_database_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert outbox.SNAPSHOT != OF_THIS_DATABASE
    monkeypatch.setattr(outbox, "SNAPSHOT", OF_THIS_DATABASE)


SECRET = "whsec_test"


@pytest.fixture
def receiver(settings):
    settings.WEBHOOKS_MAY_CALL_LOOPBACK = True
    with receiving() as started:
        yield started


def make_webhook(
    url: str = "https://receiver.invalid/", occasions: Any = tuple(Occasion.values), **fields: Any
) -> Webhook:
    outbox.begin()
    return Webhook.objects.create(name="Shop", url=url, occasions=list(occasions), secret=SECRET, **fields)


def told() -> list[tuple[str, Any]]:
    return [(each.occasion, each.payload["data"].get("id")) for each in Delivery.objects.order_by("id")]


def again(**fields: Any) -> None:
    """Make what waits due now."""
    Delivery.objects.filter(delivered_at=None, given_up_at=None).update(next_attempt_at=timezone.now(), **fields)


def test_what_happens_becomes_deliveries_of_numbers_alone():
    make_webhook()
    customer = create_customer("Ada", email="ada@example.org")
    Customer.objects.filter(pk=customer.pk).update(name="Ada Lovelace")
    order = create_order(customer)
    Customer.objects.filter(pk=customer.pk).update(deleted_at=timezone.now())
    assert outbox.read_trail() > 0
    assert told() == [
        ("customer.created", customer.pk),
        ("customer.changed", customer.pk),
        ("customer.changed", customer.pk),
        ("order.created", order.pk),
        ("customer.deleted", customer.pk),
    ]
    content = json.dumps(list(Delivery.objects.values_list("payload", flat=True)))
    assert "Ada" not in content
    assert "example.org" not in content
    assert outbox.read_trail() == 0
    assert Delivery.objects.count() == 5


def test_a_webhook_is_told_of_what_it_asked_for_and_of_nothing_before_it_was_made():
    create_customer("Before")
    make_webhook(occasions=[Occasion.CUSTOMER_CREATED])
    make_webhook(occasions=[Occasion.ORDER_CREATED], is_active=False)
    customer = create_customer("After")
    create_order(customer)
    outbox.read_trail()
    assert told() == [("customer.created", customer.pk)]


def test_a_transaction_that_commits_late_is_told_late_and_never_passed_over():
    make_webhook(occasions=[Occasion.CUSTOMER_CREATED])
    written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                create_customer("Slow")
                written.set()
                may_commit.wait(30)
        finally:
            connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    written.wait(30)
    create_customer("Quick")
    for _time in range(3):
        outbox.read_trail()
    assert told() == []  # Quick came later than one that still runs
    may_commit.set()
    slow.join()
    while outbox.read_trail():
        pass
    names = [Customer.objects.get(pk=pk).name for _occasion, pk in told()]
    assert names == ["Slow", "Quick"]
    create_customer("Last")
    outbox.read_trail()
    assert len(told()) == 3


def test_a_delivery_is_signed(receiver):
    make_webhook(receiver.url)
    customer = create_customer("Ada")
    outbox.read_trail()
    assert delivering.deliver_due() == 1
    path, headers, body = receiver.calls[0]
    stamp, signature = (part.partition("=")[2] for part in headers["Meridian-Signature"].split(","))
    wanted = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert hmac.compare_digest(signature, wanted)
    assert abs(int(stamp) - timezone.now().timestamp()) < 3600
    delivery = Delivery.objects.get()
    assert headers["Meridian-Delivery"] == str(delivery.uid)
    assert headers["Meridian-Event"] == "customer.created"
    assert json.loads(body)["data"] == {"id": customer.pk, "customer": customer.pk, "rows": 1}
    assert path == "/hook?x=1"
    assert (delivery.response_status, delivery.attempts) == (200, 1)
    assert delivery.delivered_at is not None
    assert delivering.deliver_due() == 0


def test_a_failure_is_tried_again_with_growing_patience(receiver):
    receiver.statuses = [500, 302, 204]
    webhook = make_webhook(receiver.url, occasions=[Occasion.CUSTOMER_CREATED])
    create_customer()
    outbox.read_trail()
    waits = []
    for _attempt in range(2):
        before = timezone.now()
        assert delivering.deliver_due() == 1
        assert delivering.deliver_due() == 0
        waits.append(Delivery.objects.get().next_attempt_at - before)
        again()
    assert waits[1] > waits[0] >= delivering.FIRST_WAIT
    webhook.refresh_from_db()
    assert webhook.failures == 2
    delivering.deliver_due()
    webhook.refresh_from_db()
    assert (webhook.failures, Delivery.objects.get().response_status, len(receiver.calls)) == (0, 204, 3)
    assert len({headers["Meridian-Delivery"] for _path, headers, _body in receiver.calls}) == 1


def test_a_receiver_that_fails_is_left_alone_with_all_that_waits_for_it(receiver):
    receiver.statuses = [500]
    make_webhook(receiver.url, occasions=[Occasion.CUSTOMER_CREATED])
    for _each in range(5):
        create_customer()
    outbox.read_trail()
    assert delivering.deliver_due() == 1
    assert len(receiver.calls) == 1
    receiver.statuses = [200]
    again()
    assert delivering.deliver_due() == 5


def test_it_is_given_up_after_the_last_attempt(receiver):
    receiver.statuses = [503]
    make_webhook(receiver.url, occasions=[Occasion.CUSTOMER_CREATED])
    create_customer()
    outbox.read_trail()
    again(attempts=delivering.MOST_ATTEMPTS - 1)
    delivering.deliver_due()
    delivery = Delivery.objects.get()
    assert (delivery.given_up_at is not None, delivery.response_status) == (True, 503)
    again()
    assert delivering.deliver_due() == 0


def test_a_webhook_that_never_answers_is_switched_off(receiver):
    receiver.statuses = [500]
    webhook = make_webhook(receiver.url, occasions=[Occasion.CUSTOMER_CREATED])
    Webhook.objects.update(failures=delivering.MOST_FAILURES - 1)
    create_customer()
    outbox.read_trail()
    delivering.deliver_due()
    webhook.refresh_from_db()
    assert not webhook.is_active
    again()
    assert delivering.deliver_due() == 0


def test_an_address_that_is_refused_says_so_and_nothing_is_sent():
    make_webhook("https://10.0.0.1/", occasions=[Occasion.CUSTOMER_CREATED])
    create_customer()
    outbox.read_trail()
    delivering.deliver_due()
    delivery = Delivery.objects.get()
    assert delivery.response_status is None
    assert "private network" in delivery.error


def test_two_senders_do_not_send_the_same_twice(receiver):
    make_webhook(receiver.url, occasions=[Occasion.CUSTOMER_CREATED])
    for _each in range(6):
        create_customer()
    outbox.read_trail()

    def deliver() -> None:
        try:
            delivering.deliver_due()
        finally:
            connection.close()

    senders = [threading.Thread(target=deliver) for _each in range(3)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(receiver.calls) == len({headers["Meridian-Delivery"] for _p, headers, _b in receiver.calls}) == 6


def test_a_tick_asks_for_a_job_where_there_is_something_to_tell(receiver):
    tick()
    assert not Job.objects.exists()
    make_webhook(receiver.url, occasions=[Occasion.CUSTOMER_CREATED])
    create_customer()
    tick()
    tick()
    job = Job.objects.get()
    assert run_job(job.pk).status == "done"
    assert len(receiver.calls) == 1
    assert delivering.due().count() == 0


def test_beat_ticks_by_that_name(settings):
    assert settings.CELERY_BEAT_SCHEDULE["webhooks"]["task"] == tick.name


def test_a_bulk_insert_is_one_delivery_with_its_number_of_rows():
    make_webhook(occasions=[Occasion.ORDER_CREATED])
    customer = create_customer()
    template = create_order(customer)
    orders = [type(template)(**{**base(template), "external_id": f"bulk-{n}"}) for n in range(150)]
    type(template).objects.bulk_create(orders)
    outbox.read_trail()
    assert [each.payload["data"] for each in Delivery.objects.order_by("id")][-1] == {"rows": 150}


def base(order: Any) -> dict[str, Any]:
    fields = ("customer", "ordered_at", "ordered_date", "currency", "total_minor", "total_base_minor")
    return {name: getattr(order, name) for name in fields}


def test_what_ended_long_ago_is_removed():
    webhook = make_webhook()
    old = timezone.now() - delivering.KEPT_FOR - dt.timedelta(days=1)
    fields = {"webhook": webhook, "occasion": "webhook.test", "payload": {}, "created_at": old}
    Delivery.objects.create(**fields, delivered_at=old)
    kept = Delivery.objects.create(**fields)
    assert delivering.purge() == 1
    assert Delivery.objects.get() == kept


def test_an_email_is_a_change_of_its_customer():
    customer = create_customer()
    make_webhook(occasions=[Occasion.CUSTOMER_CHANGED])
    EmailAddress.objects.create(customer=customer, email="ada@example.org")
    outbox.read_trail()
    assert told() == [("customer.changed", customer.pk)]
