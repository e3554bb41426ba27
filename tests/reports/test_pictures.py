"""Pictures without anybody's browser: drawn by a real Chromium, and left out where it comes to nothing."""

from __future__ import annotations

import struct

import pytest

from reports import pictures
from reports.pictures import pictures_of
from tests.browser.programs import CHROMIUM_ARGUMENTS, DEBIANS_CHROMIUM

PNG = b"\x89PNG\r\n\x1a\n"
BARS = {
    "data": [{"type": "bar", "x": [0, 1], "y": [3, 5], "marker": {"color": "var(--accent)"}}],
    "layout": {"xaxis": {"tickvals": [0, 1], "ticktext": ["</script><script>x</script>", "王小明"]}},
}
# charts.js says that this one could not be drawn.
BROKEN = {"data": 7, "layout": {"xaxis": 7}}


@pytest.mark.skipif(not DEBIANS_CHROMIUM.exists(), reason="no Chromium is installed")
def test_each_figure_that_can_be_drawn_is_a_picture_of_its_own(settings, monkeypatch):
    monkeypatch.setattr(pictures, "SECONDS", 300)  # of a machine on which many tests run at once
    settings.CHROMIUM = f"{DEBIANS_CHROMIUM} {' '.join(CHROMIUM_ARGUMENTS)}"
    drawn = pictures_of([BARS, BROKEN, {**BARS, "layout": {}}])
    assert sorted(drawn) == [0, 2]
    assert drawn[0] != drawn[2]
    for picture in drawn.values():
        assert picture.startswith(PNG)
        assert struct.unpack(">II", picture[16:24]) == (1800, 840)


@pytest.mark.parametrize("program", ["none", "/nowhere/chromium", "false", "sh -c 'sleep 60'"])
def test_without_a_chromium_that_answers_there_are_none(settings, monkeypatch, program):
    settings.CHROMIUM = program
    monkeypatch.setattr(pictures, "SECONDS", 0.2)
    assert pictures_of([BARS]) == {}
