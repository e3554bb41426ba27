"""`run.py check`: what can be known without running the product, all of it, even if the first check fails."""

import os
import secrets
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from core.launcher.packages import PYTHON
from core.launcher.progress import ROOT, say

# Nothing here opens a connection; a real server must not be needed, nor touched.
NO_SERVERS = {"DATABASE_URL": "postgresql://nobody@/none?host=/nonexistent", "REDIS_URL": "unix:///nonexistent"}
MANAGE = ("-W", "ignore::RuntimeWarning", "manage.py")  # makemigrations warns that it reached no database


def production_settings() -> dict[str, str]:
    return {
        "CRM_HTTPS": "1",
        "CRM_SECRET_KEY": secrets.token_urlsafe(64),
        "CRM_ALLOWED_HOSTS": "crm.example.org",
    }


@dataclass(frozen=True)
class Check:
    name: str
    arguments: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    def run(self) -> tuple["Check", float, subprocess.CompletedProcess[str]]:
        began = time.monotonic()
        done = subprocess.run(
            [PYTHON, *self.arguments],
            cwd=ROOT, env={**os.environ, **NO_SERVERS, **self.environment}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        return self, time.monotonic() - began, done


# The longest first: they share the processors.
CHECKS = (
    Check("mypy", ("-m", "mypy", ".")),
    Check("layers", ("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")),
    Check("migrations", (*MANAGE, "makemigrations", "--check", "--dry-run")),
    Check(
        "deployment",
        (*MANAGE, "check", "--deploy", "--fail-level", "WARNING"),
        production_settings(),
    ),
    Check("bandit", ("-m", "bandit", "--quiet", "--recursive", ".", "--configfile", "pyproject.toml")),
    Check("ruff check", ("-m", "ruff", "check", "--output-format", "concise")),
    Check("ruff format", ("-m", "ruff", "format", "--check", "--output-format", "concise")),
)


def check() -> int:
    """Run every check, show the output of those that fail; 1 if any does."""
    say("Static checks")
    failed = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for finished in as_completed([pool.submit(check.run) for check in CHECKS]):
            check, seconds, done = finished.result()
            say(f"  {check.name:<12} {'FAILED' if done.returncode else 'ok':<6} {seconds:5.1f} s")
            if done.returncode:
                failed.append(check.name)
                say(done.stdout.rstrip())
    say(f"Static checks failed: {', '.join(sorted(failed))}" if failed else "All static checks passed.")
    return 1 if failed else 0
