"""`run.py up` and `run.py stop`: the whole product on one machine, watched over until it is told to stop."""

import fcntl
import hashlib
import json
import os
import signal
import time
from pathlib import Path
from typing import IO, Any

from core.embedded import ServiceError, Services, stop_services
from core.embedded.processes import last_lines
from core.launcher.packages import PYTHON, make_local_folder
from core.launcher.product import Product, has_customers, product
from core.launcher.progress import LOCAL, ROOT, Failure, elapsed, say, step
from core.launcher.supervisor import Program, Supervisor, end_strays
from core.launcher.web_address import WebAddress, choose_address, is_healthy

LOCK = LOCAL / "up.lock"
STATE = LOCAL / "up.json"
LOGS = LOCAL / "log"
# Left by an `up` that was killed between loading the demo and computing its scores.
NOT_COMPUTED = LOCAL / "demo-not-computed"
DEMO_LOGINS = LOCAL / "demo-logins.json"
DEMO_SIZE = ("--customers", "2000", "--orders", "20000", "--events", "60000", "--seed", "1")
HEALTHY_SECONDS = 60
STOP_SECONDS = 40


def up(*, host: str, port: int | None, demo: bool) -> int:
    """Serve until Ctrl-C, SIGTERM or `run.py stop`. A second one in the same folder only says where the first is."""
    make_local_folder()
    with LOCK.open("a") as lock:
        if not wait_for_turn(lock):
            return 0
        write_state()
        try:
            serve(choose_address(host, port), demo=demo)
        finally:
            STATE.unlink(missing_ok=True)
    say("Stopped.")
    return 0


def wait_for_turn(lock: IO[str]) -> bool:
    """True as soon as this is the only `up` of the folder; False once another one serves."""
    waiting = False
    while not try_lock(lock):
        state = read_json(STATE)
        if url := state.get("url"):
            say(f"Meridian CRM is already running at {url} (process {state['pid']}).")
            say("Stop it with: python3 run.py stop")
            return False
        if not waiting:
            say("Another run.py up is starting in this folder; waiting for it …")
            waiting = True
        time.sleep(0.2)
    return True


def try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_state(**more: str) -> None:
    fresh = STATE.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": os.getpid(), **more}))
    fresh.replace(STATE)


def read_json(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return content


def serve(address: WebAddress, *, demo: bool) -> None:
    if count := end_strays(ROOT):
        say(f"  Ended {count} processes that a killed run.py had left behind.")
    with product() as here:
        here.migrate()
        if demo:
            prepare_demo(here)
        supervisor = Supervisor(programs(address, here), folder=ROOT, logs=LOGS, say=say_with_time)
        supervisor.stop_on_signals()
        try:
            with step("Starting web, workers and beat"):
                supervisor.start()
                wait_until_healthy(address, supervisor)
            if not supervisor.stop_requests:
                write_state(url=address.url)
                welcome(address, here.database_url)
            supervisor.watch(also=lambda: revive(here.services))
        finally:
            say("\nStopping. Ctrl-C once more ends running work at once; it is taken up again at the next start.")
            supervisor.stop()


def prepare_demo(here: Product) -> None:
    if not has_customers(here.database_url):
        NOT_COMPUTED.touch()
        with step("Loading the demo: 2,000 customers, 20,000 orders"):
            summary = here.manage("generate", *DEMO_SIZE, "--if-empty")
        if summary:  # empty where the database holds other records
            DEMO_LOGINS.write_text(json.dumps({**json.loads(summary), "database": fingerprint(here.database_url)}))
    if NOT_COMPUTED.exists():
        with step("Computing scores, segments and recommendations"):
            here.manage("recompute", "--wait")
        NOT_COMPUTED.unlink()


def fingerprint(database_url: str) -> str:
    """Which database it is, without the password that the address may hold."""
    return hashlib.sha256(database_url.encode()).hexdigest()


def programs(address: WebAddress, here: Product) -> list[Program]:
    web = [
        str(PYTHON), "-m", "gunicorn", "crm.wsgi:application", "--bind", address.bind, "--workers", "2",
        "--threads", "4", "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket",
    ]  # fmt: skip
    celery = [str(PYTHON), "-m", "celery", "-A", "crm"]
    # Warm: what runs may end; cold: it is given up, and its job goes back to the queue.
    politely = ((signal.SIGTERM, 8.0), (signal.SIGQUIT, 4.0))
    environment = here.environment
    return [
        Program("web", web, {**environment, "CRM_DB_POOL": "1"}),
        # Two workers, so that a long run never keeps the reaper and what a person waits for from their turn.
        Program("worker", worker(celery, "interactive,maintenance"), environment, politely),
        Program("runs", worker(celery, "runs,imports"), environment, politely),
        Program("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="], environment),
    ]


def worker(celery: list[str], queues: str) -> list[str]:
    return [
        *celery, "worker", "--queues", queues, "--concurrency", "1", "--hostname", f"{queues.partition(',')[0]}@%h",
        "--loglevel", "WARNING", "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def wait_until_healthy(address: WebAddress, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + HEALTHY_SECONDS
    while not (supervisor.stop_requests or is_healthy(address)):
        if ended := supervisor.ended():
            raise Failure(f"'{ended[0].name}' does not start. {log_end(supervisor.log(ended[0]))}")
        if time.monotonic() > deadline:
            raise Failure(f"The web server does not answer. {log_end(LOGS / 'web.log')}")
        time.sleep(0.1)


def log_end(log: Path) -> str:
    return f"{log} ends with:\n{last_lines(log)}"


def welcome(address: WebAddress, database_url: str) -> None:
    say(f"\nMeridian CRM is ready after {elapsed():.0f} s: {address.url}")
    demo = read_json(DEMO_LOGINS)
    if demo.get("database") == fingerprint(database_url):
        say(f"\nLog in as one of these, with the password {demo['password']}")
        for login in demo["logins"]:
            say(f"  {login}")
    say(f"\nLogs are in {LOGS.relative_to(ROOT)}. Stop with Ctrl-C, or: python3 run.py stop\n")


def revive(services: Services) -> None:
    try:
        for name in services.revive():
            say_with_time(f"{name} had died and was started again.")
    except ServiceError as error:
        say_with_time(str(error))


def say_with_time(text: str) -> None:
    say(f"{time.strftime('%H:%M:%S')}  {text}")


def stop() -> int:
    """Stop the `up` of this folder, what a killed one left behind, and the private servers."""
    make_local_folder()
    with LOCK.open("a") as lock:
        was_running = not try_lock(lock)
        if was_running:
            with step("Stopping Meridian CRM"):
                end_supervisor(lock)
        count = end_strays(ROOT)
        stop_services(LOCAL)
        STATE.unlink(missing_ok=True)
    if count:
        say(f"  Ended {count} processes that a killed run.py had left behind.")
    say("Stopped." if was_running or count else "Nothing was running.")
    return 0


def end_supervisor(lock: IO[str]) -> None:
    """Ask it to stop, and kill it if it does not; its lock is free when it is gone."""
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 10)):
        if pid := read_json(STATE).get("pid"):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if try_lock(lock):
                return
            time.sleep(0.1)
    raise Failure(f"The process that holds {LOCK} does not end. Find it with: fuser {Path(LOCK)}")
