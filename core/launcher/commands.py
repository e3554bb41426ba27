"""The commands of `run.py`, once the packages are there."""

import argparse
import os
from collections.abc import Callable

from core.embedded import ServiceError
from core.launcher.checks import ChecksBeside, check
from core.launcher.packages import PYTHON
from core.launcher.product import product, run_in_foreground
from core.launcher.progress import ROOT, Failure
from core.launcher.translations import compile_translations
from core.launcher.up import stop, up

# What a developer has set for Django, pytest or a running installation says nothing about the tests.
NOT_FOR_TESTS = ("DJANGO_", "PYTEST_", "MERIDIAN_")
KEPT_FOR_TESTS = "MERIDIAN_DATA_DIR"
# Two more than CI has processors: many tests wait for servers, a browser or workers that they have started, and one
# process is busy with installations of its own for the first minutes.
# Each begins with a part of its own, so that what a module sets up is set up once; who is done first helps the others.
PARALLEL = ["-n", "4", "--dist", "worksteal"]


def run(options: argparse.Namespace) -> int:
    """The exit status of the command that `options` names."""
    if options.command != "stop":
        compile_translations()
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "up": lambda options: up(host=options.host, port=options.port, demo=not options.no_demo),
        "stop": lambda options: stop(),
        "check": lambda options: check(),
        "test": lambda options: test(options.arguments),
        "manage": lambda options: manage(options.arguments),
        "bench": lambda options: bench(options.arguments),
    }
    try:
        return commands[options.command](options)
    except ServiceError as error:
        raise Failure(str(error)) from error


def manage(arguments: list[str]) -> int:
    with product() as here:
        if arguments[:1] != ["migrate"]:
            here.migrate()
        return run_in_foreground([PYTHON, ROOT / "manage.py", *arguments], environment=here.environment)


def bench(arguments: list[str]) -> int:
    with product() as here:
        here.migrate()
        return run_in_foreground([PYTHON, "-m", "benchmarks", *arguments], environment=here.environment, cwd=ROOT)


def test(arguments: list[str]) -> int:
    """Without arguments the checks and every test; with arguments pytest alone."""
    checks = None if arguments else ChecksBeside()
    parallel = [] if any(map(chooses_processes, arguments)) else PARALLEL
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(NOT_FOR_TESTS) or name == KEPT_FOR_TESTS
    }
    test_status = run_in_foreground([PYTHON, "-m", "pytest", *parallel, *arguments], environment=environment, cwd=ROOT)
    check_status = checks.tell() if checks else 0
    return test_status or check_status


def chooses_processes(argument: str) -> bool:
    return argument.startswith(("-n", "--numprocesses", "--pdb")) or argument == "no:xdist"
