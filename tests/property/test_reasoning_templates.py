"""Reasoning templates: what a template writes is read back, and nothing that a model may write raises."""

from __future__ import annotations

from hypothesis import event, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tunix_rt.domain.reasoning_templates import ReasoningTemplate, reasoning_template
from tunix_rt.domain.reasoning_templates.step_layouts import LINES

CUSTOM = ["{steps}\n#### {answer}", "[{paragraphs}] so {answer}!", "Q {numbered_steps} = {answer}"]
MARKS = [
    *("Reasoning:\n", "\nAnswer: ", "Answer:", "<think>", "</think>", "\\boxed{", "}", "{", "<answer>", "</answer>"),
    *("####", "\n1. ", "\n2. ", "2. ", "[", "]", "=", "\n", "\n\n", " ", "\t", "\u2028"),
]
WORDS = ["x", "é🦉", "so 4", "\\frac{1}{2}", "a\nb", "7. c", "The sum"]


def templates() -> SearchStrategy[str]:
    """Templates by name or text."""
    return st.sampled_from([*(template.value for template in ReasoningTemplate), *CUSTOM])


def model_texts() -> SearchStrategy[str]:
    """Texts of marks and words, and any others."""
    return st.one_of(st.lists(st.sampled_from(MARKS + WORDS), max_size=12).map("".join), st.text(max_size=30))


def joined(words: list[str]) -> str:
    """Words with a blank between them."""
    return " ".join(words)


def plain_texts() -> SearchStrategy[str]:
    """Texts without the marks of any template."""
    return st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(joined)


@given(name=templates(), steps=st.lists(plain_texts(), max_size=4), answer=plain_texts())
def test_what_is_written_is_read_back(name: str, steps: list[str], answer: str):
    template = reasoning_template(name)
    if template.layout is LINES:
        steps = [step.replace("\n", " ") for step in steps]
    event(f"{len(steps)} steps")
    event(f"lines in a step: {any(chr(10) in step for step in steps)}")

    assert template.parse(template.render(steps, answer)) == (steps, answer, True)


@settings(max_examples=300)
@given(name=templates(), data=st.data())
def test_any_text_is_read(name: str, data: st.DataObject):
    template = reasoning_template(name)
    marks = [template.opening, template.layout.join(["x"]), template.middle, template.middle, "4", template.closing]
    text = data.draw(st.one_of(st.lists(st.sampled_from(marks), max_size=8).map("".join), model_texts()))

    parsed = template.parse(text)

    event(f"well formed: {parsed.well_formed}")
    event(f"answer: {bool(parsed.final_answer)}")
    assert all(step.strip() for step in parsed.steps)
    assert parsed.final_answer == parsed.final_answer.strip()
    if parsed.well_formed:
        leads = (template.lead(parsed.steps), template.frame(parsed.steps))
        texts = [f"{lead}{parsed.final_answer}{template.closing}" for lead in leads]
        assert "".join(text.split()) in ["".join(found.split()) for found in texts]


@settings(max_examples=300)
@given(name=templates(), steps=st.lists(model_texts(), max_size=3), answer=model_texts())
def test_a_written_text_is_written_again_where_it_is_well_formed(name: str, steps: list[str], answer: str):
    template = reasoning_template(name)
    text = template.render(steps, answer)

    parsed = template.parse(text)

    event(f"well formed: {parsed.well_formed}, the same parts: {parsed[:2] == (steps, answer)}")
    if parsed.well_formed:
        leads = (template.lead(parsed.steps), template.frame(parsed.steps))
        texts = [f"{lead}{parsed.final_answer}{template.closing}" for lead in leads]
        assert "".join(text.split()) in ["".join(found.split()) for found in texts]
    else:
        assert parsed[:2] != (steps, answer) or not answer
