"""A link in the documentation leads somewhere, and every page is reached from another."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def links(page: Path) -> list[Path]:
    local = [target for target in LINK.findall(page.read_text()) if ":" not in target]
    return [(page.parent / target).resolve() for target in local]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_links_lead_somewhere(page):
    assert [str(target) for target in links(page) if not target.exists()] == []


def test_every_page_is_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            ahead += links(page)
        elif page.is_dir():
            ahead += sorted(page.glob("*.md"))
    assert [str(page.relative_to(ROOT)) for page in PAGES if page not in reached] == []
