"""Figures as PNG where nobody's browser draws them, by a Chromium that is installed here; without one there are none.

The page that it opens lies in a folder of its own and holds the figure and our own scripts; it reaches no network, gets
nothing of this process' environment, and has seconds. Whatever goes wrong, there is no picture and a line in the log.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from reports.charts.drawing import Figure

logger = logging.getLogger(__name__)

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
NONE = "none"
SECONDS = 30
ARGUMENTS = (
    "--headless",
    "--dump-dom",
    "--virtual-time-budget=15000",
    "--window-size=900,600",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
STYLES = ("css/base.css", "css/charts.css")
SCRIPTS = ("plotly/plotly.min.js", "js/charts.js", "js/picture.js")
PICTURE = re.compile(rb'<output data-of="(\d+)">data:image/png;base64,([A-Za-z0-9+/=]+)</output>')


def pictures_of(figures: Sequence[Figure]) -> Mapping[int, bytes]:
    """PNGs by the place of the figure; those that could not be drawn are left out."""
    chromium = program()
    if not chromium or not figures:
        return {}
    with tempfile.TemporaryDirectory(prefix="picture-", ignore_cleanup_errors=True) as folder:
        page = Path(folder, "page.html")
        page.write_text(_page(figures), encoding="utf-8")
        found = _opened([*chromium, *ARGUMENTS, f"--user-data-dir={folder}/profile", page.as_uri()], folder)
    drawn = {int(name): base64.b64decode(content) for name, content in PICTURE.findall(found)}
    if len(drawn) < len(figures):
        logger.warning("Chromium drew %d of %d pictures", len(drawn), len(figures))
    return drawn


def program() -> list[str]:
    """Chromium as the setting names it, or as it is found; empty where there is none."""
    if settings.CHROMIUM:
        return [] if settings.CHROMIUM == NONE else shlex.split(settings.CHROMIUM)
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return [found] if found else []


def _page(figures: Sequence[Figure]) -> str:
    context = {
        "figures": [(str(place), figure) for place, figure in enumerate(figures)],
        "styles": [_address(name) for name in STYLES],
        "scripts": [_address(name) for name in SCRIPTS],
    }
    return render_to_string("reports/pictures.html", context)


def _address(name: str) -> str:
    found = finders.find(name)
    assert found is not None, name  # noqa: S101 - files of ours, and of an installed package
    return Path(str(found)).as_uri()


def _opened(command: Sequence[str], folder: str) -> bytes:
    """The page's DOM once its scripts have run; empty where it came to nothing."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "LANG": "C.UTF-8"}
    try:
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        logger.warning("Chromium does not start: %s", error)
        return b""
    try:
        return running.communicate(timeout=SECONDS)[0]
    except subprocess.TimeoutExpired:
        logger.warning("Chromium took longer than %d s over a picture", SECONDS)
        return b""
    finally:
        _end(running)


def _end(running: subprocess.Popen[bytes]) -> None:
    """With all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
