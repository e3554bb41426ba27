"""Queries, CPU and size of the customer list and page, at two sizes of the same demo."""

from __future__ import annotations

import os
import re
import statistics
import sys

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from benchmarks.measure import cost, median_cost, row, verdict
from benchmarks.weight import first_load
from customers.models import Customer, Order

SIZE = int(os.environ.get("MERIDIAN_BENCH_CUSTOMERS", "20000"))


FIRST_LOAD_KB = 150
PAGE_QUERIES, PAGE_CPU_MS = 25, 60
SAVE_QUERIES, SAVE_CPU_MS = 8, 20
SAVES = 40
SEARCH_CPU_MS = 60


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("generate", customers=SIZE, orders=SIZE * 10, events=SIZE * 10, seed=1, stdout=sys.stderr)
    call_command("recompute", "--wait", stdout=sys.stderr)
    print(f"{SIZE:,} customers, {SIZE * 10:,} orders; median of 15; CPU of server and database together")
    row("page", "queries", "CPU ms", "wall ms", "kB")
    client = Client()
    client.force_login(User.objects.filter(role="manager").first() or User.objects.earliest("pk"))
    anybody = Customer.objects.earliest("pk")
    pages = {
        "home": "/",
        "list": "/customers/",
        "list, sorted by score": "/customers/?sort=-score",
        "list, sorted by last order": "/customers/?sort=recency",
        "list, champions": "/customers/?segment=champions&sort=-monetary",
        "list, part of a name": "/customers/?q=mar",
        "customer": f"/customers/{anybody.pk}/",
        "jobs": "/jobs/",
        "runs": "/analytics/",
    }
    for name, url in pages.items():
        measure(client, name, url)
    print()
    return (
        sum(judge(client, busiest()) for judge in (open_a_customer, save_a_field))
        + weigh(client)
        + search_as_one_types(client)
    )


def busiest() -> Customer:
    """Whoever bought most often: something of every kind is on their page."""
    found: Customer = Customer.objects.live().annotate(bought=Count("orders")).latest("bought")
    return found


def open_a_customer(client: Client, customer: Customer) -> bool:
    with CaptureQueriesContext(connection) as queries:
        client.get(customer.get_absolute_url())
    asked = len(queries)
    spent = median_cost(lambda: client.get(customer.get_absolute_url()), runs=40)
    is_slow = verdict("customer page, queries", asked, PAGE_QUERIES, "")
    return verdict("customer page, CPU", spent.cpu_seconds * 1000, PAGE_CPU_MS, "ms") or is_slow


def save_a_field(client: Client, customer: Customer) -> bool:
    """One field by itself, again and again, with the form fetched before each and not counted."""
    url, spent, asked = f"{customer.get_absolute_url()}fields/source/", [], 0
    for number in range(SAVES):
        opened = opened_in(client.get(url, headers={"HX-Request": "true"}).content.decode())
        sent = {"source": f"fair {number}", "opened": opened}
        with CaptureQueriesContext(connection) as queries, cost() as one:
            answer = client.post(url, sent, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        spent.append(one.cpu_seconds * 1000)
        asked = sum(query["sql"] not in {"BEGIN", "COMMIT"} for query in queries)
    is_slow = verdict("save one field, queries", asked, SAVE_QUERIES, "")
    # The database's clock has ticks of 10 ms, so the mean says more than the median.
    return verdict("save one field, CPU", statistics.mean(spent), SAVE_CPU_MS, "ms") or is_slow


def opened_in(form: str) -> str:
    found = re.search(r'name="opened" value="([^"]+)"', form)
    assert found
    return found[1]


def weigh(client: Client) -> bool:
    """What the list weighs for somebody who was never here."""
    weights = first_load(client, "/customers/")
    print("First load of /customers/, bytes: " + ", ".join(f"{kind} {size:,}" for kind, size in weights.items()))
    return verdict("first load of /customers/", sum(weights.values()) / 1000, FIRST_LOAD_KB, "kB")


def search_as_one_types(client: Client) -> bool:
    """The palette, keystroke by keystroke, on the way to some customers and orders."""
    wanted = [each.name for each in Customer.objects.live().order_by("-pk")[:12]]
    wanted += [order.external_id for order in Order.objects.order_by("-pk")[:4]]
    spent = []
    for text in wanted:
        for length in range(1, min(len(text), 8) + 1):
            with cost() as one:
                client.get("/search/", {"q": text[:length]}, headers={"HX-Request": "true"})
            spent.append(one.cpu_seconds * 1000)
    p95 = statistics.quantiles(spent, n=20)[-1]
    print(f"{len(spent)} keystrokes, median {statistics.median(spent):.0f} ms")
    return verdict("search as one types, p95 of CPU", p95, SEARCH_CPU_MS, "ms")


def measure(client: Client, name: str, url: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url)
    count = len(queries)  # at once: the next request empties the log that it is read from
    spent = median_cost(lambda: client.get(url))
    row(
        name,
        str(count) if response.status_code == 200 else f"HTTP {response.status_code}",
        f"{spent.cpu_seconds * 1000:.0f}",
        f"{spent.wall_seconds * 1000:.0f}",
        f"{len(response.content) / 1024:.0f}",
    )
