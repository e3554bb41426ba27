"""Jobs under 200 kills -9, and the same without the fence: doubles, losses, recovery. Lease and reaper of production.

MERIDIAN_BENCH_KILLS and MERIDIAN_BENCH_SEED change the number and the seed.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path

from django.conf import settings

from benchmarks.measure import row
from jobs import kinds
from tests.jobs.fire import work
from tests.jobs.fire.campaign import Campaign, Report

KILLS = int(os.environ.get("MERIDIAN_BENCH_KILLS", "200"))
VOLLEY = 20
CONTROL_SHARE = 5
LONGEST_RECOVERY = 60.0
# A lease, the reaper's turn, and the job itself, several times over.
PATIENCE = 300.0


def main() -> int:
    seed = int(os.environ.get("MERIDIAN_BENCH_SEED") or secrets.randbelow(10**6))
    for kind in work.KINDS:
        kinds.register(kind)
    print(
        f"lease {settings.JOB_LEASE_SECONDS} s, reaper each 10 s, workers of 3 and 1 processes, two beats, seed {seed}"
    )
    fenced = under_fire(work.FENCED.name, KILLS, seed)
    control = under_fire(work.UNFENCED.name, KILLS // CONTROL_SHARE, seed)
    show(fenced, control)
    kept = not (fenced.doubled or fenced.lost or fenced.half_published) and fenced.done == fenced.jobs
    return 0 if kept and fenced.worst_recovery <= LONGEST_RECOVERY else 1


def under_fire(kind: str, kills: int, seed: int) -> Report:
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(
            folder=Path(folder),
            seed=seed,
            kind=kind,
            stall=settings.JOB_LEASE_SECONDS + 15.0,
            pace=(0.2, 1.2),
            volley=VOLLEY,
        )
        return campaign.run(kills, patience=PATIENCE)


def show(fenced: Report, control: Report) -> None:
    row("", "with the fence", "control: without")
    figures = {
        "jobs": [str(report.jobs) for report in (fenced, control)],
        "done": [str(report.done) for report in (fenced, control)],
        "attempts": [str(report.attempts) for report in (fenced, control)],
        f"volleys of {VOLLEY} kills": [str(report.volleys) for report in (fenced, control)],
        "kills -9": [str(report.kills) for report in (fenced, control)],
        "of these while a job ran": [str(report.kills_with_a_job) for report in (fenced, control)],
        "stalls past the lease": [str(report.stalls) for report in (fenced, control)],
        "effects doubled": [str(report.doubled) for report in (fenced, control)],
        "effects lost": [str(report.lost) for report in (fenced, control)],
        "seen half published": [str(report.half_published) for report in (fenced, control)],
        "slots of the schedule / their jobs": [
            f"{report.slots} / {report.jobs_of_the_slot}" for report in (fenced, control)
        ],
        "worst recovery after a volley, seconds": [f"{report.worst_recovery:.1f}" for report in (fenced, control)],
        "all done after the last kill, seconds": [f"{report.settled_seconds:.1f}" for report in (fenced, control)],
    }
    for what, values in figures.items():
        row(what, *values)
    print("killed: " + ", ".join(f"{number} × {what}" for what, number in sorted(fenced.killed.items())))
