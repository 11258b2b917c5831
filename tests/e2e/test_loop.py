"""The loop in the web client: a run answers prompts, its answers are compared, the correct ones become a dataset."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import Seen, assert_accessible
from tests.support.stock import CREATE_TRACES, Stock, ask, create_dataset

PROMPTS = 6
JOB_SECONDS = 120
"""How long a job of the stand-in may take on a machine that does other work."""


def answers(source: str, answer: str) -> list[dict[str, Any]]:
    """Returns answers to prompts that all have the reference answer 1, which the stand-in gives to one of them."""
    steps = [{"type": "thought", "content": f"It is {answer}."}]
    return [
        {"prompt": f"How often is {number} in {number}?", "finalAnswer": answer, "referenceAnswer": "1", "steps": steps}
        | {"meta": {"source": source}}
        for number in range(2, 2 + PROMPTS)
    ]


def generate(page: Page, stock: Stock) -> None:
    """The page of a run leads to the form, which has its model; the generation is followed to its end."""
    page.goto(f"{stock.server.url}/runs/{stock.runs[0]}")
    page.get_by_role("link", name="Generate answers").click()
    form = page.get_by_role("form", name="Generate answers")
    expect(form.get_by_role("combobox", name="Model")).to_have_value("run:slow")
    form.get_by_role("combobox", name="Dataset").click()
    form.get_by_role("combobox", name="Dataset").fill("loop")
    page.get_by_role("option", name=re.compile("loop-1")).click()
    form.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("heading", name="Answers of run:slow")).to_be_visible()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=JOB_SECONDS * 1000)
    expect(page.get_by_role("table", name="Newest answers").get_by_role("row")).to_have_count(PROMPTS + 1)
    assert_accessible(page)


def evaluate(page: Page) -> None:
    """The generation leads to the form of an evaluation, which has its answers; two sources are added."""
    page.get_by_role("link", name="Evaluate", exact=True).click()
    form = page.get_by_role("form", name="New evaluation")
    form.get_by_role("textbox", name="Name", exact=True).fill("the loop")
    expect(form.get_by_role("combobox", name="Dataset")).to_have_value("loop-1")
    form.get_by_role("textbox", name="Name of candidate 1").fill("run")
    form.get_by_role("button", name="Add a candidate").click()
    for place, source in ((2, "teacher"), (3, "beginner")):
        form.get_by_role("combobox", name=f"Answers of candidate {place}").fill(f"loop-{source}")
        form.get_by_role("textbox", name=f"Name of candidate {place}").fill(source)
    form.get_by_role("button", name="Evaluate").click()
    expect(page.get_by_role("heading", name="the loop")).to_be_visible()
    expect(page.get_by_text("Completed", exact=True)).to_be_visible(timeout=JOB_SECONDS * 1000)


def read_results(page: Page) -> None:
    """One answer is correct: the run loses the other prompts to the teacher, and wins one against the beginner."""
    rows = page.get_by_role("table", name="Candidates").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("teacher")
    expect(rows.nth(3)).to_contain_text("beginner")
    for other, result, count in (("teacher", "losses", PROMPTS - 1), ("beginner", "wins", 1)):
        chips = page.get_by_role("group", name=f"Results of run against {other}")
        chips.get_by_role("button", name=f"{count} {result}").click()
        prompts = page.get_by_role("list", name=f"Prompts: {result}")
        expect(prompts.get_by_text("Compare step by step")).to_have_count(count)
    assert_accessible(page)


def test_a_run_answers_is_evaluated_and_its_correct_answers_become_a_dataset(page: Page, seen: Seen, stock: Stock):
    for source, answer in (("loop-teacher", "1"), ("loop-beginner", "22")):
        ask(stock.server, CREATE_TRACES, input={"traces": answers(source, answer)})
    create_dataset(stock.server, "loop", {"source": {"eq": "loop-teacher"}})
    generate(page, stock)
    generation = page.url
    evaluate(page)
    read_results(page)

    page.goto(generation)
    page.get_by_role("link", name="Build a dataset").click()
    expect(page.get_by_role("region", name="Preview")).to_contain_text("1 trace")
    page.get_by_role("textbox", name="Name").fill("correct")
    page.get_by_role("button", name="Create dataset").click()
    expect(page.get_by_role("heading", name="correct-1")).to_be_visible()
    expect(page.get_by_role("link", name="Start a run")).to_be_visible()
