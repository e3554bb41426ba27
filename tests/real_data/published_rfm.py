"""What the product publishes, by the customers' numbers in the file, in the form of `rfm_by_pandas`."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from analytics import publishing
from analytics.actions import request_recomputation
from customers.models import CustomerExternalId, Refund
from jobs.execution import run_job

COLUMNS = [
    "recency_days",
    "frequency",
    "monetary_minor",
    "r_score",
    "f_score",
    "m_score",
    "weighted_score",
    "segment",
]


def published_rfm(source: str, *, as_of: dt.date | None = None) -> pd.DataFrame:
    """Recompute, and read what everybody sees then."""
    job = run_job(request_recomputation(analyses=["rfm"], as_of=as_of).pk)
    assert (job.status, job.error) == ("done", "")
    run = publishing.current_run("rfm")
    assert run is not None
    assert run.job_id == job.pk
    numbers = dict(CustomerExternalId.objects.filter(source=source).values_list("customer_id", "value"))
    frame = publishing.result_frame(run)
    frame.index = pd.Index(frame["customer_id"].map(numbers), name="customer")
    return frame[COLUMNS].sort_index()


def assert_equal(published: pd.DataFrame, computed: pd.DataFrame) -> None:
    published, computed = published.convert_dtypes(), computed[COLUMNS].convert_dtypes()
    pd.testing.assert_frame_equal(published, computed, check_dtype=False, check_index_type=False)


def returned_orders() -> dict[str, str]:
    """Which order each refund returns, by their numbers, where the import found it out."""
    found = Refund.objects.exclude(order=None).values_list("external_id", "order__external_id")
    return dict(found)
