"""Runs benchmarks, each in its own process: on servers of its own, or on a database full of demo data."""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.embedded import ensure_services, remove_services

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
# These are measured on the present database, unless MERIDIAN_BENCH_CUSTOMERS asks for a fresh one of that size.
ON_DEMO_DATA = ("analyses", "drawn", "fields", "growth", "list", "load", "recompute", "refresh", "reports", "snapshot")
INSIDE = "MERIDIAN_BENCHMARK"
SIZE = "MERIDIAN_BENCH_CUSTOMERS"


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in NAMES]
    if not arguments or unknown:
        for name in unknown:
            print(f"There is no benchmark {name!r}.", file=sys.stderr)
        print("Benchmarks: python3 run.py bench NAME …\n")
        for name in NAMES:
            print(f"  {name:14} {first_line(name)}")
        return 2 if unknown else 0
    return max([*on_demo_data([name for name in arguments if name in ON_DEMO_DATA]),
                *(on_own_servers(name) for name in arguments if name not in ON_DEMO_DATA)])  # fmt: skip


def first_line(name: str) -> str:
    said = ast.get_docstring(ast.parse((HERE / f"bench_{name}.py").read_text())) or ""
    return said.splitlines()[0] if said else ""


def on_demo_data(names: list[str]) -> list[int]:
    if not names:
        return []
    if SIZE not in os.environ and os.environ.get("DATABASE_URL"):
        return [run_apart(name, {}) for name in names]
    with own_servers() as environment:
        return [run_apart(name, environment) for name in ("generate", *names)]


def on_own_servers(name: str) -> int:
    with own_servers() as environment:
        return run_apart(name, environment)


@contextmanager
def own_servers() -> Iterator[dict[str, str]]:
    """Empty and durable, as in production; what they held goes with them."""
    folder = Path(tempfile.mkdtemp(prefix="meridian-bench-"))
    services = ensure_services(folder)
    try:
        yield {
            "DATABASE_URL": str(services.database_url),
            "REDIS_URL": str(services.redis_url),
            "CRM_SNAPSHOT_DIR": str(folder / "snapshots"),
            "CRM_SECRET_KEY": "benchmark" * 8,
        }
    finally:
        services.release()
        remove_services(folder)


def run_apart(name: str, environment: dict[str, str]) -> int:
    print(f"== {name}", flush=True)
    variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "crm.settings", **environment, INSIDE: name}
    return subprocess.run([sys.executable, "-m", "benchmarks"], env=variables, check=False).returncode


def run_inside(name: str) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    missed: int | None = importlib.import_module(f"benchmarks.bench_{name}").main()
    return 1 if missed else 0


if __name__ == "__main__":
    inside = os.environ.get(INSIDE)
    sys.exit(run_inside(inside) if inside else main(sys.argv[1:]))
