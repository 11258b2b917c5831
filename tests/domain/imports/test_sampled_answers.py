"""Records with several answers: a trace for each, of one group, with its scores."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from tests.support.import_lines import parse_all, steps_of
from tests.support.import_rows import MODEL_SOLUTIONS, OPENR1, ROWS
from tunix_rt.domain.imports.formats import ParsedRecord, UnknownMarkup, get_import_format
from tunix_rt.domain.imports.formats.base import as_records
from tunix_rt.domain.imports.formats.rows import AnswerColumns, answer_columns, rows_format
from tunix_rt.domain.imports.line_imports import RecordOptions, read_line
from tunix_rt.errors import BadUserInput

MAX_BYTES = 1_048_576


def scores_of(parsed: ParsedRecord) -> dict[str, float]:
    """Returns the scores of a trace by scorer."""
    return {score.scorer: score.score for score in parsed.scores}


def test_each_generation_of_openr1_is_a_trace_with_the_verdicts_on_it():
    first, second = parse_all("openr1", OPENR1)

    assert (first.trace["prompt"], second.trace["prompt"]) == (OPENR1["problem"], OPENR1["problem"])
    assert (steps_of(first), first.trace["final_answer"]) == (
        ["The primes are 2, 3, 5.", "Their sum is 10.", "The sum is \\boxed{10}."],
        "10",
    )
    assert second.trace["final_answer"] == "6"
    assert (first.reference_answer, second.reference_answer) == ("10", "10")
    assert scores_of(first) == {"correctness_math_verify": 1.0, "correctness_llama": 1.0}
    assert scores_of(second) == {"correctness_math_verify": 0.0}
    assert (first.external_id, second.external_id) == (f"{OPENR1['uuid']}/0", f"{OPENR1['uuid']}/1")
    assert first.trace["meta"] == {
        "source": "olympiads",
        "solution": OPENR1["solution"],
        "problem_type": "Number Theory",
        "question_type": "math-word-problem",
        "correctness_count": 1,
        "finish_reason": "stop",
        "is_reasoning_complete": True,
    }


@pytest.mark.parametrize(
    ("changed", "path", "reason"),
    [
        ({"problem": None}, ("problem",), "missing"),
        ({"generations": "x"}, ("generations",), "must be a list"),
        ({"generations": [], "correctness_math_verify": [], "correctness_llama": []}, (), "must have 0 values"),
        ({"generations": ["a\n\n4", 7]}, ("generations", 1), "must be a string or a list"),
        (
            {"correctness_math_verify": [True]},
            ("correctness_math_verify",),
            "must have 2 values, one for each generation; it has 1",
        ),
        ({"correctness_llama": [True, "yes"]}, ("correctness_llama", 1), "must be true, false"),
        ({"generations": ["<think>a</think>4", "<think>a"]}, ("generations", 1), "is not closed"),
    ],
)
def test_a_row_of_openr1_is_never_half_taken(changed: dict[str, Any], path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parse_all("openr1", OPENR1 | changed)

    assert caught.value.path == path or not path


def test_an_invalid_trace_of_a_row_refuses_the_row_with_its_path():
    line = orjson.dumps(OPENR1 | {"generations": ["<think>a</think>4", "<think>a</think>" + "x" * 60_000]})

    with pytest.raises(BadUserInput) as caught:
        read_line(line, 1, RecordOptions(get_import_format("openr1"), MAX_BYTES))

    assert caught.value.path == ("generations", 1, "final_answer")


def test_all_answers_of_a_row_are_kept_if_one_has_unknown_markup():
    line = OPENR1 | {"generations": [OPENR1["generations"][0], "<think>a"]}

    with pytest.raises(UnknownMarkup) as caught:
        parse_all("openr1", line)
    first, second = as_records(caught.value.whole or ())
    kept = read_line(orjson.dumps(line), 1, RecordOptions(get_import_format("openr1"), MAX_BYTES, keep=True))

    assert (first.trace["final_answer"], second.trace["final_answer"]) == ("10", "<think>a")
    assert second.trace["meta"]["unparsed"] == caught.value.message
    assert [draft.external_id for draft in kept] == [f"{OPENR1['uuid']}/0", f"{OPENR1['uuid']}/1"]


MODELS = AnswerColumns(
    prompt="question",
    each=("6b_finetuning.solution", "175b_verification.solution"),
    scores={"is_correct": "is_correct"},
    fields={"reference_answer": "ground_truth"},
)


def test_columns_of_objects_are_answers_with_their_scores():
    first, second = as_records(rows_format(MODELS).parse(MODEL_SOLUTIONS, 7))

    assert (first.external_id, second.external_id) == ("7/6b_finetuning.solution", "7/175b_verification.solution")
    assert (first.trace["final_answer"], second.trace["final_answer"]) == ("6", "12")
    assert steps_of(first) == ["It takes 4/2=2 bolts of white", "So it takes 6 bolts"]
    assert (scores_of(first), scores_of(second)) == ({"is_correct": 1.0}, {"is_correct": 0.0})
    assert first.reference_answer == "6"
    assert first.trace["meta"] == {"ground_truth": MODEL_SOLUTIONS["ground_truth"]}


def test_columns_of_lists_are_answers_with_the_scores_beside_them():
    row = ROWS | {"rewards": [1, None], "ratings": {"helpful": [0.5, 0.25]}, "uid": "u1"}
    columns = AnswerColumns(scores={"reward": "rewards", "helpful": "ratings.helpful"}, fields={"external_id": "uid"})

    first, second = as_records(rows_format(columns).parse(row, 1))

    assert (first.trace["final_answer"], second.trace["final_answer"]) == ("4", "5")
    assert (scores_of(first), scores_of(second)) == ({"reward": 1.0, "helpful": 0.5}, {"helpful": 0.25})
    assert (first.external_id, second.external_id) == ("u1/0", "u1/1")
    assert first.trace["meta"] == {"level": 1, "ratings": {"helpful": [0.5, 0.25]}}


def test_items_of_a_list_may_be_objects_with_scores():
    answers = [{"model": "a", "response": "Add.\n\n4", "overall_score": "7.5"}, {"model": "b", "response": "x\n\n5"}]
    row = {"instruction": "2 + 2?", "completions": answers}
    columns = AnswerColumns("instruction", ("completions.response",), {"overall": "overall_score"})

    with pytest.raises(BadUserInput, match="no field 'overall_score'"):
        rows_format(columns).parse(row, 1)
    answers[1]["overall_score"] = "3"
    first, second = as_records(rows_format(columns).parse(row, 1))

    assert (scores_of(first), first.trace["meta"]) == ({"overall": 7.5}, {"model": "a"})
    assert (second.trace["final_answer"], second.path) == ("5", ("completions", 1, "response"))


@pytest.mark.parametrize(
    ("columns", "path", "reason"),
    [
        (AnswerColumns("question"), ("question",), "There is no field 'question'. The fields are: prompt, comp"),
        (AnswerColumns(each=("answers",)), ("answers",), "no field 'answers'"),
        (AnswerColumns(each=("completions.text",)), ("completions", 0), "must be a JSON object"),
        (AnswerColumns(scores={"level": "level"}), ("level",), "must have 2 values, one for each answer"),
        (AnswerColumns(fields={"external_id": "uid"}), ("uid",), "no field 'uid'"),
        (AnswerColumns(each=("level",)), ("level",), "must be a string or a list of messages"),
    ],
)
def test_a_missing_or_malformed_column_is_named(columns: AnswerColumns, path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        rows_format(columns).parse(ROWS, 1)

    assert caught.value.path == path


@pytest.mark.parametrize("name", ["answer", "ground_truth_answer", "target", "gold", "expected", "reference_answer"])
def test_reference_answers_are_found_by_their_usual_names(name: str):
    (parsed,) = parse_all("alpaca", {"instruction": "2 + 2?", "output": "Add.\n\n4", name: 4, "level": 1})

    assert (parsed.reference_answer, parsed.trace["meta"]) == ("4", {"level": 1})


@pytest.mark.parametrize(
    ("columns", "each", "scores", "reason"),
    [
        (["steps=a"], [], [], "no field 'steps' for map: prompt, reference_answer, external_id, group"),
        ([], [], ["a.b", "b=c"], "once for each scorer; not 'b=c'"),
        ([], [], ["=c"], "score must have the form COLUMN or SCORER=COLUMN"),
    ],
)
def test_options_of_columns_are_checked(columns: list[str], each: list[str], scores: list[str], reason: str):
    with pytest.raises(BadUserInput, match=reason):
        answer_columns(columns, each, scores, "=")


def test_options_name_columns_scorers_and_the_group():
    columns = answer_columns(["prompt=q", "group=uid"], ["a.text"], ["ok=a.correct", "reward"], "=")

    row = {"q": "2 + 2?", "uid": 7, "a": {"text": "Add.\n\n4", "correct": True}, "reward": 0.5}
    (parsed,) = as_records(rows_format(columns).parse(row, 3))

    assert (parsed.group, parsed.external_id, scores_of(parsed)) == ("7", "3/a.text", {"ok": 1.0, "reward": 0.5})
