"""The panels of the original tunix-rt, each where it is in the web client now."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.browser import Seen
from tests.support.servers import RunningServer
from tests.support.stock import Stock

UNKNOWN = "00000000-0000-7000-8000-000000000000"


def test_health_of_the_server_and_of_rediai(page: Page, seen: Seen, stock: Stock):
    page.goto(stock.server.url)
    health = page.get_by_role("list", name="Health")

    expect(health).to_contain_text("API: healthy")
    expect(health).to_contain_text("RediAI: healthy")
    expect(health).to_contain_text("UNGAR: available")


def test_the_example_is_uploaded_and_read(page: Page, seen: Seen, empty_server: RunningServer):
    page.goto(f"{empty_server.url}/traces/upload")
    upload = page.get_by_role("button", name="Upload", exact=True)
    text = page.get_by_role("textbox", name="Traces as text")
    expect(upload).to_be_disabled()
    text.fill("{no JSON")
    upload.click()
    expect(page.get_by_role("region", name="Refused lines")).to_contain_text("line 1")

    page.get_by_role("button", name="Load example").click()
    expect(text).to_have_value(re.compile("68"))
    upload.click()
    page.get_by_role("list", name="New traces").get_by_role("link").click()

    expect(page.get_by_role("article")).to_have_count(5)
    expect(page.get_by_role("main")).to_contain_text("20")
    seen.forgive("422")


def test_two_traces_are_fetched_and_compared(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/compare")
    fetch = page.get_by_role("button", name="Fetch & Compare")
    base, other = page.get_by_role("textbox", name="Base"), page.get_by_role("textbox", name="Other")
    base.fill(stock.answers[0])
    expect(fetch).to_be_disabled()
    other.fill(UNKNOWN)
    fetch.click()
    expect(other).to_have_accessible_description(re.compile(UNKNOWN))

    other.fill(stock.answers[1])
    fetch.click()

    main = page.get_by_role("main")
    expect(main.get_by_role("row").filter(has_text="baseline")).to_have_text(re.compile(r"\d+\.\d\d.*\d+\.\d\d"))
    expect(main).to_contain_text("What is 1 + 2 + 3 + … + 100?")
    expect(main).to_contain_text("First difference")
    expect(page).to_have_url(f"{stock.server.url}/compare?a={stock.answers[0]}&b={stock.answers[1]}")


def test_ungar_generates_traces(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/integrations")
    form = page.get_by_role("form", name="Generate traces")
    count = form.get_by_role("textbox", name="Count")
    expect(count).to_have_value("5")
    expect(form.get_by_role("textbox", name="Seed")).to_have_value("42")
    count.fill("101")
    form.get_by_role("button", name="Generate").click()
    expect(count).to_have_accessible_description(re.compile("100"))
    count.fill("2")
    form.get_by_role("button", name="Generate").click()

    expect(page.get_by_role("main")).to_contain_text("Generated 2 traces")
    page.get_by_role("main").get_by_role("link", name=re.compile("[0-9a-f]{8}|duel", re.IGNORECASE)).first.click()
    expect(page).to_have_url(re.compile("/traces/"))


def test_a_manifest_is_generated_and_the_file_exported(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/datasets/{stock.dataset}?tab=training")
    page.get_by_role("button", name="Generate manifest").click()
    expect(page.get_by_label("Manifest as YAML")).to_contain_text("google/gemma-2b-it")

    with page.expect_download() as downloading:
        page.get_by_role("link", name="Export JSONL").click()
    assert downloading.value.suggested_filename == f"{stock.dataset}.tunix_sft.jsonl"
    assert len(Path(downloading.value.path()).read_text().splitlines()) == 10


def test_the_history_of_runs_and_what_each_has_written(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/runs")
    runs = page.get_by_role("grid", name="Runs")
    row = runs.get_by_role("row").filter(has_text="quick")
    for text in ("Completed", "Training", stock.dataset, "tiny-random/qwen3"):
        expect(row).to_contain_text(text)
    page.get_by_role("button", name="Refresh").click()
    row.get_by_role("link").first.click()
    page.get_by_role("tab", name="Output").click()

    output = page.get_by_role("region", name="Output")
    expect(output).to_contain_text("the stand-in trains")
    expect(output).to_contain_text("Nothing was written to stderr")


def test_a_history_without_runs(page: Page, seen: Seen, empty_server: RunningServer):
    page.goto(f"{empty_server.url}/runs")

    expect(page.get_by_role("heading", name="No runs found")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("link", name="Start a run").first).to_be_visible()
