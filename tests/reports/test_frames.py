import datetime as dt

import pandas as pd
import pytest
from django.core.cache import cache
from django.utils import timezone, translation

from analytics import publishing
from analytics.models import RfmScore, Run, RunSummary
from reports.frames import Published
from tests.reports.runs import AS_OF, SCORES, publish_days, publish_scores

pytestmark = pytest.mark.django_db


def rows(frame, *columns):
    return list(frame[list(columns)].itertuples(index=False, name=None))


def test_segments_come_best_first_with_their_words():
    publish_scores()
    assert rows(Published.now().segments, "segment", "label", "tone", "customers", "monetary_minor") == [
        ("champions", "Champions", "good", 1, 90_000),
        ("loyal", "Loyal customers", "good", 1, 30_000),
        ("at_risk", "At risk", "bad", 1, 20_000),
        ("lapsed_before_window", "Lapsed before the window", "neutral", 1, 0),
        ("prospect", "Prospects", "neutral", 1, 0),
    ]


def test_segments_are_named_in_the_language_of_the_reader():
    publish_scores()
    with translation.override("zh-hans"):
        assert Published.now().segments["label"].iloc[0] == translation.gettext("Champions") != "Champions"


def test_a_segment_of_another_version_keeps_its_code():
    publish_scores([(1, 3, 9, 90_000, 5, 5, "vip"), (2, 3, 9, 1_000, 5, 5, "champions")])
    assert rows(Published.now().segments, "segment", "label") == [("champions", "Champions"), ("vip", "vip")]


def test_cells_hold_buyers_only():
    publish_scores([*SCORES, (6, 2, 12, 10_000, 5, 5, "champions")])
    cells = rows(Published.now().cells.sort_values(["r_score", "f_score"]), *["r_score", "f_score", "customers"])
    assert cells == [(1, 4, 1), (4, 4, 1), (5, 5, 2)]


def test_values_are_counted_for_buyers_with_their_median():
    publish_scores([*SCORES, (6, 10, 4, -700, 4, 4, "loyal")])
    values = Published.now().score_values
    assert rows(values[values["measure"] == "recency"], "value", "customers", "median") == [
        (3, 1, 10),
        (10, 2, 10),
        (200, 1, 10),
    ]
    assert rows(values[values["measure"] == "frequency"], "value", "customers", "median") == [
        (4, 2, 4),
        (5, 1, 4),
        (9, 1, 4),
    ]
    # Of -700, 20,000, 30,000 and 90,000 the second is the median; 30,000 lies from 20,000 to 50,000.
    assert rows(values[values["measure"] == "monetary"], "value", "customers", "median") == [
        (0, 1, 20_000),
        (20_000, 2, 20_000),
        (50_000, 1, 20_000),
    ]


def test_months_sum_days_and_count_each_buyer_once():
    publish_days()
    months = Published.now().months
    assert rows(months, "month", "orders", "gross_minor", "refunded_minor", "new_buyers", "returning_buyers") == [
        (dt.date(2025, 11, 1), 3, 50_000, 5_000, 1, 1),
        (dt.date(2026, 1, 1), 4, 80_000, 1_000, 1, 2),
    ]
    assert list(months["complete"]) == [True, False]


def test_a_month_is_over_on_its_last_day():
    publish_days(as_of=dt.date(2026, 1, 31))
    assert list(Published.now().months["complete"]) == [True, True]


def test_the_month_of_the_as_of_day_is_there_without_orders_too():
    publish_days(as_of=dt.date(2026, 2, 10))
    months = Published.now().months
    assert rows(months.tail(1), "month", "orders", "complete") == [(dt.date(2026, 2, 1), 0, False)]


def test_months_go_back_two_years():
    old = (dt.date(2023, 12, 31), 1, 1, 1, 1, 1_000, 0)
    first = (dt.date(2024, 1, 1), 1, 1, 1, 1, 1_000, 0)
    publish_days([old, first], as_of=AS_OF)
    assert Published.now().months["month"].iloc[0] == dt.date(2024, 1, 1)


def test_years_count_back_from_the_as_of_day():
    day = AS_OF - dt.timedelta(days=364)
    publish_days([(day - dt.timedelta(days=1), 1, 1, 1, 1, 700, 0), (day, 2, 2, 2, 2, 900, 100)])
    assert rows(Published.now().years, "years_ago", "first_day", "orders", "gross_minor") == [
        (0, day, 2, 900),
        (1, day - dt.timedelta(days=1), 1, 700),
    ]


def test_moves_join_the_last_two_runs():
    publish_scores(as_of=dt.date(2026, 1, 1))
    publish_scores([(1, 3, 9, 90_000, 5, 5, "champions"), (2, 90, 4, 0, 2, 4, "at_risk"), (9, 1, 1, 5, 5, 1, "new")])
    moves = Published.now().moves
    assert sorted(rows(moves, "before", "segment", "customers")) == [
        ("", "new", 1),
        ("at_risk", "", 1),
        ("champions", "champions", 1),
        ("lapsed_before_window", "", 1),
        ("loyal", "at_risk", 1),
        ("prospect", "", 1),
    ]
    assert set(moves["since"]) == {dt.date(2026, 1, 1)}
    assert rows(moves[moves["before"] == "loyal"], "before_label", "before_tone", "label", "tone") == [
        ("Loyal customers", "good", "At risk", "bad")
    ]


def test_after_a_roll_back_all_frames_speak_of_the_earlier_run(django_user_model):
    first = publish_scores(SCORES[:2])
    publish_scores()
    admin = django_user_model.objects.create_superuser("ada@example.com", "correct horse", name="Ada")
    publishing.roll_back(analysis="rfm", run=first, by=admin)
    published = Published.now()
    assert published.scores == first
    assert len(published.segments) == 2
    assert published.moves.empty


def test_nothing_published_gives_frames_without_rows():
    published = Published.now()
    assert published.newest is None
    for name in ("segments", "earlier_segments", "cells", "score_values", "months", "years", "moves"):
        assert len(getattr(published, name)) == 0


def test_each_frame_is_one_statement_however_often_it_is_used(django_assert_num_queries):
    publish_scores()
    publish_scores()
    publish_days()
    published = Published.now()
    with django_assert_num_queries(7):
        for _time in range(2):
            for name in ("segments", "earlier_segments", "cells", "score_values", "months", "years", "moves"):
                assert len(getattr(published, name)) > 0


def test_rows_of_a_run_are_summed_once_and_then_kept(django_assert_num_queries):
    publish_scores()
    first = Published.now().segments
    again = Published.now()
    with django_assert_num_queries(0):
        assert again.segments.equals(first)


@pytest.mark.parametrize("moment", ["finished_at", "refreshed_at"])
def test_a_run_of_the_same_number_in_another_database_or_brought_up_to_date_is_read_anew(moment):
    run = publish_scores()
    assert len(Published.now().segments) == 5
    RfmScore.objects.filter(run_id=run.pk, customer_id__gt=2).delete()
    run.summaries.all().delete()
    Run.objects.filter(pk=run.pk).update(**{moment: timezone.now()})
    assert len(Published.now().segments) == 2


def test_a_run_published_without_sums_is_summed_up_when_asked():
    publish_scores(as_of=dt.date(2026, 1, 1))
    publish_scores([(1, 3, 9, 90_000, 5, 5, "champions"), (2, 90, 4, 0, 2, 4, "at_risk")])
    names = ("segments", "earlier_segments", "cells", "score_values", "moves")
    published = {name: getattr(Published.now(), name) for name in names}
    cache.clear()
    RunSummary.objects.all().delete()
    for name, frame in published.items():
        pd.testing.assert_frame_equal(getattr(Published.now(), name), frame)


def test_figures_of_a_run_are_its_published_sums_and_not_counted_again():
    run = publish_scores()
    RfmScore.objects.filter(run_id=run.pk).delete()
    assert Published.now().segments["customers"].sum() == 5


def test_moves_against_another_run_than_the_one_before_are_counted_anew():
    first = publish_scores(SCORES[:1])
    second = publish_scores(SCORES[:2])
    publish_scores(SCORES[:3])
    assert rows(Published.now().moves, "before", "segment") == [("", "at_risk"), *_unmoved("champions", "loyal")]
    Run.objects.filter(pk=second.pk).update(status=Run.Status.COLLECTED)
    assert Published.now().earlier_scores == first
    moved = [("", "at_risk"), ("", "loyal"), *_unmoved("champions")]
    assert rows(Published.now().moves, "before", "segment") == moved


def _unmoved(*segments: str) -> list[tuple[str, str]]:
    return [(segment, segment) for segment in segments]


def test_without_the_cache_figures_come_from_the_database(settings, caplog):
    publish_scores()
    nobody = "unix:///nonexistent/valkey.sock?db=0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": nobody}}
    assert len(Published.now().segments) == 5
    assert "The cache does not answer" in caplog.text
