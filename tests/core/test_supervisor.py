"""Programs that are kept running, and ended, whatever happens to them or to their supervisor."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.embedded.processes import is_running, wait_until_gone
from core.launcher.supervisor import Program, Supervisor, end_strays, strays

REPOSITORY = Path(__file__).resolve().parents[2]
# Starts a child of its own, as a web server starts workers, and writes down both process ids.
FAITHFUL = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
with open("started", "a") as file:
    file.write(f"{os.getpid()} {child.pid}\\n")
time.sleep(100)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open("started", "a").write("1\\n")
time.sleep(100)
"""
SHORT_LIVED = "open('started', 'a').write('1\\n')"
SUPERVISING = f"""
import sys, time
from pathlib import Path
from core.launcher.supervisor import Program, Supervisor
folder = Path(sys.argv[1])
supervisor = Supervisor([Program("faithful", [sys.executable, "-c", {FAITHFUL!r}])], folder=folder, logs=folder)
supervisor.start()
supervisor.watch(also=lambda: None)
"""


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    started: list[Supervisor] = []

    def start(code: str, **options: object) -> Supervisor:
        program = Program("program", [sys.executable, "-c", code], **options)  # type: ignore[arg-type]
        supervisor = Supervisor([program], folder=tmp_path, logs=tmp_path / "log", say=said.append)
        said.clear()
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield start
    for supervisor in started:
        supervisor.stop_requests = 2
        supervisor.stop()


said: list[str] = []


def starts(folder: Path) -> list[str]:
    path = folder / "started"
    return path.read_text().splitlines() if path.exists() else []


def wait_for_starts(folder: Path, count: int) -> list[str]:
    deadline = time.monotonic() + 20
    while len(starts(folder)) < count:
        assert time.monotonic() < deadline, f"{len(starts(folder))} starts instead of {count}"
        time.sleep(0.02)
    return starts(folder)


def watch_for(supervisor: Supervisor, seconds: float) -> None:
    threading.Timer(seconds, lambda: setattr(supervisor, "stop_requests", 1)).start()
    supervisor.watch(also=lambda: None)


def stop_if(supervisor: Supervisor, has_ended: bool) -> None:
    if has_ended:
        supervisor.stop_requests = 1


def test_a_killed_program_is_started_again_and_what_it_left_is_ended(supervise, tmp_path):
    supervisor = supervise(FAITHFUL)
    first, its_child = map(int, wait_for_starts(tmp_path, 1)[0].split())
    os.kill(first, signal.SIGKILL)
    watch_for(supervisor, 1.5)
    assert len(wait_for_starts(tmp_path, 2)) == 2
    assert not is_running(its_child)
    assert said == ["program was ended by SIGKILL; starting it again in 0.5 s."]


def test_a_program_that_ends_at_once_is_started_again_later_and_later(supervise, tmp_path):
    supervisor = supervise(SHORT_LIVED)
    deadline = time.monotonic() + 20
    supervisor.watch(also=lambda: stop_if(supervisor, len(said) >= 2 or time.monotonic() > deadline), every=0)
    assert [line.rpartition(" in ")[2] for line in said[:2]] == ["0.5 s.", "1 s."]
    assert len(starts(tmp_path)) == 2


def test_a_program_that_does_not_listen_is_killed_when_patience_ends(supervise, tmp_path):
    supervisor = supervise(STUBBORN, stop_with=((signal.SIGTERM, 0.5),))
    wait_for_starts(tmp_path, 1)
    began = time.monotonic()
    supervisor.stop()
    assert 0.5 <= time.monotonic() - began < 5
    assert supervisor.children[0].process.returncode == -signal.SIGKILL


def test_asked_twice_to_stop_it_waits_for_nothing(supervise, tmp_path):
    supervisor = supervise(STUBBORN, stop_with=((signal.SIGTERM, 60),))
    wait_for_starts(tmp_path, 1)
    supervisor.stop_requests = 2
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 5


def test_output_goes_to_a_log_that_is_set_aside_when_it_is_large(supervise, tmp_path):
    log = tmp_path / "log" / "program.log"
    log.parent.mkdir()
    log.write_bytes(b"x" * (11 * 1024**2))
    supervise("print('hello')").children[0].process.wait(timeout=20)
    assert log.read_text() == "hello\n"
    assert log.with_suffix(".log.1").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent is gone")
def test_programs_end_with_a_killed_supervisor(tmp_path):
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISING, str(tmp_path)], cwd=REPOSITORY)
    program, _ = map(int, wait_for_starts(tmp_path, 1)[0].split())
    supervisor.kill()
    supervisor.wait()
    assert wait_until_gone(program, seconds=5)
    end_strays(tmp_path)


def test_what_a_killed_supervisor_left_is_found_by_its_mark_and_ended(tmp_path):
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISING, str(tmp_path)], cwd=REPOSITORY)
    program, its_child = map(int, wait_for_starts(tmp_path, 1)[0].split())
    supervisor.kill()
    supervisor.wait()
    wait_until_gone(program, seconds=5)
    assert strays(tmp_path) == [its_child]
    assert strays(tmp_path / "elsewhere") == []
    assert end_strays(tmp_path) == 1
    assert not is_running(its_child)
