"""What opens over the list of traces, and texts that are hard to lay out."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import DESKTOP, PHONE, Seen, assert_accessible
from tests.support.servers import RunningServer
from tests.support.stock import ask, trace_uuids

CREATE = "mutation ($input: CreateTracesInput!) { createTraces(input: $input) { createdCount errors { message } } }"
DOOMED = {"source": {"eq": "doomed"}}
LONG_WORD = "incomprehensibility" * 200
RIGHT_TO_LEFT = "ما هو مجموع ٣ و ٤؟"


def trace(source: str, prompt: str = "Why?", answer: str = "Because.") -> dict[str, Any]:
    return {
        "prompt": prompt,
        "finalAnswer": answer,
        "steps": [{"type": "thought", "content": f"{prompt} {answer}"}],
        "meta": {"source": source},
    }


def store(server: RunningServer, *traces: dict[str, Any]) -> None:
    ask(server, CREATE, input={"traces": list(traces)})


def press_escape(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_everything_that_opens_over_the_list_is_accessible(page: Page, seen: Seen, empty_server: RunningServer):
    store(empty_server, trace("kept"), trace("doomed"))
    page.set_viewport_size(DESKTOP)
    page.goto(f"{empty_server.url}/traces")
    expect(page.get_by_role("link", name="Why?")).to_have_count(2)

    page.keyboard.press("f")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)
    press_escape(page)
    for button, dialog in (
        ("Edit as JSON", "JSON"),
        ("Choose columns", "columns"),
        ("Views", "views"),
    ):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog", name=dialog)).to_be_visible()
        assert_accessible(page)
        press_escape(page)
    page.get_by_role("checkbox", name="Select row 1").check()
    for action in ("Score", "Export"):
        page.get_by_role("region", name="Selected traces").get_by_role("button", name=action).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert_accessible(page)
        press_escape(page)


def test_a_view_is_saved_and_all_that_it_shows_is_deleted(page: Page, seen: Seen, empty_server: RunningServer):
    store(empty_server, trace("kept"), *(trace("doomed") for _ in range(3)))
    page.set_viewport_size(DESKTOP)
    page.goto(f"{empty_server.url}/traces?where={json.dumps(DOOMED)}")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("textbox", name="Name of the view").fill("Doomed")
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Saved views").get_by_role("link", name="Doomed")).to_be_visible()

    page.goto(f"{empty_server.url}/traces")
    page.get_by_role("button", name="Views").click()
    opener = page.get_by_role("button", name="Delete the view Doomed")
    opener.click()
    question = page.get_by_role("dialog", name="Delete the view Doomed?")
    expect(question.get_by_role("button", name="Keep it")).to_be_focused()
    assert_accessible(page)
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(opener).to_be_focused()
    page.get_by_role("link", name="Doomed").click()
    grid = page.get_by_role("grid", name="Traces")
    expect(grid).to_have_attribute("aria-rowcount", "4")
    page.get_by_role("checkbox", name="Select all loaded rows").check()
    page.get_by_role("region", name="Selected traces").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete 3 traces?")
    expect(dialog.get_by_role("textbox")).to_be_focused()
    assert_accessible(page)
    confirm = dialog.get_by_role("button", name="Delete the traces")
    dialog.get_by_role("textbox").fill("2")
    expect(confirm).to_be_disabled()
    dialog.get_by_role("textbox").fill("3")
    confirm.click()

    expect(page.get_by_role("main")).to_contain_text("No trace matches")
    assert len(trace_uuids(empty_server)) == 1


def test_long_words_and_right_to_left_texts_stay_on_a_phone(page: Page, seen: Seen, empty_server: RunningServer):
    store(empty_server, trace("long", LONG_WORD, LONG_WORD), trace("arabic", RIGHT_TO_LEFT, "سبعة"))
    (long,) = trace_uuids(empty_server, source={"eq": "long"})
    (arabic,) = trace_uuids(empty_server, source={"eq": "arabic"})
    page.set_viewport_size(PHONE)

    for path in ("/traces", f"/traces/{long}", f"/traces/{arabic}", f"/compare?a={long}&b={arabic}", "/review"):
        page.goto(empty_server.url + path)
        expect(page.get_by_role("main").get_by_text(re.compile("incompre|مجموع")).first).to_be_visible()
        for element in ("document.documentElement", "document.querySelector('main')"):
            assert page.evaluate(f"{element}.scrollWidth") <= PHONE["width"], path
    page.goto(f"{empty_server.url}/traces/{arabic}")
    step = page.get_by_role("article", name="Step 0", exact=True).get_by_text(RIGHT_TO_LEFT)
    expect(step).to_have_css("direction", "rtl")
