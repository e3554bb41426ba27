"""Runs benchmarks, each in its own process and database."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from core.embedded import ensure_services, remove_services

HERE = Path(__file__).resolve().parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
INSIDE = "MERIDIAN_BENCHMARK"


def main(arguments: list[str]) -> int:
    unknown = [name for name in arguments if name not in NAMES]
    if not arguments or unknown:
        for name in unknown:
            print(f"There is no benchmark {name!r}.", file=sys.stderr)
        print("Benchmarks: python3 run.py bench NAME …\n")
        for name in NAMES:
            said = importlib.import_module(f"benchmarks.bench_{name}").__doc__ or ""
            print(f"  {name:14} {said.splitlines()[0] if said else ''}")
        return 2 if unknown else 0
    return max(run_apart(name) for name in arguments)


def run_apart(name: str) -> int:
    """In a process of its own, with servers of its own: durable, as in production."""
    folder = Path(tempfile.mkdtemp(prefix="meridian-bench-"))
    services = ensure_services(folder)
    environment = {
        **os.environ,
        INSIDE: name,
        "DATABASE_URL": str(services.database_url),
        "REDIS_URL": str(services.redis_url),
        "CRM_SNAPSHOT_DIR": str(folder / "snapshots"),
        "CRM_SECRET_KEY": "benchmark" * 8,
        "DJANGO_SETTINGS_MODULE": "crm.settings",
    }
    try:
        print(f"== {name}", flush=True)
        return subprocess.run([sys.executable, "-m", "benchmarks"], env=environment, check=False).returncode
    finally:
        services.release()
        remove_services(folder)


def run_inside(name: str) -> int:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    importlib.import_module(f"benchmarks.bench_{name}").main()
    return 0


if __name__ == "__main__":
    inside = os.environ.get(INSIDE)
    sys.exit(run_inside(inside) if inside else main(sys.argv[1:]))
