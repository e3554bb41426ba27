"""One database is migrated in a run of the tests, and every other one is a copy of it.

Migrating an empty database keeps a processor busy for seven seconds and more, copying it for a part of one. The first
process of a run that wants a database makes the original, on the run's own server, and the others wait for it. The next
run makes its own: no change of migrations or settings can meet what was made before it.
"""

from __future__ import annotations

import os
import secrets
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from core.embedded.binaries import postgres_folders
from core.embedded.locks import exclusive
from tests.services_plugin import FOLDER_VARIABLE

ORIGINAL = "test_migrated"


def copy_instead_of_migrating(connection: BaseDatabaseWrapper) -> None:
    """For this process: `create_test_db`, by which pytest-django asks for a database, gives a copy of the original."""

    def create_test_db(**options: object) -> str:
        ensure_original(connection)
        name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]
        create(name, copying=ORIGINAL)
        rename(connection, name)
        return name

    connection.creation.create_test_db = create_test_db  # type: ignore[assignment,method-assign]


def ensure_original(connection: BaseDatabaseWrapper) -> None:
    """In the folder of the run lies a file that is empty until its original is made, and locked meanwhile."""
    made = made_file()
    with exclusive(made):
        if made.read_text():
            return
        creation, names = connection.creation, connection.settings_dict["TEST"]
        before, names["NAME"] = (connection.settings_dict["NAME"], names["NAME"]), ORIGINAL
        # `autoclobber`: a run that was killed on a server that is not its own has left one there.
        type(creation).create_test_db(creation, verbosity=0, autoclobber=True, serialize=False)
        connection.close()
        name, names["NAME"] = before
        rename(connection, name)
        with maintenance() as server:  # a database in use can't be copied, and one that has changed should not be
            server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(ORIGINAL)))
        made.write_text(ORIGINAL)


def drop_original() -> None:
    """At the end of a run, from a server that may not be its own."""
    if made_file().exists() and made_file().read_text():
        drop(ORIGINAL)


def made_file() -> Path:
    return Path(os.environ[FOLDER_VARIABLE]) / "migrated"


def rename(connection: BaseDatabaseWrapper, name: str) -> None:
    settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"] = name


def create(name: str, *, copying: str = "template1") -> str:
    """A database on the server of the tests; returns its address. One of that name is thrown away."""
    drop(name)
    with maintenance() as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(copying)))
    return address(name)


def drop(name: str) -> None:
    with maintenance() as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def fill_on_other_server(url: str) -> None:
    """Bring the empty database there to where migrations would bring it."""
    folder = next(folder for folder in postgres_folders() if (folder / "pg_dump").exists())
    name = f"sent_{secrets.token_hex(4)}"
    dump = subprocess.run(
        [folder / "pg_dump", "--no-owner", create(name, copying=ORIGINAL)], check=True, capture_output=True
    )
    drop(name)
    load = [str(folder / "psql"), "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", url]
    subprocess.run(load, input=dump.stdout, check=True, capture_output=True)


def maintenance() -> psycopg.Connection:
    return psycopg.connect(address("postgres"), autocommit=True)


def address(name: str) -> str:
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
