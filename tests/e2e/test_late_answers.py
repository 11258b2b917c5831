"""The web client where an answer of the server comes late: after a newer one, or after a key."""

from __future__ import annotations

import json
import re

from playwright.sync_api import APIResponse, Page, Route, expect

from tests.support.browser import Seen
from tests.support.stock import CODE, Stock, ask, create_dataset


class HeldAnswers:
    """The answers of one operation, which reach the page only when they are released; the server has given them."""

    def __init__(self, page: Page, operation: str) -> None:
        self.page, self.operation = page, operation
        self._held: list[tuple[Route, APIResponse]] = []
        self._is_released = False
        page.route("**/graphql", self._answer)

    def _answer(self, route: Route) -> None:
        operation = json.loads(route.request.post_data or "{}").get("operationName")
        if self._is_released or operation != self.operation:
            route.continue_()
        else:
            self._held.append((route, route.fetch()))

    def wait(self) -> None:
        """Waits until an answer is held."""
        while not self._held:
            self.page.wait_for_timeout(20)

    def release(self) -> None:
        """Lets the held answers reach the page, and holds no more of them."""
        self._is_released = True
        for route, response in self._held:
            route.fulfill(response=response)


def test_an_export_is_listed_that_was_started_before_the_list_was_loaded(page: Page, seen: Seen, stock: Stock):
    dataset = create_dataset(stock.server, "exported-early", CODE)
    earlier = HeldAnswers(page, "DatasetExports")
    page.goto(f"{stock.server.url}/datasets/{dataset}?tab=exports")
    earlier.wait()
    with page.expect_response(lambda response: "StartExport" in (response.request.post_data or "")):
        page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("button", name="Export", exact=True)).to_be_enabled()

    earlier.release()

    expect(page.get_by_role("list", name="Exports").get_by_role("button", name="Download")).to_be_visible()


def stored_scores(stock: Stock) -> list[float]:
    """Returns the scores of the reviewer ``late``, oldest first."""
    query = '{ scores(where: { scorer: { eq: "review/late" } }, orderBy: [{ field: SCORED_AT }]) { nodes { score } } }'
    return [score["score"] for score in ask(stock.server, query)["nodes"]]


def test_a_score_is_stored_at_once_and_deleted_by_an_undo(page: Page, seen: Seen, stock: Stock):
    dataset = create_dataset(stock.server, "reviewed-late", CODE)
    address = f"{stock.server.url}/review?dataset={dataset}&reviewer=late"
    main = page.get_by_role("main")
    page.goto(address)
    expect(main).to_contain_text(re.compile("0 of [0-9]+ reviewed"))
    expect(page.get_by_role("article", name="Trace")).to_be_visible()
    page.keyboard.press("1")
    expect(main).to_contain_text(re.compile("1 of [0-9]+ reviewed"))
    page.keyboard.press("u")
    expect(main).to_contain_text(re.compile("0 of [0-9]+ reviewed"))
    expect(main).not_to_contain_text("storing")
    assert stored_scores(stock) == []

    page.goto(f"{stock.server.url}/traces")
    page.goto(address)
    expect(main).to_contain_text(re.compile("0 of [0-9]+ reviewed"))
    expect(page.get_by_role("article", name="Trace")).to_be_visible()
    page.keyboard.press("3")
    expect(main).to_contain_text(re.compile("1 of [0-9]+ reviewed"))
    page.goto(f"{stock.server.url}/traces")
    while not stored_scores(stock):
        page.wait_for_timeout(100)

    assert stored_scores(stock) == [0.0]
