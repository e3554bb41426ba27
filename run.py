#!/usr/bin/env python3
"""Runs, tests and stops Meridian CRM on a machine with Python and nothing else.

The first call installs the packages into .venv; every command brings up what it needs.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must come far enough to say this
    sys.exit(
        "Meridian CRM needs Python 3.11 or newer, and this is %s (%s).\n"  # noqa: UP031
        "Call a newer one by its name, for example: python3.12 run.py up" % (sys.version.split()[0], sys.executable)
    )
if os.name != "posix":
    sys.exit("Meridian CRM runs on Linux and macOS. On Windows, run it in WSL (wsl --install).")

import argparse
from pathlib import Path

from core.launcher.packages import PYTHON, VENV, ensure_packages
from core.launcher.progress import BEGAN_VARIABLE, Failure, began_at, say, tell

# What follows these is for pytest, Django or the benchmark, options included.
PASS_ON = {
    "test": "run the checks and all tests; with arguments: only pytest with them (-m external, -n 4, a path)",
    "manage": "Django's manage.py: run.py manage recompute --wait",
    "bench": "run benchmarks: run.py bench NAME …; without a name: list them",
}
NEEDS_DEVELOPMENT_PACKAGES = {"test", "check"}


def main(arguments: list[str]) -> int:
    options = read_arguments(arguments)
    try:
        if options.command == "stop" and not PYTHON.exists():
            say("Nothing is running here: nothing has been installed yet.")
            return 0
        if options.command != "stop":
            ensure_packages(development=options.command in NEEDS_DEVELOPMENT_PACKAGES)
        continue_in_environment(arguments)

        from core.launcher.commands import run

        return run(options)
    except Failure as failure:
        tell(f"\n{failure}")
        return 1
    except PermissionError as error:
        tell(f"\nNot permitted: {error.filename or error}. If it belongs to another user, run this as that user.")
        return 1
    except KeyboardInterrupt:
        tell("\nInterrupted.")
        return 130


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    if arguments and arguments[0] in PASS_ON:
        return argparse.Namespace(command=arguments[0], arguments=arguments[1:])
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    up = commands.add_parser("up", help="start everything and serve; the first time with demo data")
    up.add_argument("--port", type=int, help="port to serve at (default: 8000, or the next free one)")
    up.add_argument("--host", default="127.0.0.1", help="address to serve at (default: %(default)s, this machine only)")
    up.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
    commands.add_parser("stop", help="stop what `up` started in this folder, also what a killed one left")
    commands.add_parser("check", help="static checks: style, types, layers, migrations, deployment settings")
    for name, text in PASS_ON.items():
        commands.add_parser(name, help=text)
    commands.add_parser("help", help="show this")
    options = parser.parse_args(arguments)
    if options.command in {None, "help"}:
        parser.print_help()
        raise SystemExit(0)
    return options


def continue_in_environment(arguments: list[str]) -> None:
    """Start this program again under `.venv`'s Python, unless that runs it already."""
    if Path(sys.prefix) == VENV:
        return
    environment = {**os.environ, BEGAN_VARIABLE: str(began_at)}
    # Without compiled modules each of the processes takes seconds longer to start; they stay inside the project.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    os.execve(PYTHON, [str(PYTHON), str(Path(__file__).resolve()), *arguments], environment)  # noqa: S606


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
