"""The project's own Python environment, `.venv`, as the lock files say. Standard library only."""

import ast
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.launcher.progress import LOCAL, ROOT, Failure, step, tell

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# There while an installation is under way: found afterwards, it was killed and the environment is half made.
INSTALLING = VENV / "installing"
PIP_INSTALL = [
    str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--require-hashes",
]  # fmt: skip


def ensure_packages(*, development: bool) -> None:
    if is_installed(development=development):
        return
    with alone(LOCAL / "install.lock", waiting_for="another run.py to finish installing"):
        if not is_installed(development=development):  # by the one we waited for
            install_packages(development=development)


def is_installed(*, development: bool) -> bool:
    stamp = stamp_file(development=development)
    return PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted_stamp(development=development)


def stamp_file(*, development: bool) -> Path:
    return VENV / ("installed-development" if development else "installed")


def wanted_stamp(*, development: bool) -> str:
    """What an up-to-date environment says of itself; changes with the lock and with the interpreter behind `.venv`."""
    state = hashlib.sha256(os.fsencode(PYTHON.resolve()))
    for path in requirement_files(development=development):
        state.update(path.read_bytes())
    return state.hexdigest()


def requirement_files(*, development: bool) -> list[Path]:
    return [ROOT / "requirements.txt", *([ROOT / "requirements-dev.txt"] if development else [])]


@contextmanager
def alone(lock: Path, *, waiting_for: str) -> Iterator[None]:
    make_local_folder()
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(f"  Waiting for {waiting_for} …")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_local_folder() -> None:
    """Private; but the account that PostgreSQL runs as under root must be able to pass through."""
    LOCAL.mkdir(exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)


def install_packages(*, development: bool) -> None:
    if INSTALLING.exists() or not is_usable():
        with step("Making the Python environment in .venv"):
            make_environment()
    INSTALLING.touch()
    with step("Installing the packages"):
        files = [argument for path in requirement_files(development=development) for argument in ("-r", str(path))]
        if not install_by_uv(files):
            install_by_pip(files)
    for kind in {development, False}:
        stamp_file(development=kind).write_text(wanted_stamp(development=kind))
    INSTALLING.unlink()


def is_usable() -> bool:
    """Whether `.venv` has a Python that works, is new enough, and is the one whose packages are there."""
    question = "import pip, sys; sys.exit(sys.version_info < (3, 11))"
    if not PYTHON.exists():
        return False
    return subprocess.run([PYTHON, "-c", question], capture_output=True, check=False).returncode == 0


def make_environment() -> None:
    if VENV.exists():
        shutil.rmtree(VENV)
    # Not sys.executable: this may be running in the very environment that is made anew.
    interpreter = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run([interpreter, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        raise Failure(
            f"Python's own venv module can't make {VENV}:\n{made.stdout.strip()}\n{made.stderr.strip()}\n"
            f"On Debian and Ubuntu it is a package of its own: sudo apt-get install python3-venv"
        )


def install_by_uv(files: Sequence[str]) -> bool:
    """Several times faster than pip, but doesn't know every proxy and certificate set-up: False says try pip."""
    setup = ROOT / "requirements-setup.txt"
    if subprocess.run([*PIP_INSTALL, "-r", setup], capture_output=True, check=False).returncode:
        return False
    command = [str(PYTHON), "-m", "uv", "pip", "install", "--quiet", "--system-certs", "--require-hashes"]
    command += [*pips_indexes(), "--python", str(PYTHON), *files]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pips_indexes() -> list[str]:
    """Where pip was told to look for packages, as arguments for uv, which does not read pip's configuration."""
    listed = subprocess.run([PYTHON, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    arguments = []
    for line in listed.stdout.splitlines():
        name, _, value = line.partition("=")
        option = name.rpartition(".")[2]
        if option in {"index-url", "extra-index-url"}:
            for url in ast.literal_eval(value).split():
                arguments += [f"--{option}", url]
    return arguments


def install_by_pip(files: Sequence[str]) -> None:
    done = subprocess.run([*PIP_INSTALL, "--only-binary", ":all:", *files], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(
            f"The packages can't be installed:\n{done.stderr.strip()[-2000:]}\n"
            f"This needs the internet, or a mirror of PyPI that pip knows (pip config set global.index-url …)."
        )
