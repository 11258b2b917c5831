"""Answers without reasoning: traces with one step of the type ``answer``, in and out of every format."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.exported_lines import exported
from tests.support.factories import MAX_BYTES
from tests.support.import_lines import parse
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions, export_formats
from tunix_rt.domain.text import decode_json
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import ValidationErrors

ALONE = [{"i": 0, "type": "answer", "content": "42"}]


def draft(format_: str, record: dict[str, Any]) -> TraceDraft:
    """The trace that an import makes of a record."""
    parsed = parse(format_, record)
    return validate_trace(parsed.trace, MAX_BYTES, *parsed.known)


def chat(answer: str) -> dict[str, Any]:
    """A conversation."""
    return {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": answer}]}


NATIVE = {"trace_version": "1.0", "prompt": "q", "final_answer": "42"}


@pytest.mark.parametrize(
    ("format_", "record"),
    [
        ("jsonl", NATIVE),
        ("jsonl", NATIVE | {"steps": []}),
        ("jsonl", NATIVE | {"steps": None}),
        ("chat_messages", chat("42")),
        ("chat_messages", chat("Answer: 42")),
        ("chat_messages", chat("<think>\n\n</think>\n\n42")),
        ("prompt_completion", {"prompt": "q", "completion": "42"}),
        ("prompt_completion", {"prompt": "q", "completion": "<answer>42</answer>"}),
        ("training_example", {"prompt": "q", "response": "Reasoning:\n\nAnswer: 42"}),
        ("training_example", {"prompt": "q", "response": "Answer: 42"}),
        ("trace", {"prompts": "q", "trace_steps": [], "final_answer": "42", "metadata": {}}),
    ],
)
def test_an_answer_without_reasoning_becomes_a_step_of_its_type(format_: str, record: dict[str, Any]):
    found = draft(format_, record).payload

    assert [{"i": step.i, "type": step.type, "content": step.content} for step in found.steps] == ALONE
    assert found.final_answer == "42"


@pytest.mark.parametrize("format_", list(export_formats()))
@pytest.mark.parametrize("round_trip", [False, True])
def test_an_export_of_an_answer_without_reasoning_comes_back_as_one(format_: ExportFormat, round_trip: bool):
    before = validate_trace(NATIVE | {"steps": ALONE}, MAX_BYTES)

    line = decode_json(exported(before, format_, FormatOptions(round_trip=round_trip)))
    after = draft(format_.value, line)

    assert after.payload.steps == before.payload.steps
    assert after.payload.final_answer == "42"
    assert "1. 42" not in str(line)


def test_a_missing_final_answer_is_reported_without_the_steps_which_are_optional():
    with pytest.raises(ValidationErrors, match="final_answer must be a string") as caught:
        draft("jsonl", {"trace_version": "1.0", "prompt": "q"})

    assert [error.path for error in caught.value.errors] == [("final_answer",)]
