"""Records in the shapes that their programs write today, where these differ from the shortest form of a format."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import import_rows as rows
from tests.support.import_lines import parse, parse_all, typed_steps
from tunix_rt.domain.answers.absent import NO_ANSWER
from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.importing import ImportReport, read_batch
from tunix_rt.domain.imports.line_imports import RecordOptions, read_line, without_nan
from tunix_rt.domain.text import decode_strict_json
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput

MAX_BYTES = 1_048_576
CHAT = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Question: 2 + 2?\nAnswer:"}]
ANSWERED = [{"role": "assistant", "content": "4"}]
ANSWER = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "It is 4."}]}
SEARCH = {
    "type": "web_search_call",
    "id": "ws_1",
    "status": "completed",
    "action": {"type": "search", "query": "2 + 2"},
}


def lm_eval(**fields: Any) -> dict[str, Any]:
    """A sample of lm-evaluation-harness with other fields."""
    return rows.LM_EVAL | fields


def asked(prompt: Any) -> dict[str, Any]:
    """The arguments of a request, as lm-evaluation-harness logs them."""
    return {"gen_args_0": {"arg_0": prompt, "arg_1": {"until": ["Question:"], "do_sample": False}}}


def test_a_prompt_to_a_chat_api_is_logged_as_the_text_of_its_messages():
    (parsed,) = parse_all("lm_eval", lm_eval(arguments=asked([json.dumps(CHAT)])))

    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("Question: 2 + 2?\nAnswer:", "4")
    assert parsed.trace["meta"]["system_instruction"] == "Be brief."
    with pytest.raises(BadUserInput) as caught:
        parse_all("lm_eval", lm_eval(arguments=asked(["no messages"])))
    assert caught.value.path == ("arguments", "gen_args_0", "arg_0", 0)


@pytest.mark.parametrize("response", ["", " \n"])
def test_an_empty_response_is_a_trace_without_an_answer_and_keeps_its_grade(response: str):
    (parsed,) = parse_all("lm_eval", lm_eval(resps=[[response]], exact_match=0.0))

    validate_trace(parsed.trace, MAX_BYTES, *parsed.known)
    assert parsed.trace["final_answer"] == NO_ANSWER
    assert [(score.scorer, score.score) for score in parsed.scores] == [("exact_match,strict-match", 0.0)]


def test_the_metric_of_several_responses_is_the_score_of_none():
    first, second = parse_all("lm_eval", lm_eval(resps=[["a\n#### 1", "b\n#### 4"]]))

    assert (first.trace["final_answer"], second.trace["final_answer"]) == ("1", "4")
    assert (first.scores, second.scores) == ((), ())


def test_the_metadata_of_s1k_are_a_text():
    parsed = parse_all("s1k", rows.S1K_11 | {"metadata": "{'level': 'Level 5'}"})

    assert [found.trace["meta"]["metadata"] for found in parsed] == ["{'level': 'Level 5'}"] * 2
    (chat,) = parse_all(
        "chat_messages", {"messages": [CHAT[1], {"role": "assistant", "content": "4"}], "metadata": "x"}
    )
    assert chat.trace["meta"] == {"metadata": "x"}


def test_calls_of_built_in_tools_are_steps_and_their_lists_none():
    tools = {"type": "mcp_list_tools", "server_label": "m", "tools": []}
    parsed = parse("responses", rows.RESPONSE | {"input": "2 + 2?", "output": [tools, SEARCH, ANSWER]})

    call = '{"id":"ws_1","name":"web_search","arguments":{"action":{"type":"search","query":"2 + 2"}}}'
    assert typed_steps(parsed) == [("tool_call", call)]
    assert parsed.trace["final_answer"] == "It is 4."


def test_a_refusal_of_a_model_is_its_answer():
    refusal = ANSWER | {"content": [{"type": "refusal", "refusal": "I cannot help with that."}]}

    parsed = parse("responses", rows.RESPONSE | {"output": [refusal]})

    assert parsed.trace["final_answer"] == "I cannot help with that."


def inspected(*parts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A sample of Inspect whose only answer has the given parts."""
    message = {"role": "assistant", "content": list(parts), "source": "generate"}
    return rows.INSPECT_SAMPLE | {"messages": [{"role": "user", "content": "2 + 2?"}, message]} | fields


def test_encrypted_reasoning_is_read_by_its_summary():
    hidden = {"type": "reasoning", "reasoning": "gAAAA", "summary": "Adding.", "redacted": True}
    (parsed,) = parse_all("inspect", inspected(hidden, {"type": "text", "text": "4"}))
    (without,) = parse_all("inspect", inspected(hidden | {"summary": None}, {"type": "text", "text": "4"}))

    assert typed_steps(parsed) == [("reasoning", "Adding.")]
    assert typed_steps(without) == [("answer", "4")]


def test_uses_of_a_providers_tools_are_steps_in_their_order():
    use = {
        "type": "tool_use",
        "tool_type": "web_search",
        "id": "u",
        "name": "search",
        "arguments": "{}",
        "result": "[]",
    }
    first = {"type": "reasoning", "reasoning": "Search."}
    (parsed,) = parse_all("inspect", inspected(first, use, {"type": "data", "data": {}}, {"type": "text", "text": "4"}))

    assert typed_steps(parsed) == [
        ("reasoning", "Search."),
        ("tool_call", '{"id":"u","name":"search","arguments":{}}'),
        ("tool_result", "[]"),
    ]


def test_scores_of_inspect_in_words_and_lists():
    scores = {"grounded": {"value": "Yes"}, "listed": {"value": [1, 0.5]}, "unscored": {"value": float("nan")}}
    line = json.dumps(
        rows.INSPECT_SAMPLE | {"scores": scores, "metadata": {"note": 'NaN, "NaN"', "low": float("-inf")}}
    )

    (draft,) = read_line(line.encode(), 1, RecordOptions(get_import_format("inspect"), MAX_BYTES))

    assert [(score.scorer, score.score) for score in draft.scores] == [
        ("grounded", 1.0),
        ("listed/0", 1.0),
        ("listed/1", 0.5),
    ]
    assert json.loads(draft.canonical)["meta"]["note"] == 'NaN, "NaN"'
    assert without_nan(b'{"a\\"NaN": [NaN, -Infinity, 1]}') == b'{"a\\"NaN": [null, null, 1]}'
    with pytest.raises(BadUserInput, match="value is nan"):
        read_line(line.encode(), 1, RecordOptions(get_import_format("chat_messages"), MAX_BYTES))
    assert decode_strict_json(without_nan(b"[1]")) == [1]


def test_copied_steps_of_an_agent_are_no_steps_of_the_trajectory():
    steps = [
        {"step_id": 1, "source": "user", "message": "Which files are here?", "is_copied_context": True},
        {"step_id": 2, "source": "agent", "message": "Earlier work.", "is_copied_context": True},
        {"step_id": 3, "source": "agent", "message": "", "reasoning_content": "I go on.", "is_copied_context": False},
        {"step_id": 4, "source": "agent", "message": "There is a.txt."},
    ]

    parsed = parse("atif", rows.ATIF | {"steps": steps})

    assert (parsed.trace["prompt"], typed_steps(parsed)) == ("Which files are here?", [("reasoning", "I go on.")])


@pytest.mark.parametrize("before", [[], rows.ATIF["steps"][:3]])
def test_a_trajectory_that_ends_with_copied_steps_of_an_agent_is_refused(before: list[Any]):
    copied = {"step_id": 9, "source": "agent", "message": "Earlier work.", "is_copied_context": True}

    with pytest.raises(BadUserInput, match="The last message must be from the assistant"):
        parse("atif", rows.ATIF | {"steps": [*before, copied]})


FAILED = rows.INSPECT_SAMPLE | {
    "id": "failed",
    "messages": [{"role": "user", "content": "q"}],
    "output": {"choices": []},
}
MARKED = rows.INSPECT_SAMPLE | {
    "id": "marked",
    "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "<reflection>4"}],
}
LONG = rows.INSPECT_SAMPLE | {"id": "long", "messages": [{"role": "user", "content": "q" * MAX_BYTES}, *ANSWERED]}


@pytest.mark.parametrize(("keep", "ids"), [(False, ["sum-1/2"]), (True, ["sum-1/2", "marked/2"])])
def test_samples_without_an_answer_are_refused_alone(keep: bool, ids: list[str]):
    samples = [FAILED, rows.INSPECT_SAMPLE, MARKED, 7, LONG]
    options = RecordOptions(get_import_format("inspect"), MAX_BYTES, keep)
    report = ImportReport()

    log = json.dumps(rows.INSPECT | {"samples": samples}).encode()
    drafts = read_batch([log], lambda line, number: read_line(line, number, options), report)

    assert [draft.external_id for draft in drafts] == ids
    assert (report.lines, report.rejected) == (1, 1)
    fields = [refusal.field.partition(".")[0] for refusal in report.refusals]
    assert fields == ["samples[0]", *([] if keep else ["samples[2]"]), "samples[3]", "samples[4]"]


def test_a_log_whose_samples_are_all_kept_is_not_refused():
    options = RecordOptions(get_import_format("inspect"), MAX_BYTES, keep=True)
    log = json.dumps(rows.INSPECT | {"samples": [MARKED, rows.INSPECT_SAMPLE]}).encode()

    assert [draft.external_id for draft in read_line(log, 1, options)] == ["marked/2", "sum-1/2"]
