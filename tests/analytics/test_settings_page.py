"""An admin's weights, window and segment map."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from analytics import catalog, rule_segments, switches
from analytics.algorithms.errors import InvalidParams
from analytics.algorithms.rfm import RfmBins, RfmParams
from analytics.forms import RfmSettingsForm
from analytics.models import AnalysisSettings, Run, SwitchedOff
from analytics.settings_forms import AnalysisSettingsForm, with_settings
from analytics.switches import switch_off
from analytics.words import unusable
from core.templatetags.ui import day, duration
from protection.audit.models import Change
from reports.catalog import BY_KEY
from reports.frames import Published
from reports.words import ReaderWords
from tests.factories import create_customer, create_user
from tests.reports.runs import publish

pytestmark = pytest.mark.django_db

SETTINGS = reverse("analytics:settings")


@pytest.fixture
def admin(client):
    user = create_user("admin", name="Ada")
    client.force_login(user)
    return user


def entered(**changes: Any) -> dict[str, Any]:
    """The form as it is opened, with changes; None leaves a field empty."""
    form = RfmSettingsForm(params=catalog.get("rfm").params())
    filled = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in {**filled, **changes}.items() if value is not None}


def page(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_form_opens_with_what_the_next_run_would_use(client, admin):
    shown = page(client.get(SETTINGS))
    assert 'name="recency" value="0.5"' in shown
    assert '<option value="champions" selected>' in shown


def test_only_what_differs_from_the_defaults_is_kept(client, admin):
    response = client.post(SETTINGS, entered(recency=5, frequency=3, monetary=2), follow=True)
    assert "The next recomputation computes with it" in page(response)
    saved = AnalysisSettings.objects.get()
    assert saved.params == {"weights": {"recency": 5.0, "frequency": 3.0, "monetary": 2.0}}
    assert saved.changed_by == admin
    assert "by Ada" in page(response)


def test_window_and_map_reach_the_next_run(client, admin):
    client.post(SETTINGS, entered(window_days=None, R3F3="loyal", second_axis="frequency_monetary"))
    params = catalog.get("rfm").params()
    assert params["window_days"] is None
    assert params["segment_map"]["cells"]["R3F3"] == "loyal"
    assert params["segment_map"]["second_axis"] == "frequency_monetary"
    assert params["weights"] == {"recency": 0.5, "frequency": 0.3, "monetary": 0.2}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recency": 0, "frequency": 0, "monetary": 0}, "At least one weight must be more than zero."),
        ({"recency": -1}, "greater than or equal to 0"),
        ({"recency": "nan"}, "Enter a number."),
        ({"window_days": 0}, "greater than or equal to 1"),
        ({"new_days": 400}, "A customer cannot be established while still new."),
        ({"R1F1": "saints"}, "saints is not one of the available choices"),
        ({"R1F1": None}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_in_words_and_not_saved(client, admin, changes, words):
    response = client.post(SETTINGS, entered(**changes))
    assert response.status_code == 422
    assert words in page(response)
    assert not AnalysisSettings.objects.exists()


def test_back_to_the_defaults(client, admin):
    client.post(SETTINGS, entered(window_days=30))
    client.post(SETTINGS, {"restore": "1"})
    assert AnalysisSettings.objects.get().params == {}
    assert catalog.get("rfm").params() == catalog.get("rfm").default_params()


def test_settings_that_do_not_fit_this_version_can_be_corrected(client, admin):
    AnalysisSettings.objects.create(analysis="rfm", params={"window_days": -5})
    assert client.get(SETTINGS).status_code == 200
    client.post(SETTINGS, {"restore": "1"})
    assert catalog.get("rfm").params()["window_days"] == 365


def test_only_admins_set(client):
    client.force_login(create_user("manager"))
    assert client.get(SETTINGS).status_code == 403
    assert client.post(SETTINGS, {"restore": "1"}).status_code == 403
    assert not AnalysisSettings.objects.exists()


def test_what_may_be_recommended_again_reaches_the_next_run(client, admin):
    url = reverse("analytics:recommendation_settings")
    assert 'name="again_from_percent" value="50"' in page(client.get(url))
    wanted = {"again_from_percent": "", "again_after_days": "7", "n": "5", "declined_days": "90"}
    assert "<td>50%</td><td><b>never</b></td>" in page(client.post(url, {**wanted, "preview": "1"}))
    assert not AnalysisSettings.objects.exists()
    assert "by Ada" in page(client.post(url, wanted, follow=True))
    params = catalog.get("recommendations").params()
    assert (params["n"], params["again_after_days"], params["declined_days"]) == (5, 7, 90)
    assert params["again_from_share"] > 1
    assert 'name="again_from_percent"' in page(client.get(url))
    assert client.post(url, {**wanted, "n": "0"}).status_code == 422
    client.post(url, {"restore": "1"})
    assert catalog.get("recommendations").params() == catalog.get("recommendations").default_params()


# --- the preview ------------------------------------------------------------------------------------------------------

CUTS = {"recency_cuts": [200, 100, 50, 10], "frequency_cuts": [1, 2, 3, 4], "monetary_cuts": [1000, 2000, 3000, 4000]}
# Days since the last purchase, purchase days, amount, R, F, M: two champions, one lost, one about to sleep, a prospect.
SCORED = (
    (5, 5, 500_000, 5, 5, 5, "champions"),
    (9, 9, 900_000, 5, 5, 5, "champions"),
    (300, 1, 500, 1, 1, 1, "lost"),
    (60, 2, 1500, 3, 2, 2, "about_to_sleep"),
    (None, 0, 0, None, None, None, "prospect"),
)


@pytest.fixture
def published():
    rows = [(create_customer().pk, *row[:6], None if row[3] is None else 3.0, row[6], "active") for row in SCORED]
    run = publish("rfm", rows)
    sizes = {"champions": 2, "lost": 1, "about_to_sleep": 1, "prospect": 1}
    fitted = {"as_of": "2026-06-30", "params": catalog.get("rfm").default_params(), "buyers": 4, **CUTS}
    Run.objects.filter(pk=run.pk).update(
        params=catalog.get("rfm").default_params(), metrics={"segments": sizes}, fitted=fitted
    )


def sizes_of(response) -> dict[str, tuple[int, int]]:
    """Now and then, of the segments that the preview names."""
    return {each.words.code: (each.now, each.then) for each in response.context["preview"].sizes}


def test_unchanged_settings_preview_what_is_published(client, admin, published):
    shown = client.get(SETTINGS)
    assert sizes_of(shown) == {"champions": (2, 2), "about_to_sleep": (1, 1), "lost": (1, 1)}
    assert "nothing is saved" in page(shown)


def test_a_preview_counts_another_map_and_saves_nothing(client, admin, published):
    shown = client.post(SETTINGS, entered(R5F5="loyal", preview="1"))
    assert sizes_of(shown) == {"champions": (2, 0), "loyal": (0, 2), "about_to_sleep": (1, 1), "lost": (1, 1)}
    assert 'value="loyal" selected' in page(shown)
    assert "2 customers would be in another segment" in page(shown)
    assert not AnalysisSettings.objects.exists()
    part = client.post(SETTINGS, entered(preview="1", second_axis="frequency_monetary"), headers={"HX-Request": "true"})
    assert page(part).startswith('<section class="card" id="preview"')
    assert sizes_of(part)["champions"] == (2, 2)


def own_limits(**changes: Any) -> dict[str, Any]:
    limits = {
        "recency": (7, 20, 70, 250),
        "frequency": (8, 6, 4, 1),
        "monetary": ("8000", "4000", "100.50", "10"),
    }
    fields = {f"{name}_{5 - place}": limit for name, cuts in limits.items() for place, limit in enumerate(cuts)}
    return entered(bins="own", **{**fields, **changes})


def test_own_limits_are_previewed_and_reach_the_next_run(client, admin, published):
    """5 days is less than 7: a 5; 9 purchase days are more than 8; 5 are more than 4 and not than 6: a 3."""
    shown = client.post(SETTINGS, own_limits(preview="1"))
    assert sizes_of(shown) == {
        "champions": (2, 0), "loyal": (0, 1), "potential_loyalist": (0, 1), "about_to_sleep": (1, 1), "lost": (1, 1)
    }  # fmt: skip
    assert shown.context["preview"].buckets[0] == (5, [1, 1, 1])
    client.post(SETTINGS, own_limits())
    params = RfmParams.from_json(catalog.get("rfm").params())
    assert params.bins == RfmBins((250, 70, 20, 7), (1, 4, 6, 8), (1000, 10_050, 400_000, 800_000))
    assert 'name="monetary_3" value="100.50"' in page(client.get(SETTINGS))


def test_fifths_after_own_limits_are_those_of_the_rows(client, admin, published):
    own = {"recency": [250, 70, 20, 7], "frequency": [1, 4, 6, 8], "monetary": [1, 2, 3, 4]}
    run = Run.objects.get(analysis="rfm")
    run.fitted["params"]["bins"] = own
    run.save()
    buckets = client.get(SETTINGS).context["preview"].buckets
    fifths = dict(buckets)
    # Of four buyers 0, 1/4, 2/4 and 3/4 lie below: scores 1, 2, 3 and 4.
    assert fifths == {5: [0, 0, 0], 4: [1, 1, 1], 3: [1, 1, 1], 2: [1, 1, 1], 1: [1, 1, 1]}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"recency_4": 5}, "The limits must rise from score 5 down."),
        ({"frequency_2": 6}, "The limits must fall from score 5 down."),
        ({"monetary_3": None}, "Own limits need all four."),
        ({"frequency_5": "x"}, "Enter a whole number."),
    ],
)
def test_limits_that_cannot_be_are_said(client, admin, published, changes, words):
    assert words in page(client.post(SETTINGS, own_limits(**changes, preview="1")))
    assert client.post(SETTINGS, own_limits(**changes)).status_code == 422
    assert not AnalysisSettings.objects.exists()


def test_without_a_published_run_the_preview_says_so(client, admin):
    assert "RFM has not been published" in page(client.get(SETTINGS))


# --- undo, and the other analyses -------------------------------------------------------------------------------------


def test_the_last_change_is_undone_and_that_too(client, admin):
    undo = reverse("analytics:undo_settings", args=["rfm"])
    assert "nothing before the last change" in page(client.post(undo, follow=True))
    client.post(SETTINGS, entered(window_days=30))
    client.post(SETTINGS, entered(window_days=60))
    client.post(SETTINGS, entered(window_days=60))
    assert "as they were before" in page(client.post(undo, {"next": SETTINGS}, follow=True))
    assert catalog.get("rfm").params()["window_days"] == 30
    client.post(undo)
    assert catalog.get("rfm").params()["window_days"] == 60
    trail = Change.objects.filter(table_name="analytics_analysissettings", row_key="rfm").order_by("pk")
    assert [each.action for each in trail] == ["insert", *4 * ["update"]]
    assert {each.actor for each in trail} == {admin}
    assert trail[1].changes["params"] == [{}, {"window_days": 30}]


def test_every_other_analysis_is_set_by_one_form(client, admin):
    for analysis in with_settings():
        form = AnalysisSettingsForm(analysis=analysis)
        filled = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
        url = reverse("analytics:analysis_settings", args=[analysis.name])
        assert client.get(url).status_code == 200
        sent = {name: value for name, value in filled.items() if value is not None and value is not False}
        assert client.post(url, sent).status_code == 302, analysis.name
        assert analysis.params() == analysis.checked(analysis.default_params())


def test_a_preview_says_what_would_change_what_learns_and_how_long(client, admin):
    url, churn = reverse("analytics:analysis_settings", args=["churn"]), catalog.get("churn")
    unknown = page(client.get(url))
    assert "How long it takes is not known" in unknown
    learned = publish("churn", [])
    started = timezone.now() - dt.timedelta(minutes=3)
    Run.objects.filter(pk=learned.pk).update(
        params=churn.params(), started_at=started, finished_at=started + dt.timedelta(seconds=95)
    )
    same = page(client.get(url))
    assert f"Nights go by what run {learned.pk} has learned with these values" in same
    assert "The run that is shown was computed with these very values." in same
    sent = {"horizon_days": "60", "sample_rows": str(churn.params()["sample_rows"]), "preview": "1"}
    then = page(client.post(url, sent, headers={"HX-Request": "true"}))
    assert then.startswith('<section class="card" id="preview"')
    assert "<td>90</td><td>90</td><td><b>60</b></td>" in then
    assert "The next night learns anew" in then
    assert f"It takes about {duration(95)}, as run {learned.pk} did" in then
    assert not AnalysisSettings.objects.exists(), "nothing is saved"
    switch_off(analysis="churn", by=admin)
    then = page(client.post(url, sent, headers={"HX-Request": "true"}))
    assert "nothing is computed with these values until it is switched on" in then
    assert "learns anew" not in then
    refused = page(client.post(url, {**sent, "horizon_days": "3"}, headers={"HX-Request": "true"}))
    assert "must be at least 7" in refused


def test_an_admin_switches_an_analysis_off_and_pages_say_so(client, admin):
    run = publish("rule_segments", [])
    page_of, runs = reverse("analytics:analysis_settings", args=["rule_segments"]), reverse("analytics:runs")
    off, on = (reverse(f"analytics:switch_{way}", args=["rule_segments"]) for way in ("off", "on"))
    assert f'action="{off}"' in page(client.get(page_of))
    switched = page(client.post(off, follow=True))
    assert f'action="{on}"' in switched, "both the button and what undoes it"
    client.post(off)
    assert SwitchedOff.objects.get().by == admin
    for url in (page_of, runs, reverse("analytics:run", args=[run.pk])):
        shown = page(client.get(url))
        assert "Switched off by Ada on" in shown, url
        assert f"The results are of {day(run.as_of)} and stay as they are." in shown, url
    assert 'value="rule_segments"' not in page(client.get(runs))
    assert client.post(reverse("analytics:recompute"), {"analyses": ["rule_segments"]}).status_code == 422
    client.post(on)
    client.post(on)
    assert not SwitchedOff.objects.exists()
    trail = Change.objects.filter(table_name="analytics_switchedoff", row_key="rule_segments").order_by("pk")
    assert list(trail.values_list("action", "actor__name")) == [("insert", "Ada"), ("delete", "Ada")]
    assert "Switched off by" not in page(client.get(runs))


def test_before_an_analysis_is_switched_off_it_is_said_how_many_segments_ask_for_it(client, admin):
    for name in ("Good", "Better"):
        rule_segments.define(owner=admin, name=name, expression={"field": "group", "op": "is", "value": 1})
    groups, churn = (
        page(client.get(reverse("analytics:analysis_settings", args=[name]))) for name in ("kmeans", "churn")
    )
    assert "2 segments of your own ask for its results." in groups
    assert "ask for its results" not in churn


def test_where_scores_would_stand_it_is_said_that_they_are_switched_off(client, admin):
    customer = create_customer("Ada")
    publish("composite", [])
    for analysis in ("churn", "composite", "demand", "recommendations", "rule_segments"):
        switches.switch_off(analysis=analysis, by=admin)
    nothing, made = "has been switched off by an admin since", "and stays as it is."
    shown = page(client.get(customer.get_absolute_url()))
    assert f"“Churn” {nothing}" in shown
    assert f"“Recommendations” {nothing}" in shown
    assert made in shown, "composite value, which stays"
    listed = page(client.get(reverse("customers:list"), {"columns": "name,churn,composite,rule_segments"}))
    assert (f"“Churn” {nothing}" in listed, made in listed) == (True, True)
    assert listed.count('<span class="dim">switched off</span>') == 2, "in the cells of churn and of segments"
    asked = page(client.get(reverse("customers:list"), {"filter": '{"field": "value.score", "op": ">", "value": 0.5}'}))
    assert (made in asked, "Composite value as of 16 Jan 2026" in asked) == (True, True), "where scores are asked for"
    assert f"“Demand” {nothing}" in page(client.get(reverse("reports:demand")))
    segment = rule_segments.define(
        owner=admin, name="Leads", expression={"field": "lifecycle", "op": "is", "value": "lead"}
    )
    assert "Segments of your own have been switched off by an admin" in page(
        client.get(reverse("analytics:segment", args=[segment.pk]))
    )
    drawing = BY_KEY["money-at-risk"].drawing(Published.now(), ReaderWords.of_reader("EUR"))
    assert f"“Churn” {nothing}" in drawing.finding


@pytest.mark.parametrize("name", ["daily", "rfm"])
def test_what_all_else_needs_cannot_be_switched_off(client, admin, name):
    said = page(client.post(reverse("analytics:switch_off", args=[name]), follow=True))
    assert said.count("It cannot be switched off") == 2, "the refusal, and the page"
    assert not SwitchedOff.objects.exists()


def test_all_that_parameters_can_be_refused_for_has_words():
    sources = [path.read_text() for path in Path("analytics").rglob("*.py")]
    reasons = {reason for source in sources for reason in re.findall(r"InvalidParams\(\s*\"(\w+)\"", source)}
    assert len(reasons) > 9
    with translation.override("zh-hans"):
        for reason in reasons:
            said = unusable(InvalidParams(reason, "k_min", limit=7, others="k_max", found="x"))
            assert not re.search("must|k_m", said), said


def test_what_an_analysis_cannot_compute_with_is_said(client, admin):
    churn, clv = (reverse("analytics:analysis_settings", args=[name]) for name in ("churn", "clv"))
    assert client.post(churn, {"horizon_days": "60", "sample_rows": "5000"}).status_code == 302
    assert catalog.get("churn").params()["horizon_days"] == 60
    refused = client.post(churn, {"horizon_days": "3", "sample_rows": "5000"})
    assert refused.status_code == 422
    assert "cannot compute with this: “Days looked ahead” must be at least 7." in page(refused)
    assert client.post(clv, {"test_days": "90", "sample_rows": "5000", "models": ["ridge"]}).status_code == 422
    assert client.get(reverse("analytics:analysis_settings", args=["nothing"])).status_code == 404
    client.post(churn, {"restore": "1"})
    assert catalog.get("churn").params() == catalog.get("churn").default_params()
