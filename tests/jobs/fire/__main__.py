"""`python -m tests.jobs.fire SCENARIO …`: one scenario on the servers that the environment names; a report as JSON."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import django

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    django.setup()
    from jobs import kinds
    from tests.jobs.fire import scenarios
    from tests.jobs.fire.work import KINDS

    for kind in KINDS:
        kinds.register(kind)
    with tempfile.TemporaryDirectory() as folder:
        report = scenarios.SCENARIOS[options.scenario](Path(folder), options)
        sys.stderr.write((Path(folder) / "fleet.log").read_text()[-20_000:])
    sys.stdout.write(json.dumps(report, default=asdict))
