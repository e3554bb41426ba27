"""The tags and filters as templates use them."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import timezone, translation

from accounts.models import User


def render(source: str, path: str = "/", **context) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get(path))


@pytest.fixture(autouse=True)
def _no_navigation(settings):
    """These templates are rendered without a database: no context processor that asks for the user."""
    settings.TEMPLATES = [
        {**settings.TEMPLATES[0], "OPTIONS": {**settings.TEMPLATES[0]["OPTIONS"], "context_processors": REQUEST_ONLY}}
    ]


REQUEST_ONLY = ["django.template.context_processors.request"]


def test_filters_follow_the_active_language_and_zone():
    instant = dt.datetime(2026, 11, 22, 18, 30, tzinfo=dt.UTC)
    source = '{{ n|number }} {{ m|money:"EUR" }} {{ t|instant }} {{ t|day }}'
    with translation.override("en"), timezone.override(dt.UTC):
        assert render(source, n=1234, m=99, t=instant) == "1,234 €0.99 22 Nov 2026, 18:30 22 Nov 2026"
    with translation.override("zh-hans"), timezone.override(ZoneInfo("Asia/Shanghai")):
        assert render(source, n=1234, m=99, t=instant) == "1,234 €0.99 2026年11月23日 02:30 2026年11月23日"


def test_ago_says_the_exact_moment_on_hover():
    yesterday = timezone.now() - dt.timedelta(days=1, minutes=1)
    shown = render("{% ago t %}", t=yesterday)
    assert shown.startswith(f'<time datetime="{yesterday.isoformat()}" title="')
    assert shown.endswith(">1 day ago</time>")
    assert render("{% ago t %}", t=None) == "—"


def test_badge_escapes_its_text_and_refuses_an_unknown_tone():
    assert render("{% badge name 'bad' %}", name="<b>") == '<span class="badge bad">&lt;b&gt;</span>'
    with pytest.raises(TemplateSyntaxError, match="pink"):
        render("{% badge 'At risk' 'pink' %}")


@pytest.mark.parametrize(("value", "width"), [(0.714, "71.4"), (0, "0.0"), (1.7, "100.0"), (-1, "0.0")])
def test_meter_keeps_within_its_ends(value, width):
    assert f'width="{width}"' in render("{% meter value %}", value=value)


def test_meter_without_a_value_is_nothing_and_with_a_label_is_read_aloud():
    assert render("{% meter value %}", value=None) == ""
    assert 'aria-hidden="true"' in render("{% meter 0.5 %}")
    assert 'role="meter" aria-label="Churn"' in render("{% meter 0.5 label='Churn' %}")


def test_icon_is_silent_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render("{% icon 'users' %}")
    assert '<span class="sr-only">Close</span>' in render("{% icon 'x' label='Close' %}")


@pytest.mark.parametrize(
    ("tag", "query"),
    [
        ("{% query_with page=3 %}", "?q=ada&amp;page=3"),
        ("{% query_with page=None %}", "?q=ada"),
        ("{% query_with q='' page='' %}", "?"),
        ("{% query_with tag=tags %}", "?q=ada&amp;page=2&amp;tag=a&amp;tag=b"),
        ("{% query_with q='x&y' page=None %}", "?q=x%26y"),
    ],
)
def test_query_with_changes_this_pages_query(tag, query):
    assert render(tag, path="/?q=ada&page=2", tags=["a", "b"]).replace("&amp;", "&") == query.replace("&amp;", "&")


class NameForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the <i>passport</i>.")
    agreed = forms.BooleanField(label="Agreed", required=False)
    kinds = forms.MultipleChoiceField(label="Kinds", choices=[("a", "A")], widget=forms.CheckboxSelectMultiple)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_field_ties_help_and_errors_to_the_input():
    shown = render("{% field form.name %}", form=NameForm({}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_name_helptext"' in shown
    assert 'id="id_name_error"' in shown
    assert '<label for="id_name">Name' in shown
    assert "required" in shown


def test_field_shows_no_error_where_there_is_none():
    shown = render("{% field form.name %}", form=NameForm({"name": "Ada"}))
    assert "errorlist" not in shown
    assert "aria-invalid" not in shown


def test_field_puts_several_boxes_in_a_fieldset_and_hides_what_is_hidden():
    assert "<legend>Kinds" in render("{% field form.kinds %}", form=NameForm())
    assert render("{% field form.token %}", form=NameForm()).strip().startswith('<input type="hidden"')


def test_field_says_nothing_by_a_dash_in_a_select():
    class SizeForm(forms.Form):
        size = forms.ChoiceField(choices=[*BLANK_CHOICE_DASH, ("s", "Small")])
        owner = forms.ModelChoiceField(User.objects.none())

    for name in ("size", "owner"):
        assert '<option value="" selected>–</option>' in render(f"{{% field form.{name} %}}", form=SizeForm())


def test_field_puts_a_single_box_before_its_label():
    shown = render("{% field form.agreed %}", form=NameForm())
    assert shown.index("checkbox") < shown.index("<label")


def test_a_fixed_part_is_written_for_each_language_and_for_what_is_said():
    source, off = (
        '{% fixed "components/shortcuts.html" single_keys=single_keys %}',
        "Shortcuts of a single key are off.",
    )
    with translation.override("en"):
        assert "Save the form" in render(source, single_keys=True)
        assert off not in render(source, single_keys=True)
        assert off in render(source, single_keys=False)
    with translation.override("zh-hans"):
        assert "Save the form" not in render(source, single_keys=True)
