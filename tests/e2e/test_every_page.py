"""What holds for every page of the web client, on a server that has something on each."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, Request, expect

from tests.support.browser import DESKTOP, PHONE, TABLET, Seen, assert_accessible, use_scheme
from tests.support.stock import CODE, Stock

REQUESTS_MAX = 10

PAGES: dict[str, Callable[[Stock], str]] = {
    "overview": lambda stock: "/",
    "traces": lambda stock: "/traces",
    "traces-filtered": lambda stock: "/traces?" + urlencode({"where": json.dumps(CODE)}),
    "upload": lambda stock: "/traces/upload",
    "trace": lambda stock: f"/traces/{stock.answers[0]}",
    "training-text": lambda stock: f"/traces/{stock.answers[0]}?view=training",
    "no-trace": lambda stock: "/traces/00000000-0000-7000-8000-000000000000",
    "groups": lambda stock: "/groups",
    "group": lambda stock: "/groups/" + quote(stock.group, safe=""),
    "compare": lambda stock: "/compare",
    "compared": lambda stock: "/compare?" + urlencode({"a": stock.answers[0], "b": stock.answers[1]}),
    "review": lambda stock: "/review?" + urlencode({"where": json.dumps(CODE)}),
    "datasets": lambda stock: "/datasets",
    "new-dataset": lambda stock: "/datasets/new?" + urlencode({"where": json.dumps(CODE)}),
    "dataset": lambda stock: f"/datasets/{stock.dataset}",
    "members": lambda stock: f"/datasets/{stock.dataset}?tab=members",
    "lineage": lambda stock: f"/datasets/{stock.dataset}?tab=lineage",
    "exports": lambda stock: f"/datasets/{stock.dataset}?tab=exports",
    "dataset-training": lambda stock: f"/datasets/{stock.dataset}?tab=training",
    "leaderboard": lambda stock: "/datasets/sums-1?tab=leaderboard",
    "runs": lambda stock: "/runs",
    "new-run": lambda stock: f"/runs/new?dataset={stock.dataset}",
    "run": lambda stock: f"/runs/{stock.runs[1]}",
    "dry-run": lambda stock: f"/runs/{stock.dry_run}",
    "compared-runs": lambda stock: "/runs/compare?" + urlencode({"ids": ",".join(stock.runs)}),
    "generations": lambda stock: "/generations",
    "new-generation": lambda stock: "/generations/new",
    "evaluations": lambda stock: "/evaluations",
    "agreement": lambda stock: "/agreement?a=answer_match&b=baseline&thresholdB=50",
    "contamination": lambda stock: f"/datasets/{stock.dataset}?tab=checks&with=sums-1&train={stock.dataset}",
    "new-evaluation": lambda stock: "/evaluations/new",
    "evaluation": lambda stock: f"/evaluations/{stock.evaluation}",
    "integrations": lambda stock: "/integrations",
    "keys": lambda stock: "/keys",
    "new-key": lambda stock: "/keys/new",
    "audit": lambda stock: "/audit",
    "no-page": lambda stock: "/integrations/no-such-page",
}


def open_page(page: Page, url: str) -> list[Request]:
    """Opens a page, waits until it has loaded all that it asks for, and returns its requests to the API."""
    requests: list[Request] = []

    def note(request: Request) -> None:
        requests.append(request)

    page.on("request", note)
    page.goto(url)
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    return [request for request in requests if request.url.endswith("/graphql")]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_accessible_frugal_and_fits_small_screens(page: Page, seen: Seen, stock: Stock, name: str):
    page.set_viewport_size(DESKTOP)
    requests = open_page(page, stock.server.url + PAGES[name](stock))

    expect(page.get_by_role("heading", name="No such page")).to_have_count(1 if name == "no-page" else 0)
    assert page.title() == f"{page.get_by_role('heading', level=1).inner_text()} · tunix-rt"
    assert len(requests) <= REQUESTS_MAX
    assert_accessible(page)

    use_scheme(page, "light")
    for size in (TABLET, PHONE):
        page.set_viewport_size(size)
        page.get_by_role("main").hover()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert (
            page.evaluate("(({scrollWidth, clientWidth}) => scrollWidth - clientWidth)(document.querySelector('main'))")
            <= 0
        )
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Overview", exact=True)).to_be_visible()
