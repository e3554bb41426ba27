"""Gives each pytest session a PostgreSQL and a Valkey of its own, before Django's settings are read.

Loaded by `-p` in pyproject.toml: a conftest comes too late. The first process starts the servers and tells xdist's
workers by the environment. With DATABASE_URL or REDIS_URL set, that server is used instead.
"""

import base64
import gc
import os
import secrets
import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from core.embedded import are_in_use, ensure_services, remove_services
from core.embedded.locks import exclusive
from core.launcher.translations import compile_translations
from core.loaded import keep_what_is_loaded

PREFIX = "meridian-tests-"
FOLDER_VARIABLE = "MERIDIAN_TEST_FOLDER"
# What a developer has set for their own installation says nothing about the tests.
KEPT_SETTINGS = {"CRM_PG_BIN", "CRM_REDIS_BIN"}
NEEDS_NO_SERVER = {"-h", "--help", "-V", "--version", "--markers", "--fixtures"}
ABANDONED_SECONDS = 3600
# Not there before the tests of a clone have been read for the first time.
COMPILED = Path(__file__).parent / "core" / "__pycache__"
FIRST_ALONE = "first-alone"


@pytest.hookimpl(wrapper=True, tryfirst=True)  # a wrapper comes before pytest-django, which reads the settings
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None]:
    gc.disable()  # until all is read: see below
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        folder = Path(tempfile.gettempdir()) / f"{PREFIX}{secrets.token_hex(6)}"
        forget_settings()
        compile_translations()
        if NEEDS_NO_SERVER.isdisjoint(args):
            start_servers(early_config, folder)
            if not COMPILED.exists():
                (folder / FIRST_ALONE).touch()
        os.environ[FOLDER_VARIABLE] = str(folder)
    separate_process(worker)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Looking for garbage in what is read now, and stays to the end, took half the time of reading it, and an eighth of
    the time of the tests."""
    try:
        return (yield from reading())
    finally:
        keep_what_is_loaded()
        gc.enable()


def reading() -> Generator[None, object, object]:
    """Workers that read the tests of a clean clone at the same time would each compile all that these import."""
    first = Path(os.environ[FOLDER_VARIABLE]) / FIRST_ALONE
    if "PYTEST_XDIST_WORKER" in os.environ and first.exists():
        with exclusive(first):
            if not first.read_text():
                first.write_text("is reading")
                return (yield)
    return (yield)


def forget_settings() -> None:
    for name in [name for name in os.environ if name.startswith("CRM_") and name not in KEPT_SETTINGS]:
        del os.environ[name]


def start_servers(config: pytest.Config, folder: Path) -> None:
    remove_abandoned(folder.parent)
    wanted = {"postgres": "DATABASE_URL" not in os.environ, "valkey": "REDIS_URL" not in os.environ}
    services = ensure_services(folder, durable=False, **wanted)
    config.add_cleanup(lambda: remove_services(folder))  # last in, first out
    config.add_cleanup(services.release)
    if services.database_url:
        os.environ["DATABASE_URL"] = services.database_url
    if services.redis_url:
        os.environ["REDIS_URL"] = services.redis_url


def remove_abandoned(parent: Path) -> None:
    """Clear up after sessions that were killed: their servers run on, leased by nobody."""
    for folder in parent.glob(f"{PREFIX}*"):
        status = folder.stat()
        is_old = time.time() - status.st_mtime > ABANDONED_SECONDS
        if status.st_uid == os.geteuid() and is_old and not are_in_use(folder):
            remove_services(folder)


def separate_process(worker: str) -> None:
    """Files, key and Redis database of this process; pytest-django gives it a PostgreSQL database of its own."""
    folder = Path(os.environ[FOLDER_VARIABLE]) / (worker or "main")
    os.environ["CRM_SECRET_KEY"] = "only-for-tests-" + "x" * 50
    os.environ["CRM_FIELD_KEYS"] = "tests:" + base64.b64encode(b"only-for-tests".ljust(32, b".")).decode()
    os.environ["CRM_SNAPSHOT_DIR"] = str(folder / "snapshots")
    os.environ["CRM_FILES_DIR"] = str(folder / "files")
    os.environ["CRM_TOMBSTONE_FILE"] = str(folder / "tombstones.jsonl")
    if url := os.environ.get("REDIS_URL"):
        number = int(worker.removeprefix("gw") or 0) % 15 + 1
        os.environ["REDIS_URL"] = with_redis_database(url, number)


def with_redis_database(url: str, number: int) -> str:
    """`unix:///path?db=3` or `redis://host:6379/3`: the forms that both redis-py and `celery_broker_url` read."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return urlunsplit(parts._replace(path=f"/{number}"))
