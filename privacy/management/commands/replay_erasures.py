from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from jobs.execution import wait_for
from jobs.status import Status
from privacy import tombstones
from privacy.erasing import replay


class Command(BaseCommand):
    help = _("Erases again whom a restored backup has brought back. May be run as often as one likes.")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = tombstones.unreplayed()
        requests = replay(missing)
        jobs = [wait_for(request.job_id, patience=0) for request in requests if request.job_id]
        if failed := [job for job in jobs if job.status != Status.DONE]:
            raise CommandError(_("Not erased: see %(jobs)s") % {"jobs": ", ".join(map(str, failed))})
        self.stdout.write(
            _("%(all)d erasures were unknown to this database; %(back)d customers were back, and are erased again.")
            % {"all": len(missing), "back": len(requests)}
        )
