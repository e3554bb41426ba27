"""Which browser drives the tests, and how it is started."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Playwright

DEBIANS_CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path(driver: Playwright) -> Path | None:
    """Debian's, or the one that Playwright has installed for itself."""
    own = Path(driver.chromium.executable_path)
    return next((path for path in (DEBIANS_CHROMIUM, own) if path.exists()), None)
