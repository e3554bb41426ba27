import datetime as dt

import pandas as pd
import pytest

from reports.charts.upkeep import age_of_results, job_durations, lasting
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def analyses(*rows: tuple[str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["label", "hours", "trouble"])
    return frame.assign(as_of=dt.date(2026, 6, 1), seconds=42.0, rows=1_000)


def jobs(*rows: tuple[str, int, int, float | None, float | None]) -> pd.DataFrame:
    columns = ["label", "runs", "failed", "median_seconds", "longest_seconds"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"median_seconds": "float64", "longest_seconds": "float64"}).assign(days=30)


def test_the_oldest_results_come_first():
    drawing = age_of_results(analyses(("RFM", 0.7, ""), ("Demand", 100.0, "")), ENGLISH)
    assert drawing.finding == "All results are of the last attempt; the oldest are 4 days old: Demand"
    assert cells(drawing) == [
        ("Demand", "4 days", "1 Jun 2026", "42 s", 1_000, "published"),
        ("RFM", "42 min", "1 Jun 2026", "42 s", 1_000, "published"),
    ]


def test_a_later_attempt_that_came_to_nothing_is_the_title_and_hatched():
    drawing = age_of_results(analyses(("RFM", 1, ""), ("Churn", 0.5, "withheld")), ENGLISH)
    assert drawing.finding == "The last attempt came to nothing: Churn"
    [bars] = validated(drawing).data
    assert list(bars.marker.pattern.shape) == ["", "/"]
    both = age_of_results(analyses(("RFM", 1, "failed"), ("Churn", 0.5, "failed")), ENGLISH)
    assert both.finding == "The last attempts of 2 analyses came to nothing"


def test_title_counts_the_jobs_that_failed():
    drawing = job_durations(jobs(("Import", 8, 2, 5.0, 60.0), ("Recomputation", 2, 0, 600.0, 7_500.0)), ENGLISH)
    assert drawing.finding == "2 of 10 jobs of the last 30 days failed, most often: Import"
    assert cells(drawing) == [
        ("Recomputation", 2, 0, 0.0, "10 min", "2 h"),
        ("Import", 8, 2, 0.25, "5 s", "60 s"),
    ]
    [bars] = validated(drawing).data
    assert (list(bars.x), list(bars.error_x.array)) == ([600, 5], [6_900, 55])


def test_jobs_that_all_failed_have_no_duration():
    drawing = job_durations(jobs(("Import", 1, 1, None, None)), ENGLISH)
    assert drawing.figure is None
    assert cells(drawing) == [("Import", 1, 1, 1.0, "–", "–")]


def test_none_failed():
    assert (
        job_durations(jobs(("Import", 3, 0, 0.0, 0.0)), ENGLISH).finding == "None of 3 jobs of the last 30 days failed"
    )
    validated(job_durations(jobs(("Import", 1, 0, 0.0, 0.0)), ENGLISH))


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.2, "0 s"), (119, "119 s"), (600, "10 min"), (9_000, "2 h"), (float("nan"), "–")]
)
def test_times_are_told_in_one_unit(seconds, written):
    assert lasting(seconds, ENGLISH) == written


def test_without_anything_it_says_so():
    assert age_of_results(analyses(), ENGLISH).figure is None
    assert job_durations(jobs(), ENGLISH).figure is None
