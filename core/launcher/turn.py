"""One `run.py up` in a folder at a time: who it is, and where it serves."""

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO, Any

from core.launcher.progress import LOCAL, say

LOCK = LOCAL / "up.lock"
STATE = LOCAL / "up.json"


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
    write_state()
    return True


def try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_still_there(lock: IO[str]) -> bool:
    """False when the folder was deleted under a running `up`: the next one would not see its lock."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), LOCK.stat())
    except FileNotFoundError:
        return False


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
