"""Conversations from other systems: their answers, markup, tool calls and results."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.import_lines import HERMES, OPENAI, chat, parse, steps_of
from tunix_rt.domain.imports.formats import UnknownMarkup, get_import_format
from tunix_rt.domain.imports.formats.base import as_records
from tunix_rt.domain.imports.line_imports import RecordOptions, read_line
from tunix_rt.domain.imports.reading.markup import MARKERS, MarkerKind
from tunix_rt.errors import BadUserInput

MAX_BYTES = 1_048_576


def read(text: str) -> tuple[list[str], str]:
    """The steps and the answer of an assistant's message."""
    parsed = parse("chat_messages", chat("q", text))
    return steps_of(parsed), parsed.trace["final_answer"]


@pytest.mark.parametrize(
    "text",
    [
        "The answer is not obvious. Two cases:\n\nEither it is 3.\n\nOr it is 4, and so it is.",
        "First.\n\nIf the answer is 7, then we are done.\n\nIt is not, so it is 8.",
        "First.\n\nLet us check whether the answer is 7.",
        "First.\n\nI don't think the answer is 7.",
        "First.\n\nThe answer is not obvious.",
        "First.\n\nThe answer is given below.",
        "First.\n\nIs it clear that the answer is 7?",
        "First.\n\nThe answer is 7, because three and four are.",
        "#### Introduction\n\nWords.\n\nMore words.",
        "Answer: we begin with the first case.\n\nThen the second.\n\nSo there are two.",
        "## Answer\n\nOne.\n\n## Remarks\n\nTwo.",
        "We try \\boxed{3} first.\n\nIt is too small.\n\nSo it is four.",
    ],
)
def test_a_mark_that_does_not_conclude_is_prose(text: str):
    *steps, last = text.split("\n\n")

    assert read(text) == (steps, last)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("a\n\nSo the answer is 7.", "7"),
        ("a\n\nSo **the answer is 7.**", "7"),
        ("a\n\nThe answer is not 5. The answer is 7. I hope this helps!", "7"),
        ("a\n\nThe answer is 3.5", "3.5"),
        ("a\n\nIf we add them, the answer is $\\boxed{7}$.", "7"),
        ("a\n\nThe final answer is:\n\n7", "7"),
        ("a\n\nSo it is \\boxed{7}.\n\nLet me know if you have questions.", "7"),
        ("<think>a</think>It is \\boxed{7}.\n\nThis is what was asked.", "7"),
        ("a\n#### 7\n\nI hope this helps!", "7"),
        ("a\n\n#### (B)", "(B)"),
        ("a\n\n#### yes", "yes"),
        ("a\n\n#### $x = y$", "$x = y$"),
        ("a\n\nAnswer: 7\n\nI hope this helps!", "7"),
        ("a\n\n<answer>7</answer>\n\nI hope this helps!", "7"),
    ],
)
def test_a_mark_that_concludes_counts(text: str, answer: str):
    assert read(text)[1] == answer


def test_a_courtesy_is_no_answer():
    assert read("a\n\nIt is 7.\n\nI hope this helps!") == (["a"], "It is 7.\n\nI hope this helps!")
    assert read("a\n\nIf you have 3 apples, you have 6.") == (["a"], "If you have 3 apples, you have 6.")
    with pytest.raises(BadUserInput, match="no answer"):
        read("<think>a</think>I hope this helps! Let me know if you need more.")


@pytest.mark.parametrize("text", ["a\n\n#### Introduction", "<think>a</think>So:\n\n## Summary of the proof"])
def test_a_text_that_ends_with_a_heading_is_refused(text: str):
    with pytest.raises(BadUserInput, match="heading"):
        read(text)


@pytest.mark.parametrize("marker", [marker for marker in MARKERS if marker.kind is MarkerKind.THOUGHT])
def test_each_marker_of_a_thought_is_understood(marker: Any):
    assert read(f"{marker.opening}\nOne.\n\nTwo.\n{marker.closing}\n\n4") == (["One.", "Two."], "4")
    assert read(f"One.\n\nTwo.\n{marker.closing}\n\n4") == (["One.", "Two."], "4")
    assert read(f"First,\n{marker.opening}Two.{marker.closing}4") == (["First,", "Two."], "4")


@pytest.mark.parametrize("text", ["<THINK>a</THINK>4", "<Think>a</Think>4", "<think>a</THINK>4"])
def test_letters_of_markers_may_be_in_either_case(text: str):
    assert read(text) == (["a"], "4")


def test_a_solution_may_be_marked():
    thought = "<|begin_of_thought|>\n\nOne.\n\nTwo.\n\n<|end_of_thought|>"
    solution = "<|begin_of_solution|>\n\nIt is \\boxed{4}.\n\n<|end_of_solution|>"

    assert read(f"{thought}\n\n{solution}") == (["One.", "Two.", "It is \\boxed{4}."], "4")


UNREADABLE = {
    "<think>a</think>b<think>c</think>d": "2 parts marked as thought",
    "<think>a<think>b</think>c": "inside a thought",
    "<think>a</thinking>b": "inside a thought",
    "<think>a": "is not closed",
    "[THINK]a\n\nb": "is not closed",
    "<reflection>a</reflection>\n\n4": "<reflection> is unknown",
    "a\n\n<|begin_of_reasoning|>b<|end_of_reasoning|>4": "is unknown",
    "<|channel|>thoughts<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>4": "channel 'thoughts'",
    "So: <|channel|>analysis<|message|>a": "no message of Harmony at character 0",
    "<|channel|>analysis<|message|>a<|end|><|start|>user<|message|>b": "role 'user' is inside",
    "<|channel|>analysis<|message|><reflection>a<|end|><|channel|>final<|message|>4": "<reflection> is unknown",
    "[REASONING]a[/REASONING]\n\n4": "is unknown",
    "<my:think>a</my:think>\n\n4": "is unknown",
    '<think type="x">a</think>\n\n4': "is unknown",
    "a\n\n<answer>4": "is not closed",
    "a\n\n<answer>4</answer>\n\nOr is it 5?": "text after the end",
    "a</answer>": "closes nothing",
    "<answer>4</answer><think>a</think>": "comes after the answer",
    "a\n\n<tool_call>{}</tool_call>": "tool call is in the place of the answer",
    "a\n\n<function=f>{}</function>": "is unknown",
}


@pytest.mark.parametrize(("text", "reason"), UNREADABLE.items())
def test_markup_that_is_not_understood_is_refused_or_kept_whole(text: str, reason: str):
    line = chat("q", text, id="r1", source="mine")

    with pytest.raises(UnknownMarkup, match=reason) as caught:
        parse("chat_messages", line)
    (kept,) = read_line(orjson.dumps(line), 1, RecordOptions(get_import_format("chat_messages"), MAX_BYTES, keep=True))

    assert caught.value.path == ("messages", 1, "content")
    assert kept.external_id == "r1"
    assert [(step.type, step.content) for step in kept.payload.steps] == [("reasoning", text)]
    assert kept.payload.final_answer == text
    assert kept.payload.meta == {"source": "mine", "unparsed": caught.value.message}


def test_an_unreadable_completion_is_kept_whole_too():
    line = {"prompt": "q", "completion": "<think>a"}

    with pytest.raises(UnknownMarkup) as caught:
        read_line(orjson.dumps(line), 1, RecordOptions(get_import_format("prompt_completion"), MAX_BYTES))
    (kept,) = read_line(
        orjson.dumps(line), 1, RecordOptions(get_import_format("prompt_completion"), MAX_BYTES, keep=True)
    )

    assert caught.value.path == ("completion",)
    assert (kept.payload.steps[0].content, kept.payload.meta) == ("<think>a", {"unparsed": caught.value.message})


@pytest.mark.parametrize(
    "text",
    [
        "Use `<think>` for that.\n\nSo it is.",
        "A `List<Answer>` or Map<Answer> will do.\n\nSo it is List<Answer>.",
        "#include <functional>\n\nstd::vector<function> and x <y> z.",
        "The <b>thought</b> is [THINGS].\n\nIt ends with <|im_end|>",
        "I [think] so.\n\nYes.",
    ],
)
def test_what_only_looks_like_markup_is_text(text: str):
    assert read(text) == ([text.split("\n\n", maxsplit=1)[0]], text.split("\n\n")[1])


def test_reasoning_that_is_given_twice_is_refused():
    line = chat("q", "<think>a</think>4")
    line["messages"][1]["reasoning_content"] = "b"

    with pytest.raises(UnknownMarkup, match="both in its own field and in the text"):
        parse("chat_messages", line)
    line["messages"][1]["content"] = "<think>\n\n</think>4"
    assert steps_of(parse("chat_messages", line)) == ["b"]
    line["messages"][1]["reasoning_content"] = "<think>b</think>"
    assert steps_of(parse("chat_messages", line)) == ["b"]


# Tools.


def typed(line: Any) -> tuple[list[tuple[str, str]], str]:
    """The steps with their types, and the answer."""
    parsed = parse("chat_messages", line)
    return [(step["type"], step["content"]) for step in parsed.trace["steps"]], parsed.trace["final_answer"]


def test_calls_of_tools_and_their_results_are_steps():
    steps, answer = typed(OPENAI)

    assert steps == [
        ("reasoning", "Two calls."),
        ("tool_call", '{"id":"c1","name":"weather","arguments":{"city": "Oslo", "n": 1.0}}'),
        ("tool_call", '{"id":"c2","name":"weather","arguments":{"city":"Rome"}}'),
        ("tool_result", "-3 C"),
        ("tool_result", '{"celsius":17}'),
    ]
    assert answer == "Cold and mild.\n\nI hope this helps!"
    assert parse("chat_messages", OPENAI).trace["meta"] == {"history": OPENAI["messages"][1:4]}


def test_calls_may_be_marked_in_the_text():
    assert typed(HERMES) == (
        [
            ("reasoning", "Add."),
            ("reasoning", "I add."),
            ("tool_call", '{"name": "add"}'),
            ("tool_result", "4"),
        ],
        "It is 4.",
    )


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ({"from": "function_call", "value": '{"name": "add"}'}, {"from": "observation", "value": "4"}),
        ({"from": "gpt", "value": "", "function_call": {"name": "add"}}, {"from": "function", "value": "4"}),
        (
            {"from": "gpt", "tool_calls": [{"name": "add"}]},
            {"from": "human", "value": "<tool_response>4</tool_response>"},
        ),
    ],
)
def test_other_spellings_of_calls(call: dict[str, Any], result: dict[str, Any]):
    line = {"conversations": [{"from": "human", "value": "2 + 2?"}, call, result, {"from": "gpt", "value": "4"}]}

    steps, answer = typed(line)

    assert [kind for kind, _ in steps] == ["tool_call", "tool_result"]
    assert (steps[1][1], answer, parse("chat_messages", line).trace["prompt"]) == ("4", "4", "2 + 2?")


def ends_with(*messages: dict[str, Any]) -> dict[str, Any]:
    """A conversation whose question these messages follow."""
    return {"messages": [{"role": "user", "content": "q"}, *messages]}


DONE = {"role": "assistant", "content": "done"}


@pytest.mark.parametrize(
    ("line", "path", "reason"),
    [
        (
            ends_with({"role": "assistant", "content": "x", "tool_calls": [{"name": "f"}]}),
            ("messages", 1),
            "ends with a tool call",
        ),
        (ends_with({"role": "tool", "content": "4"}), ("messages", 1), "from the assistant"),
        (ends_with({"role": "critic", "content": "4"}, DONE), ("messages", 1), "'critic'"),
        (ends_with({"role": "assistant", "tool_calls": 7}, DONE), ("messages", 1, "tool_calls"), "list"),
        (ends_with({"role": "assistant", "tool_calls": [7]}, DONE), ("messages", 1, "tool_calls", 0), "object"),
        (ends_with({"role": "assistant", "tool_calls": [{}]}, DONE), ("messages", 1, "tool_calls", 0, "name"), "name"),
        (ends_with({"role": "tool_call"}, DONE), ("messages", 1, "content"), "no value"),
        (
            ends_with({"role": "assistant", "content": "<tool_call>f"}, DONE),
            ("messages", 1, "content"),
            "is not closed",
        ),
        (
            ends_with({"role": "tool", "content": "<tool_response>4</tool_response>5"}, DONE),
            ("messages", 1, "content"),
            "beside",
        ),
        (
            ends_with({"role": "assistant", "content": "<answer>4</answer>"}, DONE),
            ("messages", 1, "content"),
            "answer is in a message before the last one",
        ),
        (
            ends_with({"role": "assistant", "content": [{"type": "tool_use"}]}, DONE),
            ("messages", 1, "content", 0),
            "Only text",
        ),
        (ends_with({"role": "assistant", "content": "x", "thinking": 7}), ("messages", 1, "thinking"), "string"),
    ],
)
def test_a_conversation_that_cannot_be_read_is_never_half_taken(line: Any, path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parse("chat_messages", line)

    assert caught.value.path == path


def test_a_whole_conversation_is_kept_with_its_calls():
    line = ends_with(
        OPENAI["messages"][1], {"role": "tool", "content": "4"}, {"role": "assistant", "content": "<think>a"}
    )

    with pytest.raises(UnknownMarkup) as caught:
        parse("chat_messages", line)

    assert caught.value.whole is not None
    (whole,) = as_records(caught.value.whole)
    (step,) = whole.trace["steps"]
    assert step["content"].startswith("Two calls.\n\n{")
    assert step["content"].endswith("}\n\n4\n\n<think>a")


def test_an_empty_result_is_no_step():
    line = ends_with({"role": "assistant", "tool_calls": [{"name": "f"}]}, {"role": "tool", "content": ""}, DONE)

    assert typed(line) == ([("tool_call", '{"name":"f","arguments":null}')], "done")


def test_prompt_and_completion_may_be_messages():
    prompt = [{"role": "system", "content": "Think."}, {"role": "user", "content": "2 + 2?"}]
    completion = [{"role": "assistant", "content": "<think>Add.</think>4"}]

    parsed = parse("prompt_completion", {"prompt": prompt, "completion": completion, "id": "c1", "level": 2})

    assert (parsed.trace["prompt"], steps_of(parsed), parsed.trace["final_answer"]) == ("2 + 2?", ["Add."], "4")
    assert parsed.trace["meta"] == {"level": 2, "system_instruction": "Think."}
    assert parsed.external_id == "c1"
    mixed = parse("prompt_completion", {"prompt": "2 + 2?", "completion": completion})
    assert (mixed.trace["prompt"], mixed.trace["final_answer"]) == ("2 + 2?", "4")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"prompt": "q", "completion": 7}, ("completion",)),
        ({"prompt": {}, "completion": "a\n\n4"}, ("prompt",)),
        ({"prompt": [], "completion": "a\n\n4"}, ("completion",)),
        ({"prompt": ["q"], "completion": "a\n\n4"}, ("prompt", 0)),
        ({"prompt": "q", "completion": [{"role": "user", "content": "a"}]}, ("completion", 0)),
    ],
)
def test_a_prompt_or_completion_of_another_shape_is_refused(line: Any, path: tuple[Any, ...]):
    with pytest.raises(BadUserInput) as caught:
        parse("prompt_completion", line)

    assert caught.value.path == path
