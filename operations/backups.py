"""A backup is a folder: the database as pg_dump writes it, and a manifest that says what must come out of it.

Not in it, on purpose: the field keys (a backup that carries its keys protects nothing: keep CRM_FIELD_KEYS or the file
`field_keys` elsewhere), the list of erased people (it must outlive every backup), and snapshots (a recompute makes
them).

A restore builds a new database beside the old one, checks it against the manifest, brings it up to date, erases
again who was erased since, and only then changes the two names: until then nothing has happened, whatever fails.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import psycopg
from django.conf import settings
from django.core.cache import cache
from psycopg import sql

from core.embedded.binaries import postgres_folders
from jobs.identity import code_version
from protection.keys import ring

DUMP, MANIFEST = "database.dump", "manifest.json"
FORMAT = 1
# Logins end with the database that knew them; a partly filled staging area belongs to an attempt that is gone.
EXCLUDED_DATA = ("accounts_usersession",)
LAST_OUTPUT = 2000


class BackupError(Exception):
    """What went wrong and what to do, in words for the person at the terminal."""


@dataclass(frozen=True)
class Manifest:
    created_at: str
    code_version: str
    sha256: str
    migrations: list[list[str]]
    rows: dict[str, int]
    key_ids: list[str] = field(default_factory=list)
    format: int = FORMAT

    @classmethod
    def read(cls, folder: Path) -> Self:
        try:
            found = cls(**json.loads((folder / MANIFEST).read_text()))
        except FileNotFoundError:
            raise BackupError(f"{folder} holds no {MANIFEST}: name the folder that `backup` made.") from None
        except (ValueError, TypeError) as error:
            raise BackupError(f"{folder / MANIFEST} can't be read: {error}") from error
        if found.format != FORMAT:
            raise BackupError(f"The backup has format {found.format}, this version reads {FORMAT}.")
        return found


def back_up(folder: Path) -> Manifest:
    """Write a backup into a new folder, whole or not at all."""
    if folder.exists():
        raise BackupError(f"{folder} is there already: name a new folder, or remove that one.")
    building = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    building.mkdir(mode=0o700, parents=True)
    try:
        manifest = _write(building)
        building.rename(folder)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise
    return manifest


def _write(folder: Path) -> Manifest:
    """Rows are counted in the very snapshot that is dumped, so that the restore can be held against them."""
    with psycopg.connect(settings.DATABASE_URL) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        (exported,) = connection.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
        excluded = [f"--exclude-table-data={table}" for table in EXCLUDED_DATA]
        dump = folder / DUMP
        options = ["--format=custom", "--no-owner", f"--snapshot={exported}", f"--file={dump}", *excluded]
        _run("pg_dump", *options, database=settings.DATABASE_URL)
        dump.chmod(0o600)
        manifest = Manifest(
            created_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            code_version=code_version(),
            sha256=_digest(dump),
            migrations=[list(row) for row in connection.execute("SELECT app, name FROM django_migrations ORDER BY id")],
            rows=_row_counts(connection),
            key_ids=[key.id for key in ring().keys],
        )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1))
    return manifest


def restore(folder: Path, *, replace: bool) -> str:
    """Put the backup in the place of the database. Returns the name under which the old one is kept."""
    manifest = Manifest.read(folder)
    _check(folder, manifest)
    name = urlsplit(settings.DATABASE_URL).path.lstrip("/")
    if not replace and _holds_customers():
        raise BackupError(f"The database {name} holds customers. Say --replace to put the backup in its place.")
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%d%H%M%S}"
    fresh = f"{name}_restored_{stamp}"
    with _maintenance() as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        try:
            _fill(fresh, folder, manifest)
        except BaseException:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(fresh)))
            raise
        kept = f"{name}_before_{stamp}"
        _exchange(server, name, fresh, kept)
    cache.clear()
    return kept


def _check(folder: Path, manifest: Manifest) -> None:
    dump = folder / DUMP
    if not dump.exists() or _digest(dump) != manifest.sha256:
        raise BackupError(f"{dump} is damaged or not whole: its checksum is not the one in {MANIFEST}.")
    if missing := set(manifest.key_ids) - {key.id for key in ring().keys}:
        raise BackupError(
            f"The backup was made with field keys that are missing here: {', '.join(sorted(missing))}. Without them its"
            " encrypted numbers are lost: add them to CRM_FIELD_KEYS (or to the file field_keys), behind the first."
        )


def _fill(database: str, folder: Path, manifest: Manifest) -> None:
    url = _url(database)
    _run("pg_restore", "--exit-on-error", "--no-owner", str(folder / DUMP), database=url)
    with psycopg.connect(url) as connection:
        found = _row_counts(connection)
        wrong = sorted(table for table, rows in manifest.rows.items() if found.get(table) != rows)
        if wrong:
            raise BackupError(f"Rows are missing after the restore, in: {', '.join(wrong)}. The old database stays.")
        # Their files are not part of a backup.
        connection.execute("UPDATE analytics_snapshotmanifest SET status = 'collected' WHERE status <> 'collected'")
    for command in (["migrate", "--verbosity", "0"], ["replay_erasures"], ["check"]):
        _manage(command, {"DATABASE_URL": url})


def _exchange(server: psycopg.Connection[Any], name: str, fresh: str, kept: str) -> None:
    """Both names change in one transaction; whoever is connected is sent away and finds the new database."""
    with server.transaction():
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ANY(%s)", [[name, fresh]]
        )
        for old, new in ((name, kept), (fresh, name)):
            server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _maintenance() -> psycopg.Connection[Any]:
    return psycopg.connect(_url("postgres"), autocommit=True)


def _url(database: str) -> str:
    return urlsplit(settings.DATABASE_URL)._replace(path=f"/{database}").geturl()


def _holds_customers() -> bool:
    with psycopg.connect(settings.DATABASE_URL) as connection:
        there = connection.execute("SELECT to_regclass('customers_customer')").fetchone()
        if there is None or there[0] is None:
            return False
        return connection.execute("SELECT 1 FROM customers_customer LIMIT 1").fetchone() is not None


def _row_counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    tables = connection.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname <> ALL(%s) ORDER BY 1",
        [list(EXCLUDED_DATA)],
    ).fetchall()
    counts = {}
    for (table,) in tables:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        counts[table] = row[0] if row else 0
    return counts


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _program(name: str) -> str:
    for folder in postgres_folders():
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} was not found: set CRM_PG_BIN to the folder of PostgreSQL's programs.")
    return found


def _run(program: str, *arguments: str, database: str) -> None:
    """The password goes by the environment: everybody on the machine may read what a program was called with."""
    address = urlsplit(database)
    user, _, host = address.netloc.rpartition("@")
    name, _, password = user.partition(":")
    bare = address._replace(netloc=f"{name}@{host}" if name else host).geturl()
    environment = {"PGPASSWORD": unquote(password)} if password else {}
    _call([_program(program), f"--dbname={bare}", *arguments], environment, program)


def _manage(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    manage = str(Path(settings.BASE_DIR) / "manage.py")
    _call([sys.executable, manage, *arguments], environment, f"manage.py {arguments[0]}")


def _call(command: Sequence[str], environment: Mapping[str, str], name: str) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{name} failed and says:\n{done.stderr.strip()[-LAST_OUTPUT:]}")
