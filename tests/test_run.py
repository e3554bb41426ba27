"""`run.py` as a person at a terminal meets it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.embedded import remove_services
from core.launcher.supervisor import end_strays, strays
from tests.conftest import folder_for_servers

REPOSITORY = Path(__file__).resolve().parent.parent
UP = "import sys; from core.launcher.up import up; sys.exit(up(host='127.0.0.1', port={port}, demo=False))"
STOP = "import sys; from core.launcher.up import stop; sys.exit(stop())"
NOT_COPIED = shutil.ignore_patterns(".*", "staticfiles", "tests")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, REPOSITORY / "run.py", *arguments], capture_output=True, text=True, check=False
    )


def test_help_names_every_command():
    shown = run("help")
    assert shown.returncode == 0
    for command in ("up", "stop", "test", "check", "manage", "bench", "help"):
        assert f"\n    {command} " in shown.stdout
    assert run().stdout == shown.stdout


@pytest.mark.parametrize("arguments", [["upp"], ["up", "--prot", "8000"], ["up", "--port", "many"], ["stop", "now"]])
def test_a_slip_of_the_pen_is_answered_and_changes_nothing(arguments):
    answer = run(*arguments)
    assert answer.returncode == 2
    assert "run.py" in answer.stderr
    assert "error:" in answer.stderr


def test_an_old_python_comes_far_enough_to_be_told():
    """No older Python is at hand: what a 3.6 could not read or import must come after the question for the version."""
    before, found, _ = (REPOSITORY / "run.py").read_text().partition("import argparse")
    assert found
    pretended = before.replace("sys.version_info", "(3, 9)")
    answer = subprocess.run([sys.executable, "-c", pretended], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer" in answer.stderr


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """A copy of the product with nothing in it at first, and this environment as its `.venv`."""
    with folder_for_servers() as parent:
        folder = parent / "crm"
        shutil.copytree(REPOSITORY, folder, ignore=NOT_COPIED)
        (folder / ".venv").symlink_to(sys.prefix)
        yield folder
        end_strays(folder)
        if (folder / ".local").exists():
            remove_services(folder / ".local")


def start(project: Path, code: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CRM_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL", "PYTHONPATH"):
        environment.pop(name, None)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=project, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def output(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=90)[0]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def answer(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as response:
        return str(response.read().decode())


def wait_for_answer(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, output(process)
        try:
            assert answer(port) == "ok"
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("no answer")


@pytest.mark.slow
def test_up_serves_heals_is_met_by_a_second_one_and_stops(project):
    port = free_port()
    first = start(project, UP.format(port=port))
    second = start(project, UP.format(port=port))  # at the same time
    late, early = None, None
    deadline = time.monotonic() + 90
    while late is None and time.monotonic() < deadline:
        for one, other in ((first, second), (second, first)):
            if one.poll() is not None:
                late, early = one, other
        time.sleep(0.1)
    assert late is not None
    assert early is not None
    assert late.returncode == 0
    assert f"already running at http://127.0.0.1:{port}/" in output(late)
    assert answer(port) == "ok"

    os.kill(oldest(strays(project)), signal.SIGKILL)  # the web server's master
    wait_for_answer(port, early)

    stopping = start(project, STOP)
    assert "Stopped." in output(stopping)
    assert "ready after" in output(early)
    assert early.returncode == 0
    assert strays(project) == []
    with pytest.raises(OSError, match="refused"):
        answer(port)
    assert "Nothing was running." in output(start(project, STOP))


@pytest.mark.slow
def test_stop_clears_up_after_a_killed_up(project):
    port = free_port()
    process = start(project, UP.format(port=port))
    wait_for_answer(port, process)
    process.kill()
    process.communicate()
    assert "Stopped." in output(start(project, STOP)) or not strays(project)
    assert strays(project) == []
    assert not list((project / ".local").glob("pg*/postmaster.pid"))


def oldest(pids: list[int]) -> int:
    return min(pids, key=lambda pid: int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]))
