"""What a preview of other settings says is what the next recomputation makes of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from analytics import catalog, publishing, rfm_preview
from analytics.actions import request_recomputation, save_settings
from analytics.algorithms.rfm import RfmParams
from analytics.algorithms.segments_map import Segment
from analytics.engine import facts_folder
from analytics.models import Run
from jobs.execution import run_job
from tests.factories import create_customer, create_order, create_refund, create_user

pytestmark = pytest.mark.django_db(transaction=True)

AS_OF = dt.date(2026, 6, 30)
DAY = dt.timedelta(days=1)


@pytest.fixture
def shop(transactional_db) -> Run:
    """Who buys on one to six days, twice on some of them, pays some of it back, or all; and who is not analysed."""
    for number in range(24):
        customer = create_customer()
        for visit in range(1 + number % 6):
            on = AS_OF - (number * 9 % 40 + visit * 25) * DAY
            order = create_order(customer, on=on, amount=f"{10 + number * 7 % 50}.00")
            if number % 4 == 0:
                create_order(customer, on=on, amount="3.00")
        if number % 5 == 0:
            create_refund(order=order, on=on + DAY, amount="4.00", customer=customer)
        if number % 7 == 0:
            create_refund(order=None, on=AS_OF - number * DAY, amount="2.50", customer=customer)
    gone = create_order(create_customer(), on=AS_OF - 3 * DAY, amount="9.00")
    create_refund(order=gone, on=AS_OF, amount="9.00", customer=gone.customer)
    create_order(create_customer(profiling_objected_at=timezone.now()), on=AS_OF, amount="99.00")
    create_order(None, on=AS_OF)
    return recomputed()


def recomputed() -> Run:
    job = run_job(request_recomputation(analyses=["rfm"], as_of=AS_OF).pk)
    assert (job.status, job.error) == ("done", "")
    run = publishing.current_run("rfm")
    assert run is not None
    return run


def previewed(params: dict[str, Any]) -> tuple[dict[str, int], list[tuple[int, list[int]]]]:
    found = rfm_preview.preview(RfmParams.from_json({**catalog.get("rfm").default_params(), **params}))
    assert found is not None
    assert found.is_of_window
    changes = [each.change for each in found.sizes]
    assert found.moved == max(sum(each for each in changes if each > 0), -sum(each for each in changes if each < 0))
    assert found.buyers[1] - found.buyers[0] == sum(changes)
    return {each.words.code: each.then for each in found.sizes if each.then}, found.buckets


def made(run: Run) -> tuple[dict[str, int], list[tuple[int, list[int]]]]:
    buckets = {(each["dimension"], each["score"]): each["customers"] for each in run.metrics["buckets"]}
    sizes = {code: size for code, size in run.metrics["segments"].items() if code in list(Segment)}
    names = ("recency", "frequency", "monetary")
    return sizes, [(score, [buckets[name, score] for name in names]) for score in (5, 4, 3, 2, 1)]


def test_another_window_is_counted_as_the_next_run_counts_in_it(shop):
    own = {"recency": [90, 40, 20, 7], "frequency": [1, 2, 3, 4], "monetary": [1000, 3000, 9000, 20_000]}
    tried: tuple[dict[str, Any], ...] = ({"window_days": 45}, {"window_days": None}, {"window_days": 100, "bins": own})
    said = [previewed(params) for params in tried]
    assert len({repr(each) for each in said}) == 3
    for path in facts_folder().rglob("*.columns"):
        path.unlink()
    assert [previewed(params) for params in tried] == said, "without columns, out of the facts themselves"
    for params, promised in zip(tried, said, strict=True):
        save_settings(analysis="rfm", params=params, by=create_user("admin"))
        assert made(recomputed()) == promised


def test_where_the_purchases_are_not_kept_the_page_says_in_which_window_it_counts(shop, client):
    Run.objects.filter(pk=shop.pk).update(manifest=None)
    client.force_login(create_user("admin"))
    params = RfmParams.from_json({**catalog.get("rfm").default_params(), "window_days": 45})
    found = rfm_preview.preview(params)
    assert found is not None
    assert (found.is_of_window, found.is_counted_anew) == (False, False)
    save_settings(analysis="rfm", params={"window_days": 45}, by=create_user("admin"))
    page = " ".join(client.get("/analytics/settings/").content.decode().split())
    assert "here they count in its own window" in page
