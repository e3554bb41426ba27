"""`python -m tests.jobs.run_one ID`: a process that runs one job."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    django.setup()
    from jobs import kinds
    from jobs.execution import run_job
    from tests.jobs.sample_kinds import KINDS

    for kind in KINDS:
        kinds.register(kind)
    run_job(int(sys.argv[1]))
