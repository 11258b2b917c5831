"""The largest trace: how long until it can be read, and its frames while it is scrolled."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Browser, Page

from tests.benchmarks.report import median, note, table
from tests.benchmarks.web_kinds.frames import COLUMNS, watch, watched
from tests.support.servers import RunningServer
from tests.support.stock import ask

STEPS = 1_000
STEP_CHARACTERS = 20_000
TARGET_SECONDS = 1
CREATE = "mutation ($input: CreateTraceInput!) { createTrace(input: $input) { trace { uuid } errors { message } } }"
GLIDE = """
() => new Promise((resolve) => {
  const step = (left) => {
    document.scrollingElement.scrollBy(0, 120);
    document.querySelector("main").scrollBy(0, 120);
    if (left > 0) requestAnimationFrame(() => step(left - 1));
    else resolve();
  };
  step(600);
})
"""


def report(browser: Browser, server: RunningServer, rounds: int) -> None:
    """Prints the times, and the frames while scrolling."""
    uuid = ask(server, CREATE, input={"trace": huge()})["trace"]["uuid"]
    size = STEPS * STEP_CHARACTERS / 1e6
    note(f"\nA trace of {STEPS:,} steps and {size:.0f} MB; the target is {TARGET_SECONDS} s until it can be read.")
    page = browser.new_page()
    times = {"by its address": [at_address(page, f"{server.url}/traces/{uuid}") for _ in range(rounds)]}
    times["from the list"] = [from_list(page, server, uuid) for _ in range(rounds)]
    rows = [[label, f"{median(found):.2f}", f"{max(found):.2f}"] for label, found in times.items()]
    table(["", "median s", "most s"], rows)
    watch(page)
    page.evaluate(GLIDE)
    table(COLUMNS, [["scrolled", *watched(page).cells()]])
    page.close()


def huge() -> dict[str, Any]:
    """A trace of many long steps."""
    line = "The sum of $a_1$ and **two** is so large that nobody has read it to its end. "
    content = (line * (STEP_CHARACTERS // len(line) + 1))[:STEP_CHARACTERS]
    steps = [{"type": "thought", "content": content} for _ in range(STEPS)]
    return {"prompt": "How long is it?", "finalAnswer": "Very.", "steps": steps, "meta": {"source": "huge"}}


def at_address(page: Page, url: str) -> float:
    """The seconds from opening an address until its first step is there."""
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_role("article", name="Step 0", exact=True).wait_for()
    return time.perf_counter() - start


def from_list(page: Page, server: RunningServer, uuid: str) -> float:
    """The seconds from the click on a trace in the list until its first step is there."""
    page.goto(server.url + '/traces?where={"source":{"eq":"huge"}}')
    link = page.locator(f'a[href*="{uuid}"]').first
    link.wait_for()
    page.wait_for_load_state("networkidle")
    start = time.perf_counter()
    link.click()
    page.get_by_role("article", name="Step 0", exact=True).wait_for()
    return time.perf_counter() - start
