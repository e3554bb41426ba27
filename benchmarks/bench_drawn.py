"""The start dashboard in headless Chromium: seconds from the click that leads to it until its last chart is drawn."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, sync_playwright

from accounts.models import Role, User
from benchmarks.bench_load import cookie, free_port, start_server
from benchmarks.measure import load, row, verdict
from customers.models import Customer, Order
from tests.browser.programs import CHROMIUM_ARGUMENTS, chromium_path

LOADS, WARM_UP, MOST_SECONDS = 20, 3, 1.5
PATIENCE_MS = 60_000
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# When the frame with the last chart was painted, counted from the click: the clock of a page begins there.
NOTE_WHEN_DRAWN = """
const watching = new MutationObserver(() => {
  const charts = [...document.querySelectorAll(".chart")];
  if (!charts.length || !charts.every((chart) => chart.dataset.state === "drawn")) return;
  watching.disconnect();
  const painted = () => (document.documentElement.dataset.drawnAt = performance.now());
  requestAnimationFrame(() => requestAnimationFrame(painted));
});
watching.observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });
"""
READ = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const drawnAt = Number(document.documentElement.dataset.drawnAt);
  return [page.responseEnd, page.domContentLoadedEventEnd, drawnAt].map((milliseconds) => milliseconds / 1000);
}"""


@dataclass(frozen=True)
class Load:
    """Seconds since the click: until the page has come, until its scripts have run, until all its charts are drawn."""

    answered: float
    ready: float
    drawn: float


def main() -> int:
    print(f"{Customer.objects.count():,} customers, {Order.objects.count():,} orders; load {load()}")
    session = cookie(User.objects.filter(role=Role.MANAGER, is_active=True).earliest("pk"))
    port = free_port()
    server = start_server(port)
    try:
        row("", "answered p50", "ready p50", "drawn p50", "drawn p95")
        return int(any([measured("wide", WIDE, port, session), measured("phone", PHONE, port, session)]))
    finally:
        server.terminate()
        server.wait(30)


def measured(name: str, viewport: dict[str, int], port: int, session: str) -> bool:
    with browser_at_work(viewport, port, session) as context:
        page = context.new_page()
        page.goto("/reports/")
        first = opened(page)
        seconds = (first.answered, first.ready, first.drawn)
        row(f"{name}, the first time, nothing cached", *(f"{each:.2f}" for each in seconds))
        loads = [opened(page) for _ in range(WARM_UP + LOADS)][WARM_UP:]
    drawn = [each.drawn for each in loads]
    p95 = statistics.quantiles(drawn, n=20)[-1]
    middle = [statistics.median(values) for values in ([x.answered for x in loads], [x.ready for x in loads], drawn)]
    row(f"{name}, {LOADS} times", *(f"{seconds:.2f}" for seconds in (*middle, p95)))
    return verdict(f"{name}: until drawn, p95", p95, MOST_SECONDS, "s")


def opened(page: Page) -> Load:
    """From another page, by the link that people use."""
    page.locator("nav a[href='/']").first.dispatch_event("click")
    page.wait_for_selector("html[data-drawn-at]", state="attached", timeout=PATIENCE_MS)
    found = Load(*page.evaluate(READ))
    page.goto("/reports/")
    return found


@contextmanager
def browser_at_work(viewport: dict[str, int], port: int, session: str) -> Iterator[BrowserContext]:
    name, _equals, value = session.partition("=")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path(driver), args=CHROMIUM_ARGUMENTS)
        address = f"http://127.0.0.1:{port}"
        context = browser.new_context(base_url=address, viewport=viewport)  # type: ignore[arg-type]
        context.add_cookies([{"name": name, "value": value, "url": address}])
        context.add_init_script(NOTE_WHEN_DRAWN)
        yield context
        browser.close()
