"""Formats whose steps come with labels: PRM800K and stepwise supervision; and the scores of native lines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.import_lines import FACTOR, STEPWISE, completion, parse, row, step
from tests.support.traces import native_trace
from tunix_rt.domain.imports.formats import ParsedRecord
from tunix_rt.domain.imports.formats.answers import final_answer, headed_answer
from tunix_rt.domain.scores.draft import SCORES_MAX, GivenScore, ScoreKind
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, ValidationErrors

MAX_BYTES = 1_048_576


def checked(parse: Callable[[], ParsedRecord]) -> ParsedRecord:
    """Returns the trace of a line that passes every check."""
    parsed = parse()
    validate_trace(parsed.trace, MAX_BYTES, parsed.external_id, parsed.scores)
    return parsed


def prm(line: Any) -> ParsedRecord:
    """A row of PRM800K, parsed."""
    return parse("prm800k", line, 7)


def ratings(parsed: ParsedRecord) -> dict[int | None, float]:
    """The scores of a parsed row by their steps."""
    return {score.step_index: score.score for score in parsed.scores}


def test_prm800k_has_a_scored_step_for_each_labelled_one():
    wrong = completion("I know that $200,\\!000 = 2^9\\cdot 5^4$.", -1)
    parsed = prm(
        row(
            step(completion(FACTOR, 0)),
            step(completion("Bad.", -1), completion("Good.", 1, flagged=True), chosen=1),
            step(wrong, completion("Another.", 0, flagged=False), chosen=None),
        )
    )

    assert parsed.trace == {
        "trace_version": "1.0",
        "prompt": "What is the greatest common factor of $20 !$ and $200,\\!000$?",
        "final_answer": "320,000",
        "steps": [
            {"i": 0, "type": "reasoning", "content": FACTOR},
            {"i": 1, "type": "reasoning", "content": "Good."},
            {"i": 2, "type": "reasoning", "content": wrong["text"]},
        ],
        "meta": {
            "source": "prm800k",
            "finish_reason": "found_error",
            "ground_truth_answer": "40,\\!000",
            "generation": 9,
            "labeler": "340d89bc-f5b7-45e9-b272-909ba68ee363",
            "final_answer_from": "pre_generated_answer",
        },
    }
    assert parsed.external_id == "340d89bc-f5b7-45e9-b272-909ba68ee363/2023-01-22T04:34:27.052924"
    assert ratings(parsed) == {0: 0.0, 1: 1.0, 2: -1.0}
    assert [score.details for score in parsed.scores] == [None, {"flagged": True}, None]
    assert {(score.scorer, score.kind, score.scored_at) for score in parsed.scores} == {
        ("prm800k", ScoreKind.HUMAN, datetime(2023, 1, 22, 4, 34, 27, 52924, tzinfo=UTC))
    }
    assert validate_trace(parsed.trace, MAX_BYTES, parsed.external_id, parsed.scores).scores == parsed.scores


@pytest.mark.parametrize(
    ("human", "rating"),
    [
        ({"text": "Mine.", "rating": None, "source": "human", "flagged": False, "corrected_rating": None}, 1),
        ({"text": "Mine.", "rating": 0}, 0),
        ("Mine.", 1),
    ],
)
def test_a_step_that_the_labeler_wrote_is_good(human: Any, rating: int):
    parsed = prm(row(step(completion("Bad.", -1), chosen=None, human=human), step(completion("Next."))))

    assert [found["content"] for found in parsed.trace["steps"]] == ["Mine.", "Next."]
    assert ratings(parsed) == {0: rating, 1: 1}
    assert parsed.scores[0].details == {"human_completion": True}


def test_a_step_without_a_rating_has_no_score():
    assert ratings(prm(row(step(completion("a", None)), step(completion("b", 0))))) == {1: 0.0}


@pytest.mark.parametrize(
    ("last", "question", "answer", "origin"),
    [
        ("So it is 4.\n\n# Answer\n\n4", {}, "4", "steps"),
        ("So it is 4.", {}, "320,000", "pre_generated_answer"),
        ("So it is 4.", {"pre_generated_answer": None}, "40,\\!000", "ground_truth_answer"),
    ],
)
def test_where_the_answer_of_prm800k_is_from(last: str, question: dict[str, Any], answer: str, origin: str):
    trace = prm(row(step(completion(last)), question=question)).trace

    assert (trace["final_answer"], trace["meta"]["final_answer_from"]) == (answer, origin)


def test_a_row_of_the_first_phase_has_no_generation():
    parsed = prm(row(step(completion("a")), generation=None, is_quality_control_question=True))

    assert "generation" not in parsed.trace["meta"]
    assert parsed.trace["meta"]["is_quality_control_question"] is True


NO_ANSWER = {"pre_generated_answer": None, "ground_truth_answer": None}


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ([], ()),
        ({}, ("question",)),
        ({"question": {}}, ("label",)),
        ({"question": {}, "label": {}}, ("label", "steps")),
        (row(), ("steps",)),
        (row(7), ("label", "steps", 0)),  # type: ignore[arg-type]
        (row(step(chosen=None)), ("label", "steps", 0, "chosen_completion")),
        (row(step(completion("a"), chosen=1)), ("label", "steps", 0, "chosen_completion")),
        (row(step(completion("a"), chosen="x")), ("label", "steps", 0, "chosen_completion")),  # type: ignore[arg-type]
        (row(step(completion("a", 2))), ("label", "steps", 0, "completions", 0, "rating")),
        (row(step(completion("a", True))), ("label", "steps", 0, "completions", 0, "rating")),
        (row(step({"rating": 1})), ("label", "steps", 0, "completions", 0, "text")),
        (row(step(completion("a")), timestamp="yesterday"), ("timestamp",)),
        (row(step(completion("a")), timestamp=7), ("timestamp",)),
        (row(step(completion("a")), question=NO_ANSWER), ("question",)),
        (row(step(completion("a")), question={"problem": None}), ("question", "problem")),
    ],
)
def test_prm800k_names_what_is_wrong(line: Any, path: tuple[Any, ...]):
    with pytest.raises(BadUserInput) as caught:
        checked(lambda: prm(line))

    assert caught.value.path == path


def stepwise(**fields: Any) -> ParsedRecord:
    """A row of stepwise supervision, parsed."""
    return parse("stepwise", STEPWISE | fields, 7)


def test_stepwise_has_a_step_for_each_completion_and_a_score_for_each_label():
    parsed = stepwise()

    assert parsed.external_id == "7"
    assert parsed.trace["final_answer"] == "Hence, 9.11 > 9.8."
    assert [found["content"] for found in parsed.trace["steps"]] == STEPWISE["completions"]
    assert ratings(parsed) == {0: 1.0, 2: 0.0}
    assert {(score.scorer, score.kind) for score in parsed.scores} == {("stepwise", ScoreKind.HUMAN)}
    assert ratings(stepwise(labels=[0.25, 1, -1])) == {0: 0.25, 1: 1.0, 2: -1.0}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"prompt": [{"role": "user", "content": "Which?"}]}, ("prompt",)),
        ({"completions": "one"}, ("completions",)),
        ({"completions": ["one", 2, "three"]}, ("completions", 1)),
        ({"labels": None}, ("labels",)),
        ({"labels": [True]}, ("labels",)),
        ({"labels": [True, "yes", False]}, ("labels", 1)),
        ({"labels": [True, 10**400, False]}, ("labels", 1)),
        ({"labels": [True, float("nan"), False]}, ("scores", 1, "score")),
        ({"completions": [], "labels": []}, ("final_answer",)),
    ],
)
def test_stepwise_names_what_is_wrong(fields: dict[str, Any], path: tuple[Any, ...]):
    with pytest.raises(BadUserInput) as caught:
        checked(lambda: stepwise(**fields))

    assert caught.value.path == path


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("So $x = 4$.\n\n# Answer\n\n4", "4"),
        ("# Answer\n4", "4"),
        ("# Answer\n\n1\n\n# Answer\n\n2", "2"),
        ("The last # Answer is 4", "The last # Answer is 4"),
        ("# Answer\n\n", "# Answer\n\n"),
        ("Step 4: 16 - 3 - 4 = 9. The answer is: 18", "18"),
        ("Then the answer is 18.", "18"),
        ("The final answer is: 1/2\nand more", "The final answer is: 1/2\nand more"),
        ("The final answer is:\n\n1/2", "1/2"),
        ("Then the answer is $\\boxed{18}$.", "18"),
        ("The box holds \\boxed{3} at first. The answer is 4.", "4"),
        ("# Answering the question\nIt is 4.", "# Answering the question\nIt is 4."),
        ("The answer is not obvious. Two cases:", "The answer is not obvious. Two cases:"),
        ("so $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}"),
        ("so $\\boxed{1}$ or $\\boxed{2}$", "2"),
        ("so $\\boxed{1", "so $\\boxed{1"),
        ("Hence 4.", "Hence 4."),
    ],
)
def test_where_the_answer_of_a_last_step_is(step: str, answer: str):
    assert final_answer(step) == answer


def test_a_heading_is_a_line_separate():
    assert headed_answer("no heading") is None
    assert headed_answer("text # Answer\n4") is None


# Scores of native lines.

SCORE = {"scorer": "ada", "kind": "HUMAN", "score": 1}


def native(**fields: Any) -> ParsedRecord:
    """A native line with scores, parsed and checked."""
    return checked(lambda: parse("jsonl", native_trace(**fields)))


def test_native_lines_bring_scores():
    given = SCORE | {"step_index": 0, "rationale": "Right.", "details": {"a": 1}, "scored_at": "2024-01-01T00:00:00Z"}

    parsed = native(scores=[SCORE, given])

    assert "scores" not in parsed.trace
    assert parsed.scores == (
        GivenScore(scorer="ada", kind=ScoreKind.HUMAN, score=1.0),
        GivenScore(
            scorer="ada",
            kind=ScoreKind.HUMAN,
            score=1.0,
            step_index=0,
            rationale="Right.",
            details={"a": 1},
            scored_at=datetime(2024, 1, 1, tzinfo=UTC),
        ),
    )
    assert native(scores=None).scores == native(scores=[]).scores == ()


@pytest.mark.parametrize(
    ("scores", "path", "reason"),
    [
        ("x", ("scores",), "must be a list; it is a string"),
        ([7], ("scores", 0), r"scores\[0\]"),
        ([{"scorer": "ada", "kind": "HUMAN"}], ("scores", 0, "score"), "score"),
        ([SCORE | {"kind": "ORACLE"}], ("scores", 0, "kind"), r"scores\[0\].kind"),
        ([SCORE | {"kind": "CODE"}], ("scores", 0, "kind"), "CODE"),
        ([SCORE | {"steps": 1}], ("scores", 0, "steps"), "steps"),
        ([SCORE | {"scored_at": "2024-01-01T00:00:00"}], ("scores", 0, "scored_at"), "timezone"),
        ([SCORE | {"scored_at": "0001-01-01T00:00:00+14:00"}], ("scores", 0, "scored_at"), "1 to 9999"),
        ([SCORE | {"scored_at": "9999-12-31T23:59:59-14:00"}], ("scores", 0, "scored_at"), "1 to 9999"),
        ([SCORE, SCORE | {"step_index": 1}], ("scores", 1, "step_index"), "no step with index 1"),
        ([SCORE | {"scorer": ""}], ("scores", 0, "scorer"), "1 to 64"),
        ([SCORE | {"scorer_version": "v" * 65}], ("scores", 0, "scorer_version"), "1 to 64"),
        ([SCORE | {"score": float("inf")}], ("scores", 0, "score"), "finite"),
        ([SCORE | {"rationale": "a\0b"}], ("scores", 0, "rationale"), "NUL"),
        ([SCORE | {"details": {"a": "x" * 70_000}}], ("scores", 0, "details"), "65536"),
        ([SCORE] * (SCORES_MAX + 1), ("scores",), str(SCORES_MAX)),
    ],
)
def test_native_scores_name_what_is_wrong(scores: Any, path: tuple[Any, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        native(scores=scores)

    assert caught.value.path == path


def test_each_invalid_score_is_reported():
    with pytest.raises(ValidationErrors) as caught:
        native(scores=[SCORE | {"scorer": ""}, SCORE, SCORE | {"step_index": 5}])

    assert [error.path for error in caught.value.errors] == [("scores", 0, "scorer"), ("scores", 2, "step_index")]
