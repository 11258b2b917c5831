"""The web client on bad days: an unreachable server, refusals, records deleted elsewhere, enormous traces."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browser import Seen
from tests.support.postgres import free_port
from tests.support.runs import StandIn, make_stand_in
from tests.support.servers import RunningServer, serving
from tests.support.stock import CODE, Stock, ask, create_dataset, start_run, trace_uuids

COMMAND = [sys.executable, "-m", "tunix_rt"]
LINES = 12
STEPS = 1_000
STEP_CHARACTERS = 7_800
"""So long that the trace comes close to the limit of 8 MB."""

DELETE_DATASET = "mutation ($id: ID!) { deleteDataset(input: {id: $id}) { errors { message } } }"


@pytest.fixture
def trainer(tmp_path: Path) -> StandIn:
    """A trainer that waits after its first step, and then writes lines."""
    trainer = make_stand_in(tmp_path)
    trainer.waits(steps=3, lines=LINES)
    return trainer


def test_a_run_is_followed_over_a_restart_without_a_lost_or_doubled_line(
    page: Page, seen: Seen, trainer: StandIn, tmp_path: Path
):
    port = free_port()
    with serving(COMMAND, tmp_path, trainer.environment, port=port) as server:
        run = start_run(server, create_dataset(server, "code", CODE))
        page.goto(f"{server.url}/runs/{run}?tab=logs")
        log = page.get_by_role("log")
        expect(log).to_contain_text("the stand-in trains")
        expect(page.get_by_text(re.compile("step 1 of 3"))).to_be_visible()
        server.process.kill()
        banner = page.get_by_role("status").filter(has_text="The server is unreachable")
        expect(banner).to_be_visible()
        expect(log).to_contain_text("the stand-in trains")

    with serving(COMMAND, tmp_path, trainer.environment, port=port) as server:
        expect(banner).to_have_count(0)
        trainer.open()
        expect(page.get_by_role("main")).to_contain_text("Completed")
        for number in range(LINES):
            expect(log.get_by_text(f"line {number}", exact=True)).to_have_count(1)
        numbers = log.locator("[data-seq]").evaluate_all("rows => rows.map((row) => Number(row.dataset.seq))")
        assert len(set(numbers)) == len(numbers)
        assert numbers == sorted(numbers)
        page.close()
    seen.forgive("ERR_CONNECTION", "WebSocket", "ERR_EMPTY_RESPONSE")


def test_a_refused_score_disappears_again_and_its_field_shows_why(page: Page, seen: Seen, stock: Stock):
    held: list[Route] = []

    def hold(route: Route) -> None:
        if '"CreateScore"' in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.goto(f"{stock.server.url}/traces/{stock.traces[-1]}")
    page.get_by_role("button", name="Add a score").click()
    form = page.get_by_role("form", name="Add a score")
    form.get_by_role("textbox", name="Score", exact=True).fill("1")
    form.get_by_role("textbox", name="Step", exact=True).fill("77")
    form.get_by_role("textbox", name="Scorer", exact=True).fill("refused")
    page.route("**/graphql", hold)
    form.get_by_role("button", name="Add").click()
    scores = page.get_by_role("complementary", name="Scores and details").get_by_role("list").first
    expect(scores).to_contain_text("refused")
    while not held:  # it is shown before it is sent
        page.wait_for_timeout(20)
    held[0].continue_()

    expect(scores).not_to_contain_text("refused")
    expect(form.get_by_role("textbox", name="Step", exact=True)).to_have_value("77")
    expect(form.get_by_role("textbox", name="Step", exact=True)).to_have_accessible_description(re.compile("step"))


def test_a_dataset_that_was_deleted_elsewhere_is_missed_in_words(page: Page, seen: Seen, stock: Stock):
    dataset = create_dataset(stock.server, "short-lived", CODE)
    page.goto(f"{stock.server.url}/datasets/{dataset}?tab=checks")
    expect(page.get_by_role("heading", name=dataset)).to_be_visible()
    ask(stock.server, DELETE_DATASET, id=dataset)

    page.get_by_role("button", name="Verify").click()

    expect(page.get_by_role("heading", name="This dataset does not exist")).to_be_visible()
    expect(page.get_by_role("link", name="Show all datasets")).to_be_visible()


def test_a_run_that_was_deleted_elsewhere_is_missed_in_words(page: Page, seen: Seen, stock: Stock):
    page.goto(f"{stock.server.url}/runs/no-such-run")

    expect(page.get_by_role("heading", name="There is no such run")).to_be_visible()
    expect(page.get_by_role("link", name="Show all runs")).to_be_visible()


def test_a_trace_of_a_thousand_steps_and_eight_megabytes_opens_and_scrolls(page: Page, seen: Seen, stock: Stock):
    trace = enormous_trace(stock.server)
    page.goto(f"{stock.server.url}/traces")
    expect(page.get_by_role("grid", name="Traces")).to_be_visible()
    page.goto(f"{stock.server.url}/traces/{trace}")
    expect(page.get_by_role("article", name="Step 0", exact=True)).to_be_visible()

    assert page.get_by_role("article").count() < 50
    page.goto(f"{stock.server.url}/traces/{trace}#step-999")
    expect(page.get_by_role("article", name="Step 999", exact=True)).to_be_in_viewport()
    page.get_by_role("main").evaluate("main => main.scrollTo(0, main.scrollHeight / 2)")
    expect(page.get_by_role("article", name="Step 999", exact=True)).to_have_count(0)
    expect(page.get_by_role("article", name=re.compile("^Step [456]")).first).to_be_visible()
    assert page.get_by_role("article").count() < 50


def enormous_trace(server: RunningServer) -> str:
    """Stores a trace close to the server's limit, and returns its UUID."""
    words = "so we add 1 to the sum and go on, "
    steps = [
        {"i": number, "type": "thought", "content": f"Step {number}: " + words * (STEP_CHARACTERS // len(words))}
        for number in range(STEPS)
    ]
    line = {"trace_version": "1.0", "prompt": "Count.", "final_answer": "1000", "steps": steps, "external_id": "vast"}
    headers = {"Content-Type": "application/x-ndjson"}
    body = json.dumps(line)
    report = httpx.post(f"{server.url}/v1/traces", content=body, headers=headers, trust_env=False, timeout=60).json()
    assert report["added"] == 1, report
    (trace,) = trace_uuids(server, externalId={"eq": "vast"})
    return trace
