"""`run.py up` and `run.py stop`: the whole product on one machine, watched over until it is told to stop."""

import os
import signal
import time
from pathlib import Path
from typing import IO

from core.embedded import ServiceError, Services, stop_services
from core.embedded.processes import last_lines
from core.launcher.demo import demo_logins, prepare_demo
from core.launcher.packages import PYTHON, make_local_folder
from core.launcher.product import Product, product
from core.launcher.progress import LOCAL, ROOT, Failure, elapsed, say, step, tell
from core.launcher.supervisor import Program, Supervisor, end_strays
from core.launcher.turn import LOCK, STATE, is_still_there, read_json, try_lock, wait_for_turn, write_state
from core.launcher.web_address import WebAddress, choose_address, is_healthy

LOGS = LOCAL / "log"
HEALTHY_SECONDS = 60
STOP_SECONDS = 40


def up(*, host: str, port: int | None, demo: bool) -> int:
    """Serve until Ctrl-C, SIGTERM or `run.py stop`. A second one in the same folder only says where the first is."""
    make_local_folder()
    with LOCK.open("a") as lock:
        if not wait_for_turn(lock):
            return 0
        try:
            end_what_was_left()
            address = choose_address(host, port)
            with product() as here:
                here.migrate()
                if demo:
                    prepare_demo(here)
                serve(address, here, lock)
        finally:
            STATE.unlink(missing_ok=True)
    say("Stopped.")
    return 0


def serve(address: WebAddress, here: Product, lock: IO[str]) -> None:
    supervisor = Supervisor(programs(address, here), folder=ROOT, logs=LOGS, say=say_with_time)
    supervisor.stop_on_signals()

    def watch_over() -> None:
        if is_still_there(lock):
            revive(here.services)
        else:
            say_with_time(f"{LOCAL} was deleted, and the data with it.")
            supervisor.request_stop()

    try:
        with step("Starting web, workers and beat"):
            supervisor.start()
            wait_until_healthy(address, supervisor)
        if not supervisor.stop_requests:
            write_state(url=address.url)
            welcome(address, here.database_url)
        supervisor.watch(also=watch_over)
    finally:
        say("\nStopping. Ctrl-C once more ends running work at once; it is taken up again at the next start.")
        supervisor.stop()


def end_what_was_left() -> int:
    if count := end_strays(ROOT):
        tell(f"  Ended {count} processes that a killed run.py had left behind.")
    return count


def programs(address: WebAddress, here: Product) -> list[Program]:
    web = [
        str(PYTHON), "-m", "gunicorn", "--config", "python:crm.gunicorn", "--bind", address.bind,
        "--graceful-timeout", "5",
    ]  # fmt: skip
    celery = [str(PYTHON), "-m", "celery", "-A", "crm"]
    # Warm: what runs may end; cold: it is given up, and its job goes back to the queue.
    politely = ((signal.SIGTERM, 8.0), (signal.SIGQUIT, 4.0))
    environment = here.environment
    return [
        Program("web", web, {**environment, "CRM_DB_POOL": "1"}),
        # Two workers, so that a long run never keeps the reaper, mails and what a person waits for from their turn.
        # Mails are one job at a time: of two places, one is left for the others.
        Program("worker", worker(celery, "interactive,maintenance,mails", places=2), environment, politely),
        # It gives way to those who wait for a page.
        Program("runs", ["nice", "-n", "10", *worker(celery, "runs,imports")], environment, politely),
        Program("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="], environment),
    ]


def worker(celery: list[str], queues: str, *, places: int = 1) -> list[str]:
    return [
        *celery, "worker", "--queues", queues, "--concurrency", str(places),
        "--hostname", f"{queues.partition(',')[0]}@%h",
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
    logins, password = demo_logins(database_url)
    if logins:
        say(f"\nLog in as one of these, with the password {password}")
        for login in logins:
            say(f"  {login}")
    else:
        say("\nWithout a demo there are no logins; the first admin: python3 run.py manage createsuperuser")
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
        count = end_what_was_left()
        stop_services(LOCAL)
        STATE.unlink(missing_ok=True)
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
    raise Failure(f"The process that holds {LOCK} does not end. Find it with: fuser {LOCK}")
