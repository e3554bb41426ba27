#!/usr/bin/env python3
"""Django's command line; starts the private database and broker first where none is configured."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
# These never open a connection, so they need no server.
WITHOUT_SERVICES = {"help", "--help", "--version", "check", "makemessages", "compilemessages", "collectstatic"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    from django.core.management import execute_from_command_line

    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVICES:
        execute_from_command_line(sys.argv)
        return

    from core.embedded import ensure_services

    external = {"postgres": "DATABASE_URL" not in os.environ, "valkey": "REDIS_URL" not in os.environ}
    services = ensure_services(ROOT / ".local", **external)
    try:
        execute_from_command_line(sys.argv)
    finally:
        services.release()


if __name__ == "__main__":
    main()
