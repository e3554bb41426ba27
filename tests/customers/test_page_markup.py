"""What the functions that write a customer's page make of values that try to be more than text."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser

import pytest
from django.template import Context, Template
from django.utils import timezone
from django.utils.safestring import SafeString

from core.text import MOST_CHARACTERS, beginning
from customers.extensions import TimelineEntry, TimelineSource
from customers.field_rows import FieldRow
from customers.models import Customer
from customers.page_markup import field_edit, field_rows, timeline_lines
from customers.timeline import Shown

EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&lt;b&gt;{{ 1 }}"


class Elements(HTMLParser):
    """The elements of a piece of a page, and all its text."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def context() -> Context:
    made = Context({"customer": Customer(pk=7)})
    made.template = Template("")
    return made


def row(value: str) -> FieldRow:
    return FieldRow(EVIL, EVIL, "text", value, slot=EVIL, may_edit=True, is_empty=False)


def entry(body: str) -> Shown:
    source = TimelineSource(EVIL, EVIL, "star", entries=lambda *_asked: [])
    at = timezone.now() - dt.timedelta(days=1)
    return Shown(source, TimelineEntry(at, 1, EVIL, "star", EVIL, body=body, url=EVIL, actor=EVIL))


@pytest.mark.parametrize("value", [EVIL, EVIL * 20, SafeString(EVIL), SafeString(EVIL * 20)])
def test_every_value_is_text_and_opens_no_element(context: Context, value: str):
    written = [
        field_rows(context, [row(value)]),
        field_edit(context, row(value), EVIL, "/customers/7/", label=EVIL),
        timeline_lines(context, [entry(value)]),
    ]
    read = Elements("".join(written))
    ours = {"div", "dt", "dd", "bdi", "a", "li", "i", "small", "time", "svg", "path", "polygon"}
    assert read.tags - ours <= {"details", "summary", "span"}
    assert not {name for name in read.attributes if name.startswith("on")}
    assert EVIL in read.text


def test_of_a_long_text_the_beginning_is_shown_and_all_of_it_kept(context: Context):
    text = "Ergonomic workplaces. " * 40
    shown = field_rows(context, [row(text)])
    assert shown.count("<details") == 1
    assert text in Elements(shown).text
    assert len(beginning(text)) <= MOST_CHARACTERS
    assert beginning("line\n" * 100).count("\n") < 8
    barely = "x" * (MOST_CHARACTERS + 20)
    assert beginning(barely) == barely, "what is hidden must be worth a press"
