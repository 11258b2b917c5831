"""Logs of evaluations, trainers and agents, and preference rows: each becomes traces with its scores."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import import_rows as rows
from tests.support.import_lines import parse, parse_all, steps_of, typed_steps
from tunix_rt.domain.imports.formats import ParsedRecord, UnknownMarkup
from tunix_rt.domain.imports.formats.base import as_records
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput

MAX_BYTES = 1_048_576


def scores_of(parsed: ParsedRecord) -> dict[tuple[str, int | None], float]:
    """Returns the scores of a valid trace by scorer and step."""
    validate_trace(parsed.trace, MAX_BYTES, *parsed.known)
    return {(score.scorer, score.step_index): score.score for score in parsed.scores}


@pytest.mark.parametrize("row", [rows.PREFERENCE, rows.ULTRAFEEDBACK])
def test_a_preference_is_two_traces_of_a_group(row: dict[str, Any]):
    chosen, rejected = parse_all("preference", row, 5)

    assert (chosen.trace["prompt"], rejected.trace["prompt"]) == ("2 + 2?", "2 + 2?")
    assert (chosen.trace["final_answer"], rejected.trace["final_answer"]) == ("4", "5")
    rating = {("preference_rating", None): 8.5} if row is rows.ULTRAFEEDBACK else {}
    assert scores_of(chosen) == {("preference", None): 1.0} | rating
    assert scores_of(rejected)[("preference", None)] == 0.0
    name = row.get("prompt_id", 5)
    assert (chosen.external_id, rejected.external_id) == (f"{name}/chosen", f"{name}/rejected")
    assert chosen.trace["meta"] == ({"level": 1} if row is rows.PREFERENCE else None)


def test_a_prompt_of_messages_precedes_both_answers():
    row = {
        "prompt": [{"role": "user", "content": "2 + 2?"}],
        "chosen": [{"role": "assistant", "content": "<think>Add.</think>4"}],
        "rejected": [{"role": "assistant", "content": "A guess.\n\n5"}],
    }

    chosen, rejected = parse_all("preference", row)

    assert (steps_of(chosen), chosen.trace["final_answer"]) == (["Add."], "4")
    assert (rejected.trace["prompt"], rejected.trace["final_answer"]) == ("2 + 2?", "5")


def test_answers_without_reasoning_are_traces_too():
    chosen, rejected = parse_all("preference", {"prompt": "2 + 2?", "chosen": "4", "rejected": "5"})
    (sample,) = parse_all("lm_eval", rows.LM_EVAL | {"resps": [["4"]]})

    validate_trace(chosen.trace, MAX_BYTES, *chosen.known)
    assert [found.trace["final_answer"] for found in (chosen, rejected, sample)] == ["4", "5", "4"]


def test_items_of_a_response_are_steps():
    parsed = parse("responses", rows.RESPONSE)

    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("Weather in Oslo?", "It is -3 °C.")
    assert typed_steps(parsed) == [
        ("reasoning", "I need the weather."),
        ("tool_call", '{"id":"c1","name":"weather","arguments":{"city": "Oslo"}}'),
        ("tool_result", "-3 C"),
    ]
    assert (parsed.external_id, parsed.trace["meta"]["system_instruction"]) == ("resp_1", "Be brief.")
    text = parse("responses", rows.RESPONSE | {"input": "Weather?", "instructions": None})
    assert (text.trace["prompt"], text.trace["meta"]["model"]) == ("Weather?", "o4-mini")


def test_rewards_of_trl_are_scores():
    parsed = parse("trl_completions", rows.TRL_COMPLETION, 4)

    assert scores_of(parsed) == {("accuracy_reward", None): 1.0, ("format_reward", None): 0.5}
    assert (parsed.external_id, parsed.trace["final_answer"]) == ("4", "4")
    assert parsed.trace["meta"] == {"source": "trl", "step": 10, "advantage": 0.7}


def test_results_of_verifiers():
    parsed = parse("verifiers", rows.VERIFIERS_RESULT, 8)

    assert (parsed.trace["prompt"], steps_of(parsed), parsed.trace["final_answer"]) == ("2 + 2?", ["Add."], "4")
    assert scores_of(parsed) == {("reward", None): 1.0, ("correct", None): 1.0, ("tokens", None): 7.0}
    assert (parsed.reference_answer, parsed.external_id) == ("4", "3/8")
    meta = {"source": "verifiers", "task": "sums", "is_truncated": False, "system_instruction": "Think."}
    assert parsed.trace["meta"] == meta


def test_the_last_branch_of_a_graph_of_verifiers_is_the_trace():
    parsed = parse("verifiers", rows.VERIFIERS_TRACE)

    assert typed_steps(parsed) == [
        ("reasoning", "Add."),
        ("tool_call", '{"id":"c","name":"add","arguments":[2, 2]}'),
        ("tool_result", "4"),
    ]
    assert (parsed.trace["final_answer"], parsed.reference_answer, parsed.external_id) == ("It is 4.", "4", "t1")
    assert scores_of(parsed) == {("correct", None): 1.0, ("turns", None): 2.0}


def test_samples_of_lm_eval():
    (parsed,) = parse_all("lm_eval", rows.LM_EVAL)
    (again,) = parse_all("lm_eval", rows.LM_EVAL | {"filter": "flexible", "filtered_resps": ["44"], "exact_match": 0})

    assert parsed.trace["prompt"] == "Question: 2 + 2?\nAnswer:"
    assert (parsed.trace["final_answer"], parsed.reference_answer, parsed.external_id) == ("4", "4", "0/0")
    assert scores_of(parsed) == {("exact_match,strict-match", None): 1.0}
    assert (again.trace, again.external_id) == (parsed.trace, parsed.external_id)
    assert scores_of(again) == {("exact_match,flexible", None): 0.0}


def test_a_trajectory_of_an_agent():
    parsed = parse("atif", rows.ATIF)

    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("Which files are here?", "There is a.txt.")
    assert typed_steps(parsed) == [
        ("reasoning", "The user asks for files."),
        ("reasoning", "I list them."),
        ("tool_call", '{"id":"c1","name":"bash","arguments":{"command":"ls"}}'),
        ("tool_result", "a.txt"),
    ]
    meta = parsed.trace["meta"]
    assert (parsed.external_id, meta["source"], meta["system_instruction"]) == ("traj-1", "atif", "You have a shell.")
    assert meta["agent"] == {"name": "shell-agent", "version": "1.0", "model_name": "m"}
    assert "history" not in meta


def test_a_trajectory_may_end_with_a_call_beside_the_last_message():
    parsed = parse("atif", rows.ATIF | {"steps": rows.ATIF["steps"][:3]})

    assert parsed.trace["final_answer"] == "I list them."
    assert [kind for kind, _ in typed_steps(parsed)] == ["reasoning", "tool_call", "tool_result"]


def test_a_trajectory_with_several_questions_keeps_the_earlier_ones():
    more = [{"source": "user", "message": "And now?"}, {"source": "agent", "message": "x\n\ny"}]

    parsed = parse("atif", rows.ATIF | {"steps": [*rows.ATIF["steps"], *more]})

    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("And now?", "y")
    assert len(parsed.trace["meta"]["history"]) == 4


def test_a_trajectory_of_tunix_has_its_rewards_at_the_steps():
    parsed = parse("tunix_trajectories", rows.TUNIX_TRAJECTORY)

    assert typed_steps(parsed) == [
        ("reasoning", "2 + 2 is 4."),
        ("tool_result", "Go on."),
    ]
    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("2 + 2, doubled?", "Doubled.\n\nIt is 8.")
    assert (parsed.external_id, parsed.group) == ("traj_7", "p3")
    assert scores_of(parsed) == {("total_reward", None): 1.5, ("mc_return", 0): 1.5, ("reward", 1): 0.5}
    meta = parsed.trace["meta"]
    assert (meta["source"], meta["policy_version"], meta["group_index"], meta["status"]) == ("tunix", 5, 1, "SUCCEEDED")
    assert (meta["agent"], meta["extra"]) == ({"name": "tunix", "version": "0.1.8"}, {"host": "a"})


def test_samples_of_inspect():
    (parsed,) = parse_all("inspect", rows.INSPECT)
    (lone,) = parse_all("inspect", rows.INSPECT_SAMPLE)
    (short,) = parse_all("inspect", rows.INSPECT_SAMPLE | {"messages": [], "target": ["4", "four"]})

    assert typed_steps(parsed) == [
        ("reasoning", "Add."),
        ("reasoning", "I add."),
        ("tool_call", '{"id":"c","name":"add","arguments":{"a":2,"b":2}}'),
        ("tool_result", "4"),
    ]
    assert (parsed.trace["final_answer"], parsed.reference_answer) == ("It is 4.", "4")
    assert (parsed.external_id, lone.external_id) == ("sum-1/2", "sum-1/2")
    assert scores_of(parsed) == {("match", None): 1.0, ("quality/style", None): 0.5, ("quality/length", None): 3.0}
    assert parsed.scores[0].rationale == "Equal."
    meta = parsed.trace["meta"]
    assert (meta["source"], meta["task"], meta["model"], meta["level"]) == ("inspect", "sums", "openai/m", 1)
    assert (short.trace["prompt"], short.trace["final_answer"]) == ("2 + 2?", "It is 4.")
    assert (short.reference_answer, short.trace["meta"]["target"]) == (None, ["4", "four"])


def changed(row: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    """A row with another value at a place."""
    first, *rest = path
    if not rest:
        return row | {first: to}
    inner = row[str(first)]
    if isinstance(inner, list):
        place, *deeper = rest
        value = changed(inner[int(place)], *deeper, to=to) if deeper else to
        return row | {first: [*inner[: int(place)], value, *inner[int(place) + 1 :]]}
    return row | {first: changed(inner, *rest, to=to)}


BAD_REWARD = changed(rows.TUNIX_TRAJECTORY, "steps", 2, "reward", to="x")
BAD_SCORE = ("samples", 0, "scores", "a", "value")
REFUSED: list[tuple[str, dict[str, Any], tuple[Any, ...], str]] = [
    ("preference", rows.PREFERENCE | {"rejected": None}, ("rejected",), "is missing"),
    ("preference", rows.PREFERENCE | {"score_chosen": "good"}, ("score_chosen",), "a finite number"),
    ("preference", rows.PREFERENCE | {"chosen": "<reflection>a</reflection>"}, ("chosen",), "is unknown"),
    ("responses", changed(rows.RESPONSE, "output", 0, "type", to="image"), ("output", 0, "type"), "type 'image'"),
    ("responses", rows.RESPONSE | {"output": rows.RESPONSE["output"][:2]}, ("output", 1), "ends with a tool call"),
    ("trl_completions", rows.TRL_COMPLETION | {"prompt": 7}, ("prompt",), "string or a list"),
    ("verifiers", rows.VERIFIERS_RESULT | {"metrics": {"a": "b"}}, ("metrics", "a"), "a finite number"),
    ("verifiers", changed(rows.VERIFIERS_TRACE, "nodes", 4, "parent", to=4), ("nodes", 4, "parent"), "earlier node"),
    ("verifiers", rows.VERIFIERS_TRACE | {"nodes": []}, ("nodes",), "from the assistant"),
    ("lm_eval", rows.LM_EVAL | {"resps": [[[-1.5, False]]]}, ("resps", 0, 0), "likelihoods"),
    ("lm_eval", rows.LM_EVAL | {"arguments": {}}, ("arguments",), "the prompt of a request"),
    ("atif", rows.ATIF | {"schema_version": "2.0"}, ("schema_version",), "must begin with ATIF-v1."),
    ("atif", changed(rows.ATIF, "steps", 0, "source", to="x"), ("steps", 0, "source"), "system, user, agent"),
    ("atif", rows.ATIF | {"steps": rows.ATIF["steps"][:2]}, ("steps", 1), "from the assistant"),
    ("inspect", changed(rows.INSPECT, "samples", 0, "scores", to={"a": {"value": "x"}}), BAD_SCORE, "a finite number"),
    ("inspect", changed(rows.INSPECT, "samples", 0, to=7), ("samples", 0), "must be a JSON object"),
    ("tunix_trajectories", {"steps": []}, ("metadata",), "must be a JSON object"),
    (
        "tunix_trajectories",
        changed(rows.TUNIX_TRAJECTORY, "steps", 2, "reward", to="x"),
        ("steps", 2, "reward"),
        "finite",
    ),
]


@pytest.mark.parametrize(("name", "row", "path", "reason"), REFUSED)
def test_a_record_that_cannot_be_read_is_refused(name: str, row: dict[str, Any], path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parse_all(name, row)

    assert caught.value.path == path


def test_unparsed_records_keep_their_scores_and_ids():
    row = rows.VERIFIERS_RESULT | {"completion": "<think>a"}

    with pytest.raises(UnknownMarkup) as caught:
        parse("verifiers", row, 2)
    (whole,) = as_records(caught.value.whole or ())

    assert (whole.external_id, len(whole.scores), whole.trace["final_answer"]) == ("3/2", 3, "<think>a")


def test_a_number_may_be_the_reference_answer_of_a_completion_of_trl():
    parsed = parse("trl_completions", rows.TRL_COMPLETION | {"answer": 42, "ground_truth": 43.5})

    assert parsed.reference_answer == "43.5"
    assert {score.scorer for score in parsed.scores}.isdisjoint(("answer", "ground_truth"))
    assert parsed.scores == parse("trl_completions", rows.TRL_COMPLETION).scores
