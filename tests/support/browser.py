"""A browser's requests and complaints, its colour scheme, and the accessibility of its pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, ViewportSize, expect

from tests.support.repository import ROOT

Scheme: TypeAlias = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PHONE = ViewportSize(width=390, height=844)
TABLET = ViewportSize(width=800, height=900)
DESKTOP = ViewportSize(width=1280, height=800)

# Runs before any script of the page.
WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.effectiveDirective} stopped ${event.blockedURI}`));
"""

AXE = ROOT / "client" / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """axe.run(document, {resultTypes: ["violations"], runOnly: {type: "tag", values: [
  "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}})"""


@dataclass
class Seen:
    """The requests and complaints of a browser."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """Notes everything from now on."""
        context.add_init_script(WATCH_POLICY)
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("requestfailed", self._failed)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("response", lambda response: self._answered(response.status, response.url))

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page cancels the requests that nobody waits for any more
            self.complaints.append(f"failed: {request.url}: {request.failure}")

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)

    def _answered(self, status: int, url: str) -> None:
        if status >= 400:
            self.complaints.append(f"{status}: {url}")

    def forgive(self, *texts: str) -> None:
        """Forgets the complaints that have one of some texts, which a test has provoked."""
        self.complaints[:] = [found for found in self.complaints if not any(text in found for text in texts)]

    def foreign(self) -> list[str]:
        """Returns the requests to any other host than the servers of the tests."""
        addresses = [(urlsplit(url), url) for url in self.requests]
        return [url for parts, url in addresses if parts.scheme not in {"blob", "data"} and not is_ours(parts.hostname)]


def is_ours(host: str | None) -> bool:
    """Returns whether the servers of the tests listen on a host."""
    return host in {"127.0.0.1", "localhost"}


def use_scheme(page: Page, scheme: Scheme) -> None:
    """Makes the system's colour scheme light or dark, and waits until the web client's page follows."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)


def violations(page: Page) -> list[str]:
    """Returns the violations of WCAG 2.2 AA and of best practice that axe finds on a page as it is now."""
    # Evaluated by the debugger, which the page's content security policy does not stop.
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate(RUN_AXE)
    return [
        f"{violation['id']}: {violation['help']}: {node['target']}: {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def assert_accessible(page: Page) -> None:
    """Checks that a page of the web client has no violation, in light and in dark."""
    for scheme in SCHEMES:
        use_scheme(page, scheme)
        found = violations(page)
        assert not found, f"{page.url} in {scheme}: {found}"
