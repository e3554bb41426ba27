"""Habits of the code that ruff and mypy cannot see."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.conventions.sources import ROOT, breaches, finder, name_of, own_files

PYTHON = own_files(".py")
PRODUCT = [path for path in PYTHON if not {"tests", "migrations", "benchmarks"} & set(path.relative_to(ROOT).parts)]
VIEWS = [path for path in PRODUCT if "views" in path.name]
TEXT = own_files(".py", ".html", ".md", ".css", ".js", ".toml", ".yml", ".yaml", ".in", ".sql", ".json", ".po", ".txt")

MOST_LINES = 400
MOST_LINES_OF_A_VIEW = 25
NAMES_THAT_SAY_NOTHING = {"services.py", "utils.py", "helpers.py", "misc.py", "common.py", "signals.py"}
MESSAGE_CALLS = {"debug", "info", "success", "warning", "error"}
SPOKEN_KEYWORDS = {"label", "help_text", "verbose_name", "verbose_name_plural", "short_description", "empty_label"}


def test_a_file_is_short_enough_to_be_read_whole():
    written = [path for path in PYTHON if path.parent.name != "migrations"]
    lines = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in written}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_files_are_named_for_what_is_in_them():
    assert [name_of(path) for path in PYTHON if path.name in NAMES_THAT_SAY_NOTHING] == []


def test_a_view_fits_on_a_small_screen():
    assert breaches(VIEWS, long_functions) == {}


def long_functions(path: Path) -> dict[str, int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    lines = {node.name: node.end_lineno - node.lineno + 1 for node in functions if node.end_lineno}
    return {name: count for name, count in lines.items() if count > MOST_LINES_OF_A_VIEW}


def words_past_the_catalogue(tree: ast.AST) -> Iterator[str]:
    """Literals where a person will read them: messages, labels, refusals."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        spoken = [keyword.value for keyword in node.keywords if keyword.arg in SPOKEN_KEYWORDS]
        if name.startswith("messages.") and name.removeprefix("messages.") in MESSAGE_CALLS:
            spoken += node.args[1:2]
        if name in {"PermissionDenied", "Http404", "ValidationError", "JobError"}:
            spoken += node.args[:1]
        for value in spoken:
            if isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and is_words(value.value)):
                yield f"line {value.lineno}: {ast.unparse(value)}"


def is_words(value: object) -> bool:
    return isinstance(value, str) and re.search(r"[^\W\d_]{2,}", value) is not None


def test_what_a_person_reads_goes_through_the_catalogue():
    found = breaches(PRODUCT, lambda path: list(words_past_the_catalogue(ast.parse(path.read_text(encoding="utf-8")))))
    assert found == {}


def test_the_check_sees_words_past_the_catalogue():
    bad = 'messages.success(request, "Saved.")\nCharField(label="Name")\nraise JobError(f"no {x}")'
    good = 'messages.success(request, _("Saved."))\nCharField(label=_("Name"))\nlogger.error("for the log")'
    assert len(list(words_past_the_catalogue(ast.parse(bad)))) == 3
    assert list(words_past_the_catalogue(ast.parse(good))) == []


def test_no_path_of_somebodys_machine():
    assert breaches(TEXT, finder(r"(?<![\w.])/(?:work|root|home|Users)/[\w.-]+")) == {}


def test_nothing_is_left_for_later():
    assert breaches(PRODUCT, finder(r"\b(?:TODO|FIXME|XXX|HACK)\b")) == {}
