"""Reports: each chart and some questions with a filter nobody has asked, ten managers at once, payload and memory."""

from __future__ import annotations

import gzip
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import quote_plus

from django.conf import settings
from django.core.management import call_command
from django.db import close_old_connections, connection
from django.test import Client
from django.urls import reverse

from accounts.models import Role, User
from analytics.publishing import current_run
from benchmarks.measure import load, peak_memory_mb, row, verdict
from customers.models import Customer, Order
from reports.catalog import CHARTS

MOST_SECONDS, MOST_CUBE_SECONDS, MOST_MB, MOST_KB = 4.0, 1.0, 500, 100
MANAGERS, REQUESTS_OF_EACH, MOST_SECONDS_OF_TEN = 10, 6, 5.0
DASHBOARDS, MOST_DASHBOARD_MS = 40, 150
ALONE = "MERIDIAN_BENCH_ALONE"
QUESTIONS = (
    {"measure": "revenue", "by": "month"},
    {"measure": "buyers", "by": "source", "compare": ""},
    {"measure": "line_amount", "by": "product", "compare": ""},
    {"measure": "orders", "by": "month", "split": "segment", "compare": ""},
    {"measure": "visits", "by": "week", "compare": ""},
)


OF_A_COUNTRY = tuple(f"country = {country}" for country in ("DE", "FR", "GB", "US", "CN", "JP"))
BROAD = ("not country = AF", "customer_since >= 2000-01-01")
ON_PURCHASES = ("orders >= 3", "last_order < 2025-11-01", "first_order >= 2020-01-01")


@dataclass(frozen=True)
class Answered:
    name: str
    seconds: float
    cpu_seconds: float
    kilobytes: float
    status: int


def main() -> int:
    settings.ALLOWED_HOSTS = ["testserver"]
    if os.environ.get(ALONE):
        return measure_alone()
    if current_run("daily") is None:
        call_command("recompute", "--wait", stdout=sys.stderr)
    print(f"{Customer.objects.count():,} customers, {Order.objects.count():,} orders; load {load()}")
    missed = [ask_dashboard(), ask_alone()]
    for name, conditions in (("", OF_A_COUNTRY), (", with filters that choose nearly everybody", BROAD)):
        missed.append(ask_at_once(name, conditions))
    return int(any(missed))


def ask_dashboard() -> bool:
    client = manager_at_work()
    address = reverse("reports:overview")
    client.get(address)
    seconds = []
    for _ in range(DASHBOARDS):
        begun = time.perf_counter()
        client.get(address)
        seconds.append(time.perf_counter() - begun)
    return verdict("the dashboard's page, p95", p95(seconds) * 1000, MOST_DASHBOARD_MS, "ms")


def ask_alone() -> bool:
    """In a process of its own, whose memory is that of one web worker after all charts."""
    environment = {**os.environ, ALONE: "1"}
    return subprocess.run([sys.executable, "-m", "benchmarks"], env=environment, check=False).returncode != 0


def measure_alone() -> int:
    client = manager_at_work()
    client.get(reverse("reports:index"))
    chance = random.Random(time.time_ns())  # noqa: S311 - a choice, not a secret
    found = asked_with(client, "a filter nobody has asked", fresh_filters(chance))
    broad = asked_with(client, "a filter that chooses nearly everybody", fresh_filters(chance, BROAD))
    of_purchases = asked_with(client, "a filter on purchases", fresh_filters(chance, ON_PURCHASES))
    published = [
        published_chart(client, chart.key) for chart in CHARTS if not chart.follows and Role.MANAGER in chart.roles
    ]
    failed = [each.name for each in (*found, *broad, *of_purchases, *published) if each.status != 200]
    if failed:
        print(f"failed: {', '.join(failed)}")
    return int(
        any(
            [
                *(
                    verdict(
                        f"a chart of facts with {name}, p95", p95([each.seconds for each in asked]), MOST_SECONDS, "s"
                    )
                    for name, asked in (
                        ("a new filter", found),
                        ("a filter that chooses nearly everybody", broad),
                        ("a filter on purchases", of_purchases),
                    )
                ),
                verdict(
                    "a chart of what is published, p95",
                    p95([each.seconds for each in published]),
                    MOST_CUBE_SECONDS,
                    "s",
                ),
                verdict("payload, largest", max(each.kilobytes for each in (*found, *published)), MOST_KB, "kB"),
                verdict("memory of the process", peak_memory_mb(), MOST_MB, "MB"),
                bool(failed),
            ]
        )
    )


def asked_with(client: Client, name: str, filters: Iterator[str]) -> list[Answered]:
    row(f"chart, with {name}", "seconds", "CPU s", "kB gzip")
    found = []
    for chart, address in addresses():
        found.append(answer(client, chart, f"{address}{'&' if '?' in address else '?'}{next(filters)}"))
        last = found[-1]
        row(chart, f"{last.seconds:.2f}", f"{last.cpu_seconds:.2f}", f"{last.kilobytes:.1f}")
    return found


def ask_at_once(name: str, conditions: Sequence[str]) -> bool:
    """Ten managers, each with a filter of their own, one chart after the other, in the threads of one process."""
    with ThreadPoolExecutor(MANAGERS) as pool:
        answers = [
            each for of_one in pool.map(lambda number: work(number, conditions), range(MANAGERS)) for each in of_one
        ]
    failed = [each for each in answers if each.status != 200]
    slow = verdict(
        f"{MANAGERS} managers at once{name}, p95", p95([each.seconds for each in answers]), MOST_SECONDS_OF_TEN, "s"
    )
    return verdict("of their requests failed", len(failed), 0, "") or slow


def work(number: int, conditions: Sequence[str]) -> list[Answered]:
    chance = random.Random(time.time_ns() + number)  # noqa: S311 - a choice, not a secret
    client, filters = manager_at_work(), fresh_filters(chance, conditions)
    asked = chance.sample(list(addresses()), REQUESTS_OF_EACH)
    try:
        return [answer(client, name, f"{url}{'&' if '?' in url else '?'}{next(filters)}") for name, url in asked]
    finally:
        close_old_connections()
        connection.close()


def manager_at_work() -> Client:
    client = Client()
    client.force_login(User.objects.filter(role=Role.MANAGER).first() or User.objects.earliest("pk"))
    return client


def addresses() -> Iterator[tuple[str, str]]:
    """Of every chart that follows a filter, and of some questions to the explorer."""
    for chart in CHARTS:
        if chart.follows and Role.MANAGER in chart.roles:
            yield chart.key, reverse("reports:card", args=[chart.key])
    for question in QUESTIONS:
        query = "&".join(f"{key}={value}" for key, value in question.items())
        yield f"explorer: {' '.join(question.values())}", f"{reverse('reports:explore')}?{query}"


def fresh_filters(chance: random.Random, conditions: Sequence[str] = OF_A_COUNTRY) -> Iterator[str]:
    """Customers of one of the conditions, without a region that nobody has and nobody has asked with."""
    while True:
        among = f"{chance.choice(conditions)} and not region = r{chance.randrange(10**9)}"
        yield f"period=12m&among={quote_plus(among)}"


def answer(client: Client, name: str, address: str) -> Answered:
    return timed(name, lambda: client.get(address, headers={"HX-Request": "true"}))


def published_chart(client: Client, key: str) -> Answered:
    return timed(key, lambda: client.get(reverse("reports:chart", args=[key])))


def timed(name: str, ask: Callable[[], object]) -> Answered:
    begun, used = time.perf_counter(), time.process_time()
    answered = ask()
    seconds, cpu_seconds = time.perf_counter() - begun, time.process_time() - used
    content = answered.content  # type: ignore[attr-defined]
    return Answered(name, seconds, cpu_seconds, len(gzip.compress(content)) / 1000, answered.status_code)  # type: ignore[attr-defined]


def p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
