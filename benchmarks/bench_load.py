"""Fifty people at work on the web server, alone and beside a recomputation: requests a second, p95, errors, memory."""

from __future__ import annotations

import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from accounts.models import Role, User
from benchmarks.measure import row
from customers.models import Customer, Order

PEOPLE = 50
THINK_SECONDS = (1.0, 3.0)
WARM_UP_SECONDS = 20
MINUTES = float(os.environ.get("MERIDIAN_BENCH_MINUTES", "10"))
# What a page asks for behind a filtered list: how many there are.
COUNT = "&count=roughly"
LEAST_RATE, MOST_P95_MS, MOST_SLOWER = 25, 300, 2.0


@dataclass
class Tally:
    """What all people together saw."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, seconds: float, status: int) -> None:
        with self.lock:
            self.seconds.append(seconds)
            self.statuses[status] += 1

    @property
    def p95_ms(self) -> float:
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500 or status == 0)


@dataclass
class Person:
    """Somebody with a login, who reads lists and customers, looks for names as they type, and opens the dashboard."""

    cookie: str
    port: int
    pages: list[str]
    names: list[str]
    chance: random.Random

    def work(self, until: float, tally: Tally) -> None:
        time.sleep(self.chance.uniform(0, THINK_SECONDS[1]))
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while time.monotonic() < until:
            for url in self._next():
                link = self._get(link, url, tally)
            time.sleep(self.chance.uniform(*THINK_SECONDS))

    def _next(self) -> list[str]:
        """A page; or, of somebody who types, the answers to what they have typed so far."""
        what = self.chance.random()
        if what < 0.35:
            return [f"/customers/{self.chance.choice(self.pages)}/"]
        if what < 0.55:
            return [self.chance.choice(["/customers/", "/customers/?sort=-score", "/customers/?sort=-monetary"])]
        if what < 0.75:
            name = self.chance.choice(self.names)
            return [*(f"/customers/?q={name[:length]}" for length in (3, 4, 5)), f"/customers/?q={name[:5]}{COUNT}"]
        if what < 0.9:
            champions = "/customers/?segment=champions&sort=-monetary"
            return [champions, champions + COUNT]
        return ["/"]

    def _get(self, link: http.client.HTTPConnection, url: str, tally: Tally) -> http.client.HTTPConnection:
        begun = time.perf_counter()
        status = self._status(link, url)
        if status == 0:  # the server may close a link that was idle: a browser opens another, and asks again
            link.close()
            link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            status = self._status(link, url)
        tally.note(time.perf_counter() - begun, status)
        return link

    def _status(self, link: http.client.HTTPConnection, url: str) -> int:
        """0 where there was no answer."""
        try:
            apart = {"HX-Request": "true", "HX-Target": "count"} if url.endswith(COUNT) else {}
            link.request("GET", url, headers={"Cookie": self.cookie, "Accept-Encoding": "identity", **apart})
            answer = link.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return 0
        return answer.status


def main() -> int:
    size, orders = Customer.objects.count(), Order.objects.count()
    print(
        f"{size:,} customers, {orders:,} orders; {PEOPLE} people, {THINK_SECONDS} s to think, {MINUTES:g} minutes each"
    )
    port = free_port()
    server = start_server(port)
    try:
        # Workers load what they need with their first requests: only what grows after that grows without end.
        for thread in at_work(port, time.monotonic() + WARM_UP_SECONDS, Tally()):
            thread.join()
        row("", "requests/s", "p50 ms", "p95 ms", "failed", "memory MB")
        alone = phase("alone", port, server)
        beside = phase("beside recomputations", port, server, also=recompute_until)
    finally:
        server.terminate()
        server.wait(30)
    slower = beside.p95_ms / alone.p95_ms
    rate = len(alone.seconds) / (MINUTES * 60)
    missed = [
        rate < LEAST_RATE and f"{rate:.1f} requests/s, wanted {LEAST_RATE}",
        alone.p95_ms > MOST_P95_MS and f"p95 {alone.p95_ms:.0f} ms, wanted {MOST_P95_MS}",
        slower > MOST_SLOWER and f"{slower:.2f} x as slow beside a recomputation, wanted {MOST_SLOWER}",
        alone.failed + beside.failed > 0 and f"{alone.failed + beside.failed} requests failed",
    ]
    print("\n".join(f"over: {each}" for each in missed if each) or "PASS")
    return int(any(missed))


def phase(
    name: str, port: int, server: subprocess.Popen[bytes], *, also: Callable[[float], None] | None = None
) -> Tally:
    tally, before = Tally(), memory_mb(server.pid)
    until = time.monotonic() + MINUTES * 60
    threads = at_work(port, until, tally)
    if also:
        also(until)
    for thread in threads:
        thread.join()
    memory = f"{before:.0f} -> {memory_mb(server.pid):.0f}"
    p50 = statistics.median(tally.seconds) * 1000
    rate = len(tally.seconds) / (MINUTES * 60)
    row(name, f"{rate:.1f}", f"{p50:.0f}", f"{tally.p95_ms:.0f}", str(tally.failed), memory)
    return tally


def at_work(port: int, until: float, tally: Tally) -> list[threading.Thread]:
    threads = [threading.Thread(target=person.work, args=(until, tally)) for person in people(port)]
    for thread in threads:
        thread.start()
    return threads


def recompute_until(moment: float) -> None:
    """One recomputation after another, in a process that gives way to the web server, as the worker of runs does."""
    while time.monotonic() < moment:
        command = ["nice", "-n", "10", sys.executable, "manage.py", "recompute", "--wait"]
        with suppress(subprocess.TimeoutExpired):  # one that outlasts the phase is broken off with it
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=moment - time.monotonic())


def people(port: int) -> list[Person]:
    chance = random.Random(1)  # noqa: S311  # whom to read about, not a secret
    live = Customer.objects.live()
    sample = list(live.order_by("pk").values_list("pk", "name")[:2000])
    users = list(User.objects.filter(role__in=[Role.MANAGER, Role.ADMIN], is_active=True))
    cookies = [cookie(chance.choice(users)) for _ in range(PEOPLE)]
    pages = [str(pk) for pk, _name in sample]
    names = [word for _pk, name in sample for word in name.split() if word.isascii() and len(word) > 4]
    return [Person(each, port, pages, names, random.Random(number)) for number, each in enumerate(cookies)]  # noqa: S311


def cookie(user: User) -> str:
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def start_server(port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "CRM_DB_POOL": "1", "CRM_BIND": f"127.0.0.1:{port}", "CRM_ALLOWED_HOSTS": "127.0.0.1"}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:crm.gunicorn"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return server
        time.sleep(0.1)
    raise RuntimeError("the web server does not answer")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def memory_mb(pid: int) -> float:
    """Of the server and its workers."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return sum(_resident_mb(int(each)) for each in [str(pid), *children])


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
