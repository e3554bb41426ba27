"""Where the embedded services answer: pure functions of the folder, so settings can be read before anything runs."""

import hashlib
import os
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

DATABASE = USER = "crm"
# A socket's path ends at 107 bytes, and a project's folder may be deeper than that: sockets live in a short folder.
# Not tempfile.gettempdir(): TMPDIR differs between a terminal and a service, and all must meet at the same place.
SOCKET_PARENT = Path("/tmp")  # noqa: S108 - the folder below is created 0700 and its owner is checked


def folder_key(root: Path) -> str:
    return hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]


def socket_folder(root: Path, service: str) -> Path:
    """The private folder of one service's socket, named for the user, the project folder and the service."""
    return SOCKET_PARENT / f"meridian-{os.geteuid()}-{folder_key(root)}-{service}"


def redis_socket(root: Path) -> Path:
    return socket_folder(root, "valkey") / "valkey.sock"


def embedded_database_url(root: Path, database: str = DATABASE) -> str:
    """In the form that both psycopg and django-environ read: the socket's folder as the `host` parameter."""
    return f"postgresql://{USER}@/{database}?host={quote(str(socket_folder(root, 'postgres')), safe='/')}"


def embedded_redis_url(root: Path) -> str:
    """In redis-py's form; Celery wants `celery_broker_url` of it."""
    return f"unix://{redis_socket(root)}"


def celery_broker_url(redis_url: str) -> str:
    """The same server as Celery spells it: it names a socket, and a database on it, differently from redis-py."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"
