"""The web client by keyboard alone: the mouse is not touched in these tests."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.support.browser import Seen, assert_accessible
from tests.support.stock import Stock, trace_uuids


def press(page: Page, *keys: str) -> None:
    """Presses keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def test_traces_are_found_ticked_opened_and_left_by_keys(page: Page, seen: Seen, stock: Stock):
    page.goto(stock.server.url)
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    press(page, "g", "t")
    grid = page.get_by_role("grid", name="Traces")
    expect(grid).to_be_visible()

    press(page, "/")
    search = page.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("number")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("number"))
    found = len(trace_uuids(stock.server, search="number"))
    expect(grid).to_have_attribute("aria-rowcount", str(1 + found))
    press(page, "Escape")
    expect(search).not_to_be_focused()

    press(page, "j", "j", "k", "x")
    expect(page.get_by_role("status").filter(has_text="loaded")).to_contain_text("1 selected")
    expect(grid.locator("[data-active=true]")).to_have_attribute("aria-rowindex", "2")
    press(page, "j", "Enter")
    expect(page).to_have_url(re.compile(r"/traces/[0-9a-f-]{36}\?"))
    expect(page.get_by_role("article", name="Step 0", exact=True)).to_be_visible()
    opened = page.url
    expect(page.get_by_role("link", name="Next trace", disabled=False)).to_be_visible()
    press(page, "]")
    expect(page).not_to_have_url(opened)
    expect(page.get_by_role("link", name="Previous trace")).to_have_attribute(
        "href", opened.removeprefix(stock.server.url)
    )
    press(page, "[")
    expect(page).to_have_url(opened)


def test_the_list_of_keys_and_the_palette_reach_everything(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/traces")
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()
    press(page, "?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_role("region", name="List")).to_contain_text("Next row")
    expect(keys.get_by_role("region", name="Go to")).to_contain_text("Runs")
    assert_accessible(page)
    press(page, "Escape")
    expect(keys).to_have_count(0)

    for text, label, place in (
        ("integr", "Integrations", "/integrations"),
        ("upload", "Upload traces", "/traces/upload"),
        (stock.dataset, stock.dataset, f"/datasets/{stock.dataset}"),
        (stock.runs[0], "slow", f"/runs/{stock.runs[0]}"),
        ("euclid", "greatest common divisor", f"/traces/{trace_uuids(stock.server, externalId={'eq': 'euclid'})[0]}"),
    ):
        press(page, "Control+k")
        palette = page.get_by_role("dialog", name="Search or jump to")
        expect(palette.get_by_role("combobox", name="Search or jump to")).to_be_focused()
        if text == "integr":
            assert_accessible(page)
        page.keyboard.type(text)
        expect(palette.get_by_role("listbox")).not_to_have_attribute("aria-busy", "true")
        expect(palette.locator("[data-combobox-selected]")).to_contain_text(label)
        press(page, "Enter")
        expect(page).to_have_url(stock.server.url + place)
