"""The requests of each page with an empty cache, and how long it takes until it rests."""

from __future__ import annotations

import time
from collections.abc import Mapping

from playwright.sync_api import Browser, Request

from tests.benchmarks.report import note, table
from tests.benchmarks.web_kinds.bundle import kilobytes
from tests.support.servers import RunningServer
from tunix_rt.http.pages import CLIENT, WEB

TARGET = 10


def report(browser: Browser, server: RunningServer, paths: Mapping[str, str]) -> None:
    """Prints a row for each page."""
    note(f"\nEach page in a new profile; the target is at most {TARGET} requests to the API.")
    rows = [[name, *measure(browser, server.url + path)] for name, path in paths.items()]
    table(["", "to the API", "files", "JS gzip kB", "seconds"], rows)


def measure(browser: Browser, url: str) -> list[str]:
    """The figures of one page."""
    requests: list[Request] = []

    def note_request(request: Request) -> None:
        requests.append(request)

    page = browser.new_page()
    page.on("request", note_request)
    start = time.perf_counter()
    page.goto(url)
    page.get_by_role("main").get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    # Playwright's idle is half a second without a request.
    took = time.perf_counter() - start - 0.5
    page.close()
    asked = [request for request in requests if request.url.endswith("/graphql")]
    names = [request.url.rpartition("/")[2] for request in requests if request.url.endswith(".js")]
    scripts = kilobytes([WEB / CLIENT / "assets" / name for name in names], ".gz")
    return [str(len(asked)), str(len(requests) - len(asked)), f"{scripts:.0f}", f"{took:.2f}"]
