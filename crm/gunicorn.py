"""How the web server runs: `gunicorn --config python:crm.gunicorn crm.wsgi`."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from prometheus_client import multiprocess

from core.loaded import keep_what_is_loaded

wsgi_app = "crm.wsgi:application"
bind = os.environ.get("CRM_BIND", "0.0.0.0:8000")  # a container's own address
workers = int(os.environ.get("CRM_WEB_WORKERS", "2"))
threads = int(os.environ.get("CRM_WEB_THREADS", "4"))
timeout = 60
keepalive = 15  # somebody who reads a page asks for the next on the same connection
graceful_timeout = int(os.environ.get("CRM_WEB_GRACE", "20"))
control_socket_disable = True
if Path("/dev/shm").is_dir():  # noqa: S108  # heartbeats of workers must not wait for a disk
    worker_tmp_dir = "/dev/shm"  # noqa: S108

# Each process writes its times into files here, and whichever is asked adds them up (operations.metrics).
_times = tempfile.mkdtemp(prefix="crm-times-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _times


def post_worker_init(worker: Any) -> None:
    keep_what_is_loaded()


def child_exit(server: Any, worker: Any) -> None:
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    shutil.rmtree(_times, ignore_errors=True)
