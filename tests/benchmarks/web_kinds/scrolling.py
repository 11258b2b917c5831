"""The list of traces while it is scrolled: through pages that are being loaded, and through all rows once they are."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from tests.benchmarks.report import note, table
from tests.benchmarks.web_kinds.frames import COLUMNS, watch, watched
from tests.support.servers import RunningServer

STEPS = 600
LOAD_SECONDS = 180
ROW_HEIGHT = 34

TO_END = """
([rows, height, milliseconds]) => new Promise((resolve) => {
  const body = document.querySelector('[role="grid"][aria-label="Traces"]');
  const until = performance.now() + milliseconds;
  const down = () => {
    body.scrollTop = body.scrollHeight;
    const loaded = Math.floor(body.querySelector('[role="rowgroup"]:last-of-type').offsetHeight / height);
    if (loaded >= rows || performance.now() > until) resolve(loaded);
    else requestAnimationFrame(down);
  };
  down();
})
"""
GLIDE = """
([steps, pixels]) => new Promise((resolve) => {
  const body = document.querySelector('[role="grid"][aria-label="Traces"]');
  const step = (left) => {
    body.scrollTop += pixels;
    if (left > 0) requestAnimationFrame(() => step(left - 1));
    else resolve();
  };
  step(steps);
})
"""


def report(browser: Browser, server: RunningServer, rows: int) -> None:
    """Prints a row for each way of scrolling."""
    note(f"\nThe list of {rows:,} traces, 1440 by 900; the target is no frame over 50 ms.")
    page = browser.new_page()
    page.goto(f"{server.url}/traces")
    page.get_by_role("grid", name="Traces").get_by_role("row").nth(20).wait_for()
    page.wait_for_load_state("networkidle")
    found = [["while pages are loaded", *glide(page, 120)]]
    start = time.perf_counter()
    loaded = page.evaluate(TO_END, [rows, ROW_HEIGHT, LOAD_SECONDS * 1000])
    heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
    note(f"({loaded:,} rows loaded in {time.perf_counter() - start:.0f} s, the page's heap is {heap:,.0f} MB)")
    # All upwards and together less than all rows, so that every frame has other rows.
    for label, pixels, steps in (
        ("up, three rows a frame", -3 * ROW_HEIGHT, STEPS),
        ("up, half a screen a frame", -400, STEPS),
        ("up, a screen a frame", -800, STEPS),
        ("up, 300 rows a frame", -300 * ROW_HEIGHT, 240),
    ):
        found.append([label, *glide(page, pixels, steps)])
    page.close()
    table(COLUMNS, found)


def glide(page: Page, pixels: int, steps: int = STEPS) -> list[str]:
    """Returns the figures of scrolling by a number of pixels a frame."""
    watch(page)
    page.evaluate(GLIDE, [steps, pixels])
    return watched(page).cells()
