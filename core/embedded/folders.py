"""Accounts and folders: PostgreSQL refuses root, and an account it drops to can't enter a 0700 home."""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from core.embedded.errors import ServiceError
from core.embedded.urls import folder_key

# Only root writes here, and every account can enter it: the place for what a dropped account must reach.
SYSTEM_FOLDER = Path("/var/lib/meridian-crm")
UNPRIVILEGED = ("postgres", "nobody")


class DropTo(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Whom a server runs as."""

    uid: int
    gid: int

    @property
    def is_dropped(self) -> bool:
        return self.uid != os.geteuid()

    @property
    def drop(self) -> DropTo:
        """Arguments for `subprocess` that change to this account."""
        if not self.is_dropped:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        # Asked of the system and not of the mode bits: access lists and mounts have a say too.
        test = ["/bin/sh", "-c", 'test -x "$1"', "-", str(folder)]
        return subprocess.run(test, cwd="/", check=False, **self.drop).returncode == 0

    def make_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        if self.is_dropped:
            os.chown(folder, self.uid, self.gid)


def own_account() -> Account:
    return Account(os.geteuid(), os.getegid())


def database_account(root: Path) -> Account:
    """The account PostgreSQL runs as: ours, or an unprivileged one for root.

    Data that is there already keeps its owner: installing Debian's PostgreSQL adds the account `postgres` later.
    """
    if os.geteuid() != 0:
        return own_account()
    for folder in (*data_folders(root), *data_folders(hidden_home(root))):
        owner = folder.stat()
        if owner.st_uid != 0:
            return Account(owner.st_uid, owner.st_gid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise ServiceError(
        "PostgreSQL can't run as root, and there is neither an account 'postgres' nor 'nobody' to run it as. "
        "Run this as an ordinary user, or set DATABASE_URL to a server."
    )


def data_folders(home: Path) -> list[Path]:
    """PostgreSQL's data folders below `home`, one for each major version."""
    return sorted(home.glob("pg[0-9][0-9]"))


def hidden_home(root: Path) -> Path:
    """Where the data of a root's project below a 0700 folder lies.

    The random name kept in the project's folder belongs to it: a new clone at the same path starts empty.
    """
    name_file = root / "instance"
    name = name_file.read_text() if name_file.exists() else "none"
    return SYSTEM_FOLDER / f"{folder_key(root)}-{name}"


def data_home(root: Path, account: Account) -> Path:
    """The folder that holds the data folder: `root`, or one that the dropped account can enter."""
    hidden = hidden_home(root)
    if not account.is_dropped or (not hidden.exists() and account.can_enter(root)):
        return root
    if data_folders(root):
        raise ServiceError(
            f"The data in {root} can't be reached by the account it belongs to, because a folder above it is closed. "
            f"Open that folder again (chmod o+x), or move the project to where all may enter, such as /opt."
        )
    if not hidden.exists():
        (root / "instance").write_text(secrets.token_hex(8))
        hidden = hidden_home(root)
        hidden.mkdir(mode=0o711, parents=True)
        SYSTEM_FOLDER.chmod(0o755)  # whatever the umask says
        hidden.chmod(0o711)
    return hidden


def make_root(root: Path) -> None:
    """The services' folder. An account root drops to may pass through it, but not list it."""
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise ServiceError(f"The folder {root} can't be created ({error.strerror}). Is the project yours?") from error


def private_folder(folder: Path, account: Account) -> None:
    """Make sure that `folder`, in a place all can write to, is a real folder that only `account` can enter.

    Somebody else could have created it first, with a server of theirs in it.
    """
    try:
        account.make_folder(folder)
    except FileExistsError:
        if is_private(folder, account):
            return
        if os.geteuid() != 0:
            raise ServiceError(f"{folder} is not yours alone. Remove it, or have it removed, and try again.") from None
        folder.unlink() if folder.is_symlink() or not folder.is_dir() else shutil.rmtree(folder)
        account.make_folder(folder)


def is_private(folder: Path, account: Account) -> bool:
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == account.uid and not status.st_mode & 0o077
