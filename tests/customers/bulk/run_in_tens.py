"""`python -m tests.customers.bulk.run_in_tens ID`: a process that runs one job, ten customers at a time."""

import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "crm.settings"
    django.setup()
    from customers.bulk import jobs
    from jobs.execution import run_job

    jobs.BATCH_SIZE = 10
    run_job(int(sys.argv[1]))
