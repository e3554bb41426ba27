"""What lies in static/ is written here: third-party files come out of installed packages."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conventions.sources import ROOT, breaches, finder, name_of, own_files

STATIC = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
SCRIPTS = own_files(".js", below="static")
STYLES = own_files(".css", below="static")


def test_a_file_is_small_readable_and_ours():
    assert breaches(STATIC, foreign_traits) == {}


def foreign_traits(path: Path) -> list[str]:
    if path.suffix not in {".css", ".js", ".svg"}:
        return [f"{path.suffix} is not written by hand"]
    text = path.read_text(encoding="utf-8")
    traits = {
        "too large for a file written by hand": len(text) >= 60_000,
        "looks minified": max(map(len, text.splitlines())) >= 160,
        "names an owner": re.search(r"copyright|licen[cs]e|@preserve|sourceMappingURL", text, re.IGNORECASE),
    }
    return [trait for trait, is_there in traits.items() if is_there]


def test_a_script_makes_no_code_and_no_markup_out_of_text():
    code = r"\beval\(|new Function|set(?:Timeout|Interval)\(\s*[\"']"
    markup = r"document\.write|\.(?:inner|outer)HTML|insertAdjacentHTML"
    assert breaches(SCRIPTS, finder(f"{code}|{markup}")) == {}


def test_a_script_is_strict():
    assert [name_of(path) for path in SCRIPTS if '"use strict";' not in path.read_text(encoding="utf-8")] == []


def test_nothing_is_fetched_from_elsewhere():
    assert breaches([*SCRIPTS, *STYLES], foreign_addresses) == {}


def foreign_addresses(path: Path) -> list[str]:
    source = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    return re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]+/|@import", source)


def test_colours_come_from_tokens():
    """A colour is written in the tokens of base.css; elsewhere only shades of black and white for shadows and paper."""
    assert breaches([path for path in STYLES if path.name != "base.css"], colours_past_the_tokens) == {}


def colours_past_the_tokens(path: Path) -> set[str]:
    source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    written = set(re.findall(r"#[0-9a-fA-F]{3,8}\b|(?:rgb|hsl|oklch)a?\([^)]*\)", source))
    return written - {"#fff", "#000", "oklch(15% .02 260 / .45)"}
