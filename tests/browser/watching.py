"""What must not happen while a page is open, collected from the browser."""

from __future__ import annotations

from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

# The policy's own event; the browser's console line does not always name the directive.
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  window.reportViolation(`${event.effectiveDirective} blocked ${event.blockedURI || event.sample || "inline"}`);
});
"""


@dataclass
class Watcher:
    """Everything that went wrong in a browser context. A test that provokes an error says so by `expect`."""

    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def attach(self, context: BrowserContext) -> None:
        context.expose_function("reportViolation", lambda text: self.problems.append(f"policy: {text}"))
        context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self._watch)

    def expect(self, part: str) -> None:
        """A problem with this text in it is the point of the test."""
        self.expected.append(part)

    def unexpected(self) -> list[str]:
        return [problem for problem in self.problems if not any(part in problem for part in self.expected)]

    def _watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("requestfailed", self._request_failed)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"console {message.type}: {message.text} ({message.location.get('url', '')})")

    def _request_failed(self, request: Request) -> None:
        # A request that a navigation cut off has not failed.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"request: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.request.method} {response.url}")
