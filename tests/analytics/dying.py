"""`python -m tests.analytics.dying POINT ID`: a process that runs one recomputation and is killed at a point of it."""

import os
import signal
import sys
from typing import Any

import django


def die(*args: Any, **kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    django.setup()
    from analytics import pipeline, publishing
    from jobs.execution import run_job

    points = {
        "rows written": (publishing, "_index"),
        "about to commit": (publishing, "_close"),
        "published": (pipeline, "collect"),
    }
    setattr(*points[sys.argv[1]], die)
    run_job(int(sys.argv[2]))
