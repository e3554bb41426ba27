"""The engine that reads facts and computes features, and its way to PostgreSQL and back.

No other module knows that it is DuckDB. When one machine is outgrown, another engine offers the same few methods over
the same files; the SQL of `analytics.features` keeps to what both speak.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import duckdb
import numpy as np
import pandas as pd
from django.conf import settings
from django.db import OperationalError, connection
from numpy.typing import NDArray
from psycopg import pq
from psycopg.conninfo import make_conninfo

Params = Mapping[str, Any]

# Below SNAPSHOT_DIR: what does not fit into the memory.
SPILL = "spill"

_POSTGRES = "pg"
# The engine hands on what libpq says, under various classes of errors.
_CONNECTION_LOST = (
    "Unable to connect",
    "connection to server",
    "closed the connection",
    "terminating connection",
    "could not receive data",
    "connection has been closed",
)


# Raised when the memory of the settings does not suffice, even with files beside it.
OutOfMemory = duckdb.OutOfMemoryException


class EngineError(Exception):
    """The engine cannot do its work here: its extension is missing, or does not keep what it promises."""


class NoNumber(Exception):
    """A number that was asked for is missing, or does not fit into eight bytes."""


class Engine:
    """One session, in memory, with bounded memory and threads; instants are UTC. Open it with `open_engine`."""

    def __init__(self, session: duckdb.DuckDBPyConnection) -> None:
        self._session = session

    def execute(self, sql: str, params: Params | None = None) -> None:
        self._session.execute(sql, params or {})

    def rows(self, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
        return self._session.execute(sql, params or {}).fetchall()

    def frame(self, sql: str, params: Params | None = None) -> pd.DataFrame:
        return self._session.execute(sql, params or {}).df()

    def numbers(self, sql: str) -> NDArray[np.int64]:
        """The one column of a statement, whole numbers without gaps. Raises NoNumber."""
        try:
            [found] = self._session.execute(sql).fetchnumpy().values()
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise NoNumber(str(error)) from error
        if np.ma.is_masked(found):
            raise NoNumber("missing")
        return np.asarray(found, dtype=np.int64)

    def columns(self, sql: str) -> dict[str, NDArray[Any]]:
        """What a statement selects, column by column: numbers, none of which is missing."""
        return {name: np.asarray(column) for name, column in self._session.execute(sql).fetchnumpy().items()}

    def define(self, name: str, sql: str, params: Params | None = None) -> None:
        """Let later statements select from `name` what `sql` says, computed once."""
        self.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql}", params)

    def define_frame(self, name: str, frame: pd.DataFrame) -> None:
        """Let later statements select the rows of a frame from `name`."""
        self._session.register("handed_in", frame)
        try:
            self.define(name, "SELECT * FROM handed_in")
        finally:
            self._session.unregister("handed_in")

    def define_numbers(self, name: str, columns: Mapping[str, Any], select: str) -> None:
        """Let later statements select from `name` what `select` makes of these columns, which are not copied: it is
        worked out each time, as far as it is asked for."""
        self._session.register(f"{name}_numbers", pd.DataFrame(columns, copy=False))
        self.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {select} FROM {name}_numbers")  # noqa: S608 - ours

    def define_is_in(self, name: str, mask: NDArray[np.bool_]) -> None:
        """Let later statements ask `name(id)` at the true places of a mask, whose first and last are false: of nearly
        everybody a join takes ten times as long, and much memory."""
        last = len(mask) - 1
        self.define_frame("handed_bits", pd.DataFrame({"bits": [np.packbits(mask).tobytes()]}))
        self.execute(f"SET VARIABLE {name} = (SELECT CAST(bits AS BIT) FROM handed_bits)")  # noqa: S608 - ours
        place = f"CAST(LEAST(GREATEST(id, 0), {last}) AS INTEGER)"
        self.execute(f"CREATE OR REPLACE TEMP MACRO {name}(id) AS get_bit(getvariable('{name}'), {place}) = 1")

    def define_is_of(self, name: str, sql: str) -> None:
        """Let later statements ask `name(id)` of the ids that a statement selects, whatever they are."""
        self.execute(f"CREATE OR REPLACE TEMP MACRO {name}(id) AS id IN ({sql})")

    def define_view(self, name: str, sql: str, **days: dt.date) -> None:
        """Let later statements select from `name` what `sql` says, computed each time; `$day` in it means a day."""
        for day, value in days.items():
            sql = sql.replace(f"${day}", f"DATE {literal(value)}")
        self.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    def define_files(
        self,
        name: str,
        files: Sequence[Path],
        columns: Mapping[str, str],
        *,
        where: str = "TRUE",
        may_lack: bool = False,
    ) -> None:
        """Let later statements select `columns` (name: type) of these Parquet files from `name`; none is no row.

        may_lack: the files may be older than a column, which then is NULL.
        """
        if files:
            there = self._columns_of(files[0]) if may_lack else columns
            listed = [each if each in there else f"CAST(NULL AS {kind}) AS {each}" for each, kind in columns.items()]
            self.execute(
                f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {', '.join(listed)}"  # noqa: S608 - names of our tables
                f" FROM read_parquet({_listed(files)}, hive_partitioning = false) WHERE {where}"
            )
        else:
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {column}" for column, kind in columns.items())
            self.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {nothing} WHERE FALSE")

    def _columns_of(self, file: Path) -> set[str]:
        return {name for (name,) in self.rows(f"SELECT name FROM parquet_schema({literal(file)})")}  # noqa: S608 - quoted

    def write_files(self, sql: str, folder: Path, *, partition_by: str) -> None:
        """Write the rows of `sql` to `folder/{partition_by}={value}/*.parquet`, without that column."""
        self.execute(
            f"COPY ({sql}) TO {literal(folder)} (FORMAT parquet, COMPRESSION zstd, PARTITION_BY ({partition_by}))"
        )

    def write_file(self, sql: str, path: Path) -> None:
        self.execute(f"COPY ({sql}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")

    def merge_files(self, files: Sequence[Path], path: Path) -> None:
        """Write the rows of Parquet files with equal columns into one."""
        self.write_file(f"SELECT * FROM read_parquet({_listed(files)}, hive_partitioning = false)", path)  # noqa: S608

    def rows_in_files(self, files: Sequence[Path]) -> int:
        """Counted from the files' footers."""
        if not files:
            return 0
        counted = self.rows(f"SELECT sum(num_rows) FROM parquet_file_metadata({_listed(files)})")  # noqa: S608 - quoted
        return int(counted[0][0])

    @contextmanager
    def postgres_snapshot(self) -> Iterator[Self]:
        """Until the end of the block `postgres_query` reads the database as it was at the first query."""
        with _database_errors():
            self._attach(read_only=True)
            self.execute("BEGIN TRANSACTION")
        try:
            # The extension reads in one REPEATABLE READ transaction; were that ever not so, months would not fit.
            isolation = self.rows(postgres_query("SELECT current_setting('transaction_isolation') AS level"))
            if isolation != [("repeatable read",)]:
                raise EngineError(f"the database is not read as of one moment: {isolation}")
            with _database_errors():
                yield self
        finally:
            with suppress(duckdb.Error):  # the connection may be gone, and what was raised then says so
                self.execute("ROLLBACK")
            self._detach()

    def append_to_postgres(self, table: str, columns: Sequence[str], sql: str, **frames: pd.DataFrame) -> int:
        """Append the rows of `sql`, which may select from the `frames` by their names, to a table of PostgreSQL.

        By COPY in binary, in a transaction of its own. Returns the number of rows.
        """
        with _database_errors():
            self._attach(read_only=False)
        for name, frame in frames.items():
            self._session.register(name, frame)
        try:
            with _database_errors():
                rows = self.rows(f"INSERT INTO {_POSTGRES}.public.{table} ({', '.join(columns)}) {sql}")
            return int(rows[0][0])
        finally:
            for name in frames:
                self._session.unregister(name)
            self._detach()

    def _attach(self, *, read_only: bool) -> None:
        # From the wheel: `INSTALL` would write to the home folder, which a service may not have.
        self.execute(f"LOAD {literal(_extension_file())}")
        conninfo, password = _postgres_access()
        # A failed ATTACH prints the connection string: the password must not be in it.
        self.execute(f"CREATE OR REPLACE SECRET postgres_password (TYPE postgres, PASSWORD {literal(password)})")
        mode = ", READ_ONLY" if read_only else ""
        self.execute(f"ATTACH {literal(conninfo)} AS {_POSTGRES} (TYPE postgres, SECRET postgres_password{mode})")

    def _detach(self) -> None:
        self.execute(f"DETACH DATABASE IF EXISTS {_POSTGRES}")


def facts_folder() -> Path:
    """Where facts lie as files. They name nobody, but say what each customer bought: only its owner may look in."""
    folder = Path(settings.SNAPSHOT_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@contextmanager
def open_engine(*, memory: str = "") -> Iterator[Engine]:
    """An engine within the limits of the settings, or within less memory, without network access but to PostgreSQL."""
    spill = facts_folder() / SPILL
    spill.mkdir(exist_ok=True)
    # A folder for each engine: two that share one take each other's files for their own.
    with TemporaryDirectory(dir=spill) as own, duckdb.connect(config=_config(Path(own), memory)) as session:
        session.execute("SET TimeZone = 'UTC'")
        yield Engine(session)


@contextmanager
def _database_errors() -> Iterator[None]:
    """A database that went away is the same for the job as where Django notices it: the attempt is repeated."""
    try:
        yield
    except duckdb.Error as error:
        if any(words in str(error) for words in _CONNECTION_LOST):
            raise OperationalError(str(error)) from error
        raise


def _config(spill: Path, memory: str) -> dict[str, Any]:
    return {
        "threads": settings.ANALYTICS_THREADS,
        "memory_limit": memory or settings.ANALYTICS_MEMORY,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }


def postgres_query(sql: str) -> str:
    """A statement for the engine that hands `sql` to PostgreSQL, which so can use its indexes."""
    return f"SELECT * FROM postgres_query('{_POSTGRES}', {literal(sql)})"  # noqa: S608 - quoted


def literal(value: object) -> str:
    """`value` as a string constant of SQL."""
    escaped = str(value).replace("'", "''")
    return f"'{escaped}'"


def _listed(files: Sequence[Path]) -> str:
    return f"[{', '.join(map(literal, files))}]"


def _extension_file() -> Path:
    package = importlib.util.find_spec("duckdb_extension_postgres_scanner")
    folders = [Path(folder) for folder in (package.submodule_search_locations or [])] if package else []
    for folder in folders:
        file = folder / "extensions" / f"v{duckdb.__version__}" / "postgres_scanner.duckdb_extension"
        if file.exists():
            return file
    raise EngineError(f"duckdb-extension-postgres-scanner must be installed in version {duckdb.__version__}")


def _postgres_access() -> tuple[str, str]:
    """How Django reaches the database: a connection string of libpq without the password, and that."""
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    params = {name: value for name, value in connection.get_connection_params().items() if name in known}
    password = str(params.pop("password", ""))
    params["options"] = f"{params.get('options', '')} -c TimeZone=UTC".strip()
    return make_conninfo(**params), password
