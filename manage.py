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
    import django
    from django.core.management import execute_from_command_line

    if len(sys.argv) < 2 or sys.argv[1] in WITHOUT_SERVICES:
        execute_from_command_line(sys.argv)
        return

    from core.embedded import ServiceError, ensure_services

    wanted = {"postgres": not os.environ.get("DATABASE_URL"), "valkey": not os.environ.get("REDIS_URL")}
    try:
        services = ensure_services(ROOT / ".local", **wanted)
    except ServiceError as error:
        sys.exit(str(error))
    with services:
        django.setup()
        from protection.audit import acting

        with acting(origin="command", detail=sys.argv[1]):
            execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
