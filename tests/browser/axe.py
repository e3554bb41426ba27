"""axe-core, out of the installed package: what it finds that is serious, as sentences."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files

from playwright.sync_api import Page

SCRIPT = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
CONTRAST = ("color-contrast",)
RUN = """
async (only) => {
  const rules = { "target-size": { enabled: true } };
  const options = { resultTypes: ["violations"], ...(only.length ? { runOnly: only } : { rules }) };
  // What Swagger UI draws has colours of its own.
  const { violations } = await axe.run({ exclude: [".swagger-ui"] }, options);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary} ${node.html}`));
}
"""


def serious(page: Page, only: Sequence[str] = ()) -> list[str]:
    """What is serious or critical on the page as it stands; of all rules, or of some."""
    # The page's policy lets no script in; the browser's own evaluation is not asked.
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    found: list[str] = page.evaluate(RUN, list(only))
    return [sentence[:500] for sentence in found]


def serious_in_both_themes(page: Page) -> list[str]:
    """Only contrast depends on the theme, so only that is asked twice. For a page that follows the device."""
    page.emulate_media(color_scheme="light")
    found = serious(page)
    page.emulate_media(color_scheme="dark")
    return found + [f"dark: {sentence}" for sentence in serious(page, CONTRAST)]
