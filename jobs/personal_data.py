"""What the fields of this app's models hold; see `protection.classification`."""

from jobs.models import Job, Schedule
from protection.classification import classify, personal

classify(
    Job,
    none="kind scope params_hash status requested_by scheduled_for created_at queued_at started_at finished_at attempt"
    " failures lease_until sent_at cancel_requested cancelled_by progress_done progress_total checkpoint"
    " checkpoint_at_claim peak_memory_mb code_version worker",
    params=personal(),
    reason=personal(),
    progress_note=personal(),
    result=personal(),
    error=personal(),
)
classify(Schedule, none="kind params every weekday at_time is_active changed_at")
