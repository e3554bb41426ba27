"""What lies in static/ is written here: third-party files come out of installed packages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conventions.sources import ROOT, name_of, own_files

STATIC = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
SCRIPTS = own_files(".js", below="static")
STYLES = own_files(".css", below="static")


@pytest.mark.parametrize("path", STATIC, ids=name_of)
def test_a_file_is_small_readable_and_ours(path: Path):
    assert path.suffix in {".css", ".js", ".svg"}
    text = path.read_text(encoding="utf-8")
    assert len(text) < 60_000, "too large for a file written by hand"
    assert max(map(len, text.splitlines())) < 160, "looks minified"
    assert not re.search(r"copyright|licen[cs]e|@preserve|sourceMappingURL", text, re.IGNORECASE)


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_makes_no_code_and_no_markup_out_of_text(path: Path):
    source = path.read_text(encoding="utf-8")
    assert re.findall(r"\beval\(|new Function|document\.write|\.(?:inner|outer)HTML|insertAdjacentHTML", source) == []
    assert re.findall(r"set(?:Timeout|Interval)\(\s*[\"']", source) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_a_script_is_strict(path: Path):
    assert '"use strict";' in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=name_of)
def test_nothing_is_fetched_from_elsewhere(path: Path):
    source = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]+/|@import", source) == []


@pytest.mark.parametrize("path", STYLES, ids=name_of)
def test_colours_come_from_tokens(path: Path):
    """A colour is written in the tokens of base.css; elsewhere only shades of black and white for shadows and paper."""
    if path.name == "base.css":
        return
    source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    written = set(re.findall(r"#[0-9a-fA-F]{3,8}\b|(?:rgb|hsl|oklch)a?\([^)]*\)", source))
    assert written <= {"#fff", "#000", "oklch(15% .02 260 / .45)"}
