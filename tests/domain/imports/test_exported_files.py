"""Import formats of exports and of conversations: the traces of their lines, and the errors of bad ones."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.exported_lines import SUM, stored
from tests.support.factories import trace
from tests.support.import_lines import MAX_BYTES, chat, parse, steps_of
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions, export_formats, get_export_format
from tunix_rt.domain.imports.formats import ParsedRecord
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput

ABOUT = {"created_at": "2026-11-23T12:01:48.150000+00:00", "trace_version": "1.0"}


def exported(format_: ExportFormat, value: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """A trace's record."""
    return get_export_format(format_).record(stored(value), FormatOptions(**options))


# Exports.


@pytest.mark.parametrize("format_", list(export_formats()))
def test_an_export_comes_back(format_: ExportFormat):
    parsed = parse(format_.value, exported(format_))

    assert parsed == ParsedRecord(SUM, None)


@pytest.mark.parametrize("format_", list(export_formats()))
def test_indexes_types_and_external_ids_come_back_with_a_note(format_: ExportFormat):
    value = trace(
        "Is 91 prime?\n\nPlease show your reasoning steps.",
        final_answer="No\nAnswer: yes",
        steps=[{"i": 7, "type": "try", "content": "a\n2. b\nAnswer: c"}, {"i": 1, "type": "check", "content": "d"}],
        meta={"format": "mine", "tunix_rt": 1},
    )
    record = get_export_format(format_).record(
        stored(value, "row-1"), FormatOptions(system_instruction="Be brief.", round_trip=True)
    )

    assert parse(format_.value, record) == ParsedRecord(value, "row-1")


def test_a_step_with_numbered_lines_is_parted_without_a_note():
    value = trace(steps=[{"i": 0, "type": "t", "content": "first\n2. second"}])

    assert steps_of(parse("tunix_sft", exported(ExportFormat.TUNIX_SFT, value))) == ["first", "second"]


@pytest.mark.parametrize("body", ["a\n2. ", "a\n3. b", "\n2. a", "1. a"])
def test_no_step_is_parted_from_nothing(body: str):
    value = trace(steps=[{"i": 0, "type": "t", "content": body}])

    assert steps_of(parse("training_example", exported(ExportFormat.TRAINING_EXAMPLE, value))) == [body]


def test_an_instruction_is_part_of_the_prompt_without_a_note():
    record = exported(ExportFormat.TUNIX_SFT, system_instruction="Be brief.")

    assert parse("tunix_sft", record).trace["prompt"] == "Be brief.\n\nWhat is 2 + 2?"


def test_control_tokens_come_back():
    value = trace("<bos> and <\u2060bos>", final_answer="<eos>")

    assert parse("tunix_sft", exported(ExportFormat.TUNIX_SFT, value)).trace["prompt"] == "<bos> and <\u2060bos>"


@pytest.mark.parametrize(
    ("name", "line", "path", "reason"),
    [
        *((format_.value, 7, (), "object") for format_ in export_formats()),
        ("trace", {}, ("prompts",), "missing"),
        ("trace", {"prompts": "p", "final_answer": "a"}, ("trace_steps",), "missing"),
        ("trace", {"prompts": "p", "final_answer": "a", "trace_steps": ["a", 1]}, ("trace_steps", 1), "string"),
        ("trace", {"prompts": "p", "final_answer": 4, "trace_steps": ["a"]}, ("final_answer",), "string"),
        ("tunix_sft", {"prompts": "p"}, ("final_answer",), "missing"),
        ("tunix_sft", {"prompts": "p", "final_answer": "a"}, ("prompts",), "start_of_turn"),
        (
            "tunix_sft",
            {"prompts": "<start_of_turn>user\nq<end_of_turn>", "final_answer": "a"},
            ("prompts",),
            "between the user's turn",
        ),
        ("training_example", {"prompt": "p"}, ("response",), "missing"),
        ("training_example", {"prompt": "p", "response": "42"}, ("response",), "numbered reasoning"),
        ("training_example", {"prompt": "p", "response": "Reasoning:\n1. \nAnswer: x"}, ("response",), "numbered"),
        ("training_example", {"prompt": "p", "response": "Reasoning:\n1. a\nAnswer: "}, ("response",), "numbered"),
        ("prompt_completion", {"prompt": "p"}, ("completion",), "missing"),
        ("trace", exported(ExportFormat.TRACE) | {"metadata": [1]}, ("metadata",), "object"),
        (
            "trace",
            exported(ExportFormat.TRACE) | {"metadata": {"trace_version": 1}},
            ("metadata", "trace_version"),
            "string",
        ),
    ],
)
def test_what_is_wrong_is_named(name: str, line: Any, path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parse(name, line)

    assert caught.value.path == path


def changed(format_: ExportFormat, **note: Any) -> dict[str, Any]:
    """A record for a round trip whose note was changed."""
    record = exported(format_, round_trip=True)
    record["metadata"]["tunix_rt"] |= note
    return record


STEP = {"i": 0, "type": "t", "chars": 16}


@pytest.mark.parametrize("format_", list(export_formats()))
@pytest.mark.parametrize(
    "note",
    [
        {"round_trip": 2},
        {"round_trip": None},
        {"colour": 1},
        {"steps": 7},
        {"steps": []},
        {"steps": [STEP]},
        {"steps": [STEP, STEP, STEP]},
        {"steps": [STEP | {"chars": -1}, STEP]},
        {"steps": [STEP | {"chars": 10**9}, STEP]},
    ],
)
def test_a_note_that_does_not_fit_is_refused(format_: ExportFormat, note: dict[str, Any]):
    with pytest.raises(BadUserInput) as caught:
        parse(format_.value, changed(format_, **note))

    assert caught.value.path in {("metadata", "tunix_rt"), ("metadata", "tunix_rt", "steps")}


@pytest.mark.parametrize("chars", [-1, 0, 10, 10**9])
def test_a_note_of_another_prompt_is_refused(chars: int):
    with pytest.raises(BadUserInput) as caught:
        parse("tunix_sft", changed(ExportFormat.TUNIX_SFT, prompt_chars=chars))

    assert caught.value.path == ("metadata", "tunix_rt", "prompt_chars")


def test_a_text_that_was_cut_after_its_note_is_refused():
    record = exported(ExportFormat.TUNIX_SFT, round_trip=True, keep_control_tokens=True)
    record["final_answer"] = "4" * 10_000

    with pytest.raises(BadUserInput) as caught:
        parse("tunix_sft", record)
    assert caught.value.path == ("prompts",)


# Conversations from elsewhere.

ANSWER = {"role": "assistant", "content": "a\n\n4"}
REASONING = "Two and two.\n\nThey make four."


@pytest.mark.parametrize(
    ("text", "steps", "answer"),
    [
        (f"<think>\n{REASONING}\n</think>\n\n4", ["Two and two.", "They make four."], "4"),
        (f"{REASONING}\n</think>\n\n4", ["Two and two.", "They make four."], "4"),
        ("<thinking>a\nb</thinking>It is 4.\n\nReally.", ["a", "b"], "It is 4.\n\nReally."),
        ("<reasoning>a</reasoning><answer> 4 </answer>", ["a"], "4"),
        ("<think>a</think>Thus $x = \\boxed{4}$.", ["a", "Thus $x = \\boxed{4}$."], "4"),
        ("<think></think>\n\nb\n\nAnswer: 4", ["b"], "4"),
        ("Reasoning:\n1. a\n2. b\nAnswer: 4", ["a", "b"], "4"),
        ("a\nb\n#### 4", ["a", "b"], "4"),
        ("#### Step\na\n\n#### 4", ["#### Step", "a"], "4"),
        ("a\n\nAnswer: 4\nor IV", ["a"], "4\nor IV"),
        ("a\n\n**Final Answer:** 4", ["a"], "4"),
        ("a\n\n**Answer: 4**", ["a"], "4"),
        ("a\n\n## Final answer\n\n4", ["a"], "4"),
        ("a\n\nThe answer: $\\boxed{4}$", ["a"], "4"),
        ("a\n\nAnswer: \\boxed{a} or \\boxed{b}", ["a"], "\\boxed{a} or \\boxed{b}"),
        ("So \\boxed{\\frac{1}{2}}.", ["So \\boxed{\\frac{1}{2}}."], "\\frac{1}{2}"),
        ("Hence the answer is 4.", ["Hence the answer is 4."], "4"),
        (f"{REASONING}\n \n4", ["Two and two.", "They make four."], "4"),
        ("a\r\n\r\nb\r\n\r\n4", ["a", "b"], "4"),
        ("a\nb\n4", ["a", "b"], "4"),
    ],
)
def test_reasoning_and_answer_are_found(text: str, steps: list[str], answer: str):
    parsed = parse("chat_messages", chat("q", text))

    assert (steps_of(parsed), parsed.trace["final_answer"]) == (steps, answer)
    assert parse("prompt_completion", {"prompt": "q", "completion": text}).trace == parsed.trace
    assert validate_trace(parsed.trace, MAX_BYTES).payload.prompt == "q"


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "thinking"])
def test_reasoning_may_have_a_field_separate(name: str):
    line = chat("q", "4")
    line["messages"][1][name] = REASONING

    assert steps_of(parse("chat_messages", line)) == ["Two and two.", "They make four."]
    assert parse("chat_messages", line).trace["final_answer"] == "4"


def test_contents_may_come_in_parts():
    line = chat("q", "4")
    line["messages"][0]["content"] = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    line["messages"][1]["content"] = [{"type": "thinking", "thinking": "two"}, {"type": "text", "text": "4"}]

    parsed = parse("chat_messages", line)

    assert (parsed.trace["prompt"], steps_of(parsed), parsed.trace["final_answer"]) == ("a\n\nb", ["two"], "4")


def test_what_stands_round_the_answer_becomes_metadata():
    line = chat("first", "answer", "second", "a\n\n4", id=17, source="mine", metadata={"level": 2})
    line["messages"].insert(0, {"role": "system", "content": "Be brief."})
    line["messages"].insert(4, {"role": "tool", "content": [1], "name": "calculator"})

    parsed = parse("chat_messages", line)

    assert parsed.external_id == "17"
    assert parsed.trace["prompt"] == "second"
    assert parsed.trace["meta"] == {
        "source": "mine",
        "level": 2,
        "system_instruction": "Be brief.",
        "history": [
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "answer"},
            {"role": "tool", "content": [1], "name": "calculator"},
        ],
    }


def test_share_gpt_is_read():
    line = {
        "conversations": [
            {"from": "system", "value": "Be brief."},
            {"from": "human", "value": "q"},
            {"from": "gpt", "value": "a\n\n4"},
        ]
    }

    parsed = parse("chat_messages", line)

    assert parsed == ParsedRecord(
        trace("q", steps=parsed.trace["steps"], meta={"system_instruction": "Be brief."}), None
    )
    assert steps_of(parsed) == ["a"]


def test_an_exported_instruction_becomes_metadata_without_a_note():
    record = exported(ExportFormat.CHAT_MESSAGES, system_instruction="Be brief.")

    assert parse("chat_messages", record).trace["meta"] == {"source": "ex", "system_instruction": "Be brief."}


@pytest.mark.parametrize(
    ("line", "path", "reason"),
    [
        ({}, ("messages",), "missing"),
        ({"messages": "x"}, ("messages",), "list"),
        ({"messages": []}, ("messages",), "assistant"),
        ({"messages": ["x"]}, ("messages", 0), "object"),
        ({"messages": [{"content": "x"}]}, ("messages", 0, "role"), "missing"),
        (chat("q"), ("messages", 0), "assistant"),
        (chat("q", "a", "q"), ("messages", 2), "assistant"),
        ({"messages": [{"role": "assistant", "content": "a\n\nb"}]}, ("messages",), "user"),
        ({"conversations": [{"from": "gpt", "value": "a\n\nb"}]}, ("conversations",), "user"),
        (chat("q", ""), ("messages", 1, "content"), "no answer"),
        (chat("q", " \n\n "), ("messages", 1, "content"), "no answer"),
        (chat("q", "<think>a</think>"), ("messages", 1, "content"), "no answer"),
        (chat("q", "<think>a"), ("messages", 1, "content"), "is not closed"),
        (chat("q", "a") | {"metadata": 7}, ("metadata",), "object"),
        (
            {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": None}]},
            ("messages", 1, "content"),
            "string",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ANSWER]},
            ("messages", 0, "content", 0),
            "Only text",
        ),
        (
            {"messages": [{"role": "user", "content": ["q"]}, ANSWER]},
            ("messages", 0, "content", 0),
            "object",
        ),
    ],
)
def test_what_makes_no_trace_is_named(line: Any, path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parse("chat_messages", orjson.loads(orjson.dumps(line)))

    assert caught.value.path == path
