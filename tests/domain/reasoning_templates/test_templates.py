"""Reasoning templates: the text that each writes, and what is read from the text of a model."""

from __future__ import annotations

import re
import time

import pytest

from tests.support.repository import ROOT
from tunix_rt.domain.reasoning_templates import ParsedAnswer, ReasoningTemplate, reasoning_template
from tunix_rt.domain.reasoning_templates.named import TEMPLATE_TEXTS
from tunix_rt.errors import BadUserInput

STEPS, ANSWER = ["Add 1.", "Then 2."], r"\frac{1}{2}"
CUSTOM = "Steps: {steps}\n#### {answer}"

WRITTEN = {
    "numbered": "Reasoning:\n1. Add 1.\n2. Then 2.\nAnswer: \\frac{1}{2}",
    "plain": "Add 1.\nThen 2.\nAnswer: \\frac{1}{2}",
    "think": "<think>\nAdd 1.\n\nThen 2.\n</think>\n\n\\frac{1}{2}",
    "boxed": "Add 1.\nThen 2.\n\\boxed{\\frac{1}{2}}",
    "answer": "Add 1.\nThen 2.\n<answer>\\frac{1}{2}</answer>",
    CUSTOM: "Steps: Add 1.\nThen 2.\n#### \\frac{1}{2}",
}


ALONE = {
    "numbered": "Answer: \\frac{1}{2}",
    "plain": "Answer: \\frac{1}{2}",
    "think": "<think>\n\n</think>\n\n\\frac{1}{2}",
    "boxed": "\\boxed{\\frac{1}{2}}",
    "answer": "<answer>\\frac{1}{2}</answer>",
    CUSTOM: "Steps: \n#### \\frac{1}{2}",
}
"""The texts of an answer without reasoning: a heading of the steps is left out, markup is not."""


@pytest.mark.parametrize("name", WRITTEN)
def test_a_template_writes_and_reads_its_text(name: str):
    template = reasoning_template(name)

    assert template.render(STEPS, ANSWER) == WRITTEN[name]
    assert template.parse(WRITTEN[name]) == ParsedAnswer(STEPS, ANSWER, True)
    assert template.render([], ANSWER) == ALONE[name]
    assert template.parse(ALONE[name]) == ParsedAnswer([], ANSWER, True)
    assert template.parse(template.frame([]) + ANSWER + template.closing) == ParsedAnswer([], ANSWER, True)


def test_every_named_template_is_shown():
    assert {template.value for template in ReasoningTemplate} == WRITTEN.keys() - {CUSTOM}


def test_the_page_shows_each_template():
    page = (ROOT / "docs" / "reference" / "formats.md").read_text()
    shown = re.findall(r"^\| ([A-Z]+) \| `(.*\{answer\}.*)` \|$", page, re.MULTILINE)

    texts = {ReasoningTemplate[name]: text.replace("\\n", "\n") for name, text in shown}
    assert texts == TEMPLATE_TEXTS


@pytest.mark.parametrize(
    ("name", "text", "parsed"),
    [
        ("numbered", "", ([], "", False)),
        ("numbered", "Reasoning:\n1. a\n2. b", (["a", "b"], "", False)),
        ("numbered", "Well.\n1. a\n2. b\nAnswer: 4", (["Well.", "a", "b"], "4", False)),
        ("numbered", "Reasoning:\n1. a\n3. b\nAnswer: 4", (["a\n3. b"], "4", True)),
        ("numbered", "Reasoning:\n1. The Answer: 4", (["The"], "4", False)),
        ("numbered", "Reasoning:\n1. a\nAnswer:", (["a"], "", False)),
        ("numbered", "  Reasoning:\n\n1. a\n\n2. b\n\n  Answer: 4\n", (["a", "b"], "4", True)),
        ("numbered", "Reasoning:\n1. Answer: 3\nAnswer: 4", (["Answer: 3"], "4", True)),
        ("numbered", "Answer: Reasoning: 4", ([], "Reasoning: 4", True)),
        ("numbered", "Reasoning:\n\nAnswer: 4", ([], "4", True)),
        ("think", "<think>\na\n\nb", (["a", "b"], "", False)),
        ("think", "a\n</think>\n\n4", (["a"], "4", False)),
        ("think", "<think>a</think>4", (["a"], "4", True)),
        ("think", "Sure. <think>a</think>4", (["a"], "4", False)),
        ("boxed", r"So \boxed{4}", (["So"], "4", True)),
        ("boxed", "a\n\\boxed{\\frac{1}{2}}. Done", (["a"], r"\frac{1}{2}", False)),
        ("boxed", r"\boxed{3} no: \boxed{\text{4", ([r"\boxed{3} no:"], r"\text{4", False)),
        ("answer", "a\n<answer>\n4\n</answer>", (["a"], "4", True)),
        ("answer", "a\n<answer>4", (["a"], "4", False)),
        ("answer", "a\n<answer>4</answer> and more", (["a"], "4", False)),
        (CUSTOM, "Steps: a\n####4", (["a"], "4", True)),
    ],
)
def test_what_a_model_wrote_is_read_as_far_as_possible(name: str, text: str, parsed: tuple[list[str], str, bool]):
    assert reasoning_template(name).parse(text) == parsed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "template must have 1 to 2000 characters; it has 0."),
        ("{steps} {answer} {answer}", "template must have {answer} once, and one of {steps}, {paragraphs}"),
        ("{steps}{numbered_steps} = {answer}", "template must have {answer} once, and one of"),
        ("numbers", "template must have {answer} once"),
        ("{answer} since {steps}", "template must have the steps, then some text, then {answer}."),
        ("{steps}\n{answer}", "template must have the steps, then some text, then {answer}."),
        ("{steps}<end_of_turn>{answer}", "template must not have <start_of_turn> or <end_of_turn>."),
        ("\0{steps} = {answer}", "template contains a NUL character at position 0."),
        ("{steps}" + "=" * 2000 + "{answer}", "template must have 1 to 2000 characters; it has 2015."),
    ],
)
def test_a_text_that_is_no_template_is_refused(text: str, message: str):
    with pytest.raises(BadUserInput) as refused:
        reasoning_template(text)

    assert refused.value.message.startswith(message)
    assert refused.value.message.endswith("'boxed', 'answer'.") == (text == "numbers")


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize(
    "piece", ["\n", " ", "{", "}", "Answer: ", "\nAnswer: ", "\\boxed{", "<answer>", "1. ", "\n1. "]
)
def test_long_texts_are_read_in_linear_time(name: str, piece: str):
    template, text = reasoning_template(name), piece * 20_000

    start = time.process_time()
    template.parse(text)

    assert time.process_time() - start < 0.5
