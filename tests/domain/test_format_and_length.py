"""The scorers of the form of a trace: ``format_valid`` and ``length``."""

from __future__ import annotations

import pytest

from tunix_rt.domain.imports.reading.markup import MARKERS
from tunix_rt.domain.scorers import get_scorer
from tunix_rt.domain.scorers.running.scored_traces import TraceToScore
from tunix_rt.domain.traces.trace import StoredStep


def solution(answer: str, *steps: str, type: str = "reasoning") -> TraceToScore:
    """A trace with steps of one type."""
    return TraceToScore("How many?", answer, [StoredStep(n, type, text) for n, text in enumerate(steps)])


@pytest.mark.parametrize(
    ("trace", "violations"),
    [
        (solution("18", "9 * 2 = 18"), []),
        (solution("x < 3 or x > 5", "Both <b>bold</b> and 1 < 2 are no markup."), []),
        (solution(" \n", "9 * 2 = 18"), ["The final answer is blank."]),
        (solution("18</think>", "9 * 2"), ["The final answer contains </think>."]),
        (solution("18", "<THINK> 9 * 2"), ["steps[0] contains <THINK>."]),
        (solution("18<|im_end|>", "a", " "), ["The final answer contains <|im_end|>.", "steps[1] is blank."]),
        (solution("18", "18", type="answer"), ["There is no reasoning before the answer."]),
    ],
)
def test_the_format_is_valid_without_leftover_markup(trace: TraceToScore, violations: list[str]):
    verdict = get_scorer("format_valid").score(trace)

    assert verdict is not None
    assert verdict.score == (not violations)
    assert verdict.details == {"violations": violations, "count": len(violations)}


@pytest.mark.parametrize("mark", sorted({text for one in MARKERS for text in (one.opening, one.closing)}))
def test_every_marker_of_the_importer_is_leftover_markup(mark: str):
    verdict = get_scorer("format_valid").score(solution(f"18{mark}", "9 * 2"))

    assert verdict is not None
    assert verdict.details["violations"] == [f"The final answer contains {mark}."]


def test_a_generated_answer_must_follow_its_template():
    trace = solution("18", "9 * 2 = 18")
    trace.malformed = True
    verdict = get_scorer("format_valid").score(trace)

    assert verdict is not None
    assert (verdict.score, verdict.details["violations"]) == (0, ["The generated answer did not follow its template."])


def test_a_long_list_of_violations_is_cut():
    verdict = get_scorer("format_valid").score(solution("18", *[" "] * 30))

    assert verdict is not None
    assert (len(verdict.details["violations"]), verdict.details["count"]) == (10, 30)


def test_a_shorter_solution_scores_higher():
    length = get_scorer("length")
    short, long = length.score(solution("18", "9 * 2")), length.score(solution("18", "x" * 1000, "é" * 998))

    assert short is not None
    assert long is not None
    assert (long.score, long.details) == (0.5, {"steps": 2, "step_chars": 1998, "answer_chars": 2})
    assert short.score == 0.9965
