"""Fixtures that any test may ask for."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import settings as hypothesis_settings

from tests import databases, flushing

# A machine that is busy with something else fails no test.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What starts installations of its own goes first: it waits for processes while others compute, and none of the
    test processes is left alone with it in the end."""
    items.sort(key=lambda item: not (item.get_closest_marker("slow") and not item.get_closest_marker("django_db")))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the real data sets, which are no part of the repository."""
    folder = Path(os.environ.get("MERIDIAN_DATA_DIR") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the real data sets are not here: set MERIDIAN_DATA_DIR to their folder")
    return folder


@contextmanager
def folder_for_servers() -> Iterator[Path]:
    """A new one. Not `tmp_path`: root keeps that closed to the account of PostgreSQL."""
    folder = Path(tempfile.gettempdir()) / f"meridian-open-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with folder_for_servers() as folder:
        yield folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    databases.copy_instead_of_migrating(connection)


@pytest.fixture(scope="session")
def migrated_database(django_db_blocker: Any) -> str:
    """The name of the database that others are copies of. It is up to date, and empty but for what migrations made."""
    with django_db_blocker.unblock():
        databases.ensure_original(connection)
    return databases.ORIGINAL


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.drop_original()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are cleared up by DELETE or TRUNCATE, which the audit trail refuses everybody else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE \"{connection.settings_dict['NAME']}\" SET crm.flushing = 'on'")
        cursor.execute("SET crm.flushing = 'on'")
        flushing.install(connection)


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    """The real hasher takes a good part of a second by design; no test is about it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(scope="session", autouse=True)
def _static_files_when_asked() -> None:
    """Every client of a test makes the middleware anew, and WhiteNoise would look at each static file there is."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _no_erasures_of_others() -> Iterator[None]:
    """Tombstones outlive the transaction of a test, and make everything that follows wait for their repetition."""
    yield
    Path(settings.TOMBSTONE_FILE).unlink(missing_ok=True)
