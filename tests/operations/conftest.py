"""An installation of the product beside the one that the tests run in."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from tests import databases


@pytest.fixture
def database_name():
    """Of a database on the server of the tests; it goes in the end, and what a restore has kept beside it."""
    name = f"drill_{secrets.token_hex(4)}"
    yield name
    with databases.maintenance() as server:
        found = server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [name]).fetchall()
    for (each,) in found:
        databases.drop(each)


@pytest.fixture
def installation(database_name):
    """An empty database, and `manage.py` for it."""
    return Installation(databases.create(database_name))


class Installation:
    def __init__(self, url):
        self.url = url
        self.program = settings.BASE_DIR / "manage.py"

    def manage(self, *arguments, code=0):
        done = subprocess.run(
            [sys.executable, self.program, *arguments],
            env={**os.environ, "DATABASE_URL": self.url},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    def execute(self, statement):
        with psycopg.connect(self.url) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else None

    def columns(self, table):
        found = self.execute(
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_name = '{table}' AND is_generated = 'NEVER' ORDER BY ordinal_position"
        )
        return [name for (name,) in found]

    def contents(self, columns):
        """Rows and a digest of each table, over the named columns."""
        return {
            table: self.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY id))"
                f" FROM (SELECT {', '.join(names)} FROM {table}) t"
            )
            for table, names in columns.items()
        }
