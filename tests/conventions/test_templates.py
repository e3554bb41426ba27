"""Templates obey the content policy and speak through the translation catalogue."""

from __future__ import annotations

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from tests.conventions.sources import breaches, own_files

TEMPLATES = own_files(".html", ".txt", below="templates")
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]

COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?endcomment\s*%\}|<!--.*?-->", re.DOTALL)
TRANSLATED_BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%\}", re.DOTALL)
TAG_OR_VARIABLE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TRANSLATING_TAG = re.compile(r"\{%\s*(?:blocktrans|trans)")
LITERAL_ARGUMENT = re.compile(
    r"\{%\s*(?:include|badge|icon|meter)\b[^%]*?\b(?:title|label|text|action|note|summary|change)=(?:\"([^\"]*)\"|'([^']*)')"
)
WORD = re.compile(r"[^\W\d_]{2,}")
# The same in every language.
UNIVERSAL = {
    "CSV",
    "PNG",
    "SVG",
    "Excel",
    "XLSX",
    "JSON",
    "RFM",
    "R",
    "F",
    "M",
    "Meridian",
    "px",
    "MB",
    "CRM",
    "Celery",
    "Ctrl",
    "Enter",
    "Esc",
}
SPOKEN_ATTRIBUTES = {"alt", "aria-label", "aria-description", "placeholder", "title"}
LOADING_ATTRIBUTES = {"src", "srcset", "poster", "data", "action", "formaction"}


class Markup(HTMLParser):
    """Collects what a template's own markup breaks. Template tags have been taken out before."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.policy: list[str] = []
        self.words: list[str] = []
        self.silent: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.policy.append(f"inline script at line {self.getpos()[0]}")
        if tag in {"script", "style"}:
            self.silent = tag
        if tag == "style" or "style" in given:
            self.policy.append(f"inline style at line {self.getpos()[0]}")
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.policy.append(f"inline script {name} at line {self.getpos()[0]}")
            if name in LOADING_ATTRIBUTES and re.match(r"(https?:)?//", value or ""):
                self.policy.append(f"foreign address {value} at line {self.getpos()[0]}")
            if name in SPOKEN_ATTRIBUTES:
                self._hear(value or "", f"{name} at line {self.getpos()[0]}")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.silent:
            self.silent = None

    def handle_data(self, data: str) -> None:
        if self.silent is None:
            self._hear(data, f"line {self.getpos()[0]}")

    def _hear(self, text: str, place: str) -> None:
        if spoken := [word for word in WORD.findall(text) if word not in UNIVERSAL]:
            self.words.append(f"{place}: {' '.join(spoken)}")


def blank(match: re.Match[str]) -> str:
    """Takes a piece out and keeps the count of lines."""
    return "\n" * match.group().count("\n")


@cache
def without_comments(path: Path) -> str:
    return COMMENT.sub(blank, path.read_text(encoding="utf-8"))


def markup_of(source: str) -> Markup:
    markup = Markup()
    markup.feed(TAG_OR_VARIABLE.sub(blank, TRANSLATED_BLOCK.sub(blank, source)))
    markup.close()
    return markup


def test_nothing_that_the_content_policy_blocks():
    assert breaches(PAGES, lambda path: markup_of(without_comments(path)).policy) == {}


def test_every_word_goes_through_the_catalogue():
    assert breaches(PAGES, words_of) == {}


def words_of(path: Path) -> list[str]:
    source = without_comments(path)
    literals = [word for found in LITERAL_ARGUMENT.findall(source) for word in found if WORD.search(word)]
    return markup_of(source).words + [word for word in literals if word not in UNIVERSAL]


def test_a_template_that_translates_loads_the_tags_for_it():
    assert breaches(TEMPLATES, translates_without_tags) == {}, "add {% load i18n %}"


def translates_without_tags(path: Path) -> bool:
    source = without_comments(path)
    return bool(TRANSLATING_TAG.search(source)) and not re.search(r"\{%\s*load\b[^%]*\bi18n\b", source)


def test_no_variable_is_marked_safe():
    """A help text comes from a form's definition; nothing that a person typed may be marked so."""
    safe = re.compile(r"\{\{\s*([^}|]*)\|[^}]*\bsafe\b[^}]*\}\}|\{%\s*autoescape\s+off")
    assert breaches(PAGES, lambda path: set(safe.findall(without_comments(path))) - {"field.help_text"}) == {}


def test_every_class_is_styled():
    """A name that no stylesheet knows is a slip of the pen, or a style that was forgotten."""
    assert breaches(PAGES, lambda path: classes_of(path) - styled_classes()) == {}


def classes_of(path: Path) -> set[str]:
    values = re.findall(r"\bclass=\"([^\"]*)\"", TAG_OR_VARIABLE.sub(" ", without_comments(path)))
    return {name for value in values for name in value.split()}


@cache
def styled_classes() -> frozenset[str]:
    sheets = [re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL) for path in own_files(".css", below="static")]
    return frozenset(name for sheet in sheets for name in re.findall(r"\.([a-zA-Z][\w-]*)", sheet))


def test_the_checks_see_what_they_look_for():
    bad = '<p style="x" onclick="y">Hello</p><script>z</script><img src="//cdn/x" alt="A cat">{% badge x %}'
    markup = markup_of(bad)
    assert len(markup.policy) == 4
    assert markup.words == ["line 1: Hello", "alt at line 1: cat"]
    good = '<p title="{{ x }}">{% translate "Hello" %}</p><script src="{% static "x.js" %}"></script> CSV · 3'
    assert (markup_of(good).policy, markup_of(good).words) == ([], [])
