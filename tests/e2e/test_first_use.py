"""The path of somebody who uses the web client for the first time, from nothing to two models that are compared.

It is walked by the keyboard alone: only addresses are opened otherwise.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import Seen
from tests.support.keyboard import Keyboard
from tests.support.servers import RunningServer, serving

QUESTIONS = 12
TRAINING_SECONDS = 120
"""How long a tiny training may take on a machine that does other work."""
PARAMETERS = {
    "Learning rate": "0.01",
    "Batch size": "4",
    "Maximum tokens": "128",
    "Maximum steps": "6",
}


@pytest.fixture
def new_server(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server without any data, whose trainers keep their compiled programs for the next one."""
    programs = tmp_path_factory.mktemp("programs")
    environment = {"TUNIX_RT_LOAD_SAMPLES": "false", "JAX_COMPILATION_CACHE_DIR": str(programs)}
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as running:
        yield running


def questions() -> str:
    """Returns short traces as JSON lines, as somebody would paste them."""
    lines = [
        {
            "trace_version": "1.0",
            "prompt": f"What is {number} + {number}?",
            "final_answer": str(2 * number),
            "steps": [{"i": 0, "type": "calculation", "content": f"Twice {number} is {2 * number}."}],
            "meta": {"source": "pasted"},
        }
        for number in range(1, QUESTIONS + 1)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def test_from_nothing_to_two_compared_models(page: Page, seen: Seen, new_server: RunningServer):
    page.goto(new_server.url)
    keys = Keyboard(page)
    load_samples(keys)
    upload(keys)
    filter_by_source(keys)
    score_by_hand(keys)
    review_ten(keys, new_server)
    build_dataset(keys, new_server)
    export(keys)
    check_and_train(keys, "first")
    train_another(keys, "second")
    compare(keys)


def button(page: Page | Locator, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def load_samples(keys: Keyboard) -> None:
    """The overview of an empty server shows where to start, and loads the samples."""
    page = keys.page
    start = page.get_by_role("region", name="Start here")
    expect(start.get_by_role("listitem")).to_have_count(3)
    keys.press(button(start, "Load the samples"))
    expect(start.get_by_label("Done")).to_have_count(1)
    expect(page.get_by_role("main")).to_contain_text("1 January 2024 was a Monday.")


def upload(keys: Keyboard) -> None:
    """Pasted JSON lines are uploaded; the line that is refused is shown with its reason."""
    page = keys.page
    keys.press(page.get_by_role("link", name="Upload"))
    keys.type(page.get_by_role("textbox", name="Traces as text"), questions() + '{"prompt": "Incomplete"}\n')
    keys.select(page.get_by_role("combobox", name="Invalid lines"), "Skip them")
    keys.press(button(page, "Upload"))
    expect(page.get_by_label("Result")).to_have_text(f"{QUESTIONS} traces added, 1 line refused.")
    refused = page.get_by_role("region", name="Refused lines").get_by_role("listitem")
    expect(refused.first).to_contain_text(f"line {QUESTIONS + 1}")
    expect(refused.first).to_contain_text('"Incomplete"')


def filter_by_source(keys: Keyboard) -> None:
    """The filter bar leaves the pasted traces, and the address keeps the filter."""
    page = keys.page
    keys.press(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Traces"))
    grid = page.get_by_role("grid", name="Traces")
    expect(grid).to_have_attribute("aria-rowcount", str(1 + 60 + QUESTIONS))
    keys.press(button(page, "Filter"))
    keys.choose(page.get_by_role("menuitem", name="Source", exact=True))
    keys.type(page.get_by_role("textbox", name="Value").or_(page.get_by_role("combobox", name="Value")), "pasted")
    keys.press(button(page, "Apply"))
    expect(grid).to_have_attribute("aria-rowcount", str(1 + QUESTIONS))
    expect(page).to_have_url(re.compile("where=.*pasted"))


def score_by_hand(keys: Keyboard) -> None:
    """A trace is opened, the next one reached by a key, and given a score."""
    page = keys.page
    page.keyboard.press("j")
    expect(page.get_by_role("row").filter(has_text=f"What is {QUESTIONS} +")).to_have_attribute("data-active", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Step 0")).to_contain_text(f"Twice {QUESTIONS} is {2 * QUESTIONS}.")
    expect(page.get_by_role("link", name="Next trace", disabled=False)).to_be_visible()
    page.keyboard.press("]")
    expect(page.get_by_role("main")).to_contain_text(f"Twice {QUESTIONS - 1} is")
    page.keyboard.press("s")
    form = page.get_by_role("form", name="Add a score")
    keys.type(form.get_by_role("textbox", name="Score", exact=True), "0.75")
    keys.type(form.get_by_role("textbox", name="Rationale"), "Short, but right.")
    keys.press(button(form, "Add"))
    expect(form).to_have_count(0)
    expect(page.get_by_role("complementary", name="Scores and details")).to_contain_text("0.75")


def review_ten(keys: Keyboard, server: RunningServer) -> None:
    """Ten traces are reviewed by the keyboard alone; one of them is skipped, one is corrected."""
    page = keys.page
    page.goto(f"{server.url}/review?where=" + json.dumps({"source": {"eq": "pasted"}}))
    main = page.get_by_role("main")
    expect(main).to_contain_text(f"0 of {QUESTIONS} reviewed")
    page.keyboard.press("s")
    for number in range(1, 11):
        expect(page.get_by_role("article", name="Trace")).to_contain_text(f"Twice {number + 1} is")
        page.keyboard.press("1")
    expect(main).to_contain_text(f"10 of {QUESTIONS} reviewed")
    page.keyboard.press("u")
    expect(main).to_contain_text(f"9 of {QUESTIONS} reviewed")
    page.keyboard.press("3")
    expect(main).to_contain_text(f"10 of {QUESTIONS} reviewed")


def build_dataset(keys: Keyboard, server: RunningServer) -> None:
    """A dataset is built of the traces that were reviewed, and counts them while its filter changes."""
    page = keys.page
    where = {"source": {"eq": "pasted"}}
    page.goto(f"{server.url}/datasets/new?where=" + json.dumps(where))
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text(f"{QUESTIONS} traces match")
    keys.type(page.get_by_role("textbox", name="Limit"), "10")
    expect(preview).to_contain_text("10 of them")
    keys.type(page.get_by_role("textbox", name="Name"), "sums")
    keys.press(button(page, "Create dataset"))
    expect(page.get_by_role("heading", name="sums-1", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("10")


def export(keys: Keyboard) -> None:
    """The dataset is exported, and its file has the traces."""
    page = keys.page
    keys.turn_to(page.get_by_role("tab", name="Exports"))
    keys.press(button(page, "Export"))
    with page.expect_download() as downloading:
        keys.press(button(page.get_by_role("list", name="Exports"), "Download"))
    lines = Path(downloading.value.path()).read_text().splitlines()
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert [f"Twice {number} is {2 * number}." in "".join(lines) for number in (QUESTIONS, QUESTIONS - 9, 2)] == [
        True,
        True,
        False,
    ]
    assert len(lines) == 10


def check_and_train(keys: Keyboard, name: str) -> None:
    """The form checks the run first, and then trains; the page of the run follows it until its end."""
    page = keys.page
    keys.press(page.get_by_role("link", name="Start a run", exact=True))
    form = page.get_by_role("form", name="Start a run")
    expect(form.get_by_role("combobox", name="Dataset", exact=True)).to_have_value("sums-1")
    keys.type(form.get_by_role("combobox", name="Base model"), "tiny-random/qwen3")
    batch = form.get_by_role("textbox", name="Batch size")
    keys.type(batch, "0")
    keys.press(button(page, "Check"))
    expect(batch).to_have_accessible_description(re.compile("must be 1 to 512"))
    for label, value in PARAMETERS.items():
        keys.type(form.get_by_role("textbox", name=label, exact=True), value)
    keys.type(form.get_by_role("textbox", name="Output name"), name)
    expect(button(page, "Start training")).to_be_disabled()
    keys.press(button(page, "Check"))
    check = page.get_by_role("region", name="Dry run")
    expect(check).to_contain_text("6 steps")
    expect(check.get_by_role("row", name="Records 10")).to_be_visible()
    watch(keys, button(page, "Start training"), name)


def watch(keys: Keyboard, start: Locator, name: str) -> None:
    """Starts a training, and follows it to its end without loading the page again."""
    page = keys.page
    keys.press(start)
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    main = page.get_by_role("main")
    expect(main.get_by_text("Running", exact=True).first).to_be_visible(timeout=TRAINING_SECONDS * 1000)
    expect(main.get_by_text(re.compile("step 1 of 6|step [2-6] of 6"))).to_be_visible(timeout=TRAINING_SECONDS * 1000)
    expect(main.get_by_text("Completed", exact=True).first).to_be_visible(timeout=TRAINING_SECONDS * 1000)
    expect(main.get_by_role("img", name=re.compile("loss", re.IGNORECASE)).first).to_be_visible()
    keys.turn_to(page.get_by_role("tab", name="Files"))
    expect(main).to_contain_text("model.safetensors")


def train_another(keys: Keyboard, name: str) -> None:
    """Another run starts with the settings of the first, one of which is changed."""
    page = keys.page
    keys.press(page.get_by_role("link", name="Start another"))
    form = page.get_by_role("form", name="Start a run")
    expect(form.get_by_role("textbox", name="Maximum steps")).to_have_value("6")
    keys.type(form.get_by_role("textbox", name="Learning rate", exact=True), "0.001")
    keys.type(form.get_by_role("textbox", name="Output name"), name)
    keys.press(button(page, "Check"))
    expect(button(page, "Start training")).to_be_enabled()
    watch(keys, button(page, "Start training"), name)


def compare(keys: Keyboard) -> None:
    """The second run is compared with the first; of their settings only those that differ are listed."""
    page = keys.page
    link = page.get_by_role("link", name="Compare", exact=True).last
    expect(link).to_have_attribute("href", re.compile("ids=[^,]+,"))
    keys.press(link)
    table = page.get_by_role("table").first
    expect(table).to_contain_text("0.001")
    expect(table).to_contain_text("0.01")
    expect(table).not_to_contain_text("Batch size")
