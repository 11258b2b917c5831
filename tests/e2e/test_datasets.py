"""A dataset in the web client: built, split, exported, checked and deleted."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow.parquet
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, Seen
from tests.support.stock import Stock


def test_a_dataset_is_built_split_exported_checked_and_deleted(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/datasets")
    page.get_by_role("link", name="New dataset").click()
    page.get_by_role("textbox", name="Name").fill("walked")
    page.get_by_role("textbox", name="Limit").fill("20")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("the newest 20 of them become members")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", name="walked-1")).to_be_visible()

    page.get_by_role("button", name="Split…").click()
    page.get_by_role("button", name="Split", exact=True).click()
    expect(page.get_by_role("link", name="walked-train-1")).to_be_visible()
    page.get_by_role("button", name="Close").last.click()
    page.get_by_role("tab", name="Lineage").click()
    expect(page.get_by_role("list", name="Lineage").get_by_role("link")).to_have_count(3)

    page.get_by_role("tab", name="Exports").click()
    page.get_by_role("combobox", name="Format of the file").click()
    page.get_by_role("option", name="Parquet").click()
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as parquet:
        page.get_by_role("button", name="Download").click()
    assert pyarrow.parquet.read_table(parquet.value.path()).num_rows == 20

    page.get_by_role("tab", name="Training").click()
    page.get_by_role("button", name="Generate manifest").click()
    expect(page.get_by_label("Manifest as YAML")).to_contain_text("runner: tunix")
    with page.expect_download() as lines:
        page.get_by_role("link", name="Export JSONL").click()
    assert len(Path(lines.value.path()).read_text().splitlines()) == 20

    page.get_by_role("tab", name="Checks").click()
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("Intact: every member is stored, unchanged.")).to_be_visible()
    page.get_by_role("combobox", name="Other dataset").fill("walked-tr")
    page.get_by_role("option", name="walked-train-1").click()
    # Which prompts the newest twenty traces have, and so how many of them are in a part, differs from run to run.
    expect(page.get_by_text(re.compile(r"^[1-9]\d* prompts? (is|are) in both\.$"))).to_be_visible()

    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete the dataset").click()
    expect(page.get_by_text("walked-1 is deleted.")).to_be_visible()
    expect(page).to_have_url(f"{stock.server.url}/datasets")


def test_the_line_below_the_tabs_is_as_wide_as_a_small_screen(page: Page, seen: Seen, stock: Stock):
    page.set_viewport_size(PHONE)
    page.goto(f"{stock.server.url}/datasets/{stock.dataset}?tab=leaderboard")
    tabs = page.get_by_role("tablist")
    expect(tabs.get_by_role("tab", name="Leaderboard")).to_be_in_viewport()
    assert tabs.evaluate("row => row.scrollLeft") > 0

    picture = Image.open(io.BytesIO(tabs.screenshot())).convert("RGB")

    background = picture.getpixel((0, 0))
    assert background not in {picture.getpixel((x, picture.height - 1)) for x in range(picture.width)}
