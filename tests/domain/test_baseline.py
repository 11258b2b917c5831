"""The baseline scorer, by the worked examples of the application that it succeeds."""

from __future__ import annotations

import pytest

from tunix_rt.domain.scorers import Verdict, baseline, get_scorer, scorers
from tunix_rt.domain.traces.trace import StoredStep, StoredSteps
from tunix_rt.errors import BadUserInput


def scored(*lengths: int, prompt: str = "q", final_answer: str = "a", letter: str = "x") -> Verdict:
    """The verdict on a trace with steps of these lengths."""
    steps = [StoredStep(i, "reasoning", letter * length) for i, length in enumerate(lengths)]
    return baseline.score(StoredSteps(prompt, final_answer, steps))


@pytest.mark.parametrize(
    ("lengths", "average", "chars", "step_score", "length_score", "total"),
    [
        ([1], 1.0, 1, 5.0, 0.1, 5.1),
        ([500], 500.0, 500, 5.0, 50.0, 55.0),
        ([500] * 10, 500.0, 5000, 50.0, 50.0, 100.0),
        ([1000] * 20, 1000.0, 20000, 50.0, 50.0, 100.0),
        ([7, 8, 10], 8.33, 25, 15.0, 0.83, 15.83),
        ([123] * 7, 123.0, 861, 35.0, 12.3, 47.3),
        ([30, 30, 31, 31, 31], 30.6, 153, 25.0, 3.06, 28.06),
        ([11], 11.0, 11, 5.0, 1.1, 6.1),
        ([71, 71, 71, 72], 71.25, 285, 20.0, 7.12, 27.12),
    ],
    ids=[
        "one step of one character",
        "one step of 500 characters",
        "10 steps of 500",
        "20 steps of 1000",
        "three steps of 7, 8 and 10",
        "7 steps of 123",
        "the example of the conversion to Celsius",
        "adding two and two",
        "four steps of 285 characters together",
    ],
)
def test_worked_examples(
    lengths: list[int], average: float, chars: int, step_score: float, length_score: float, total: float
):
    verdict = scored(*lengths)

    assert verdict.score == total
    assert dict(verdict.details) == {
        "step_count": len(lengths),
        "avg_step_length": average,
        "total_chars": chars,
        "step_score": step_score,
        "length_score": length_score,
    }


def test_the_total_is_rounded_from_the_unrounded_parts():
    verdict = scored(*[10] * 2, 11)  # 15 + 31/30 = 16.0333...

    assert verdict.score == 16.03
    assert verdict.details["length_score"] == 1.03


def test_characters_are_code_points():
    assert scored(500, letter="🦉") == scored(500, letter="x")


def test_prompt_and_answer_do_not_count():
    assert scored(7, 8, 10, prompt="long" * 1000, final_answer="long" * 1000) == scored(7, 8, 10)


@pytest.mark.parametrize("lengths", [[1], [1] * 9, [20_000] * 1000, [499] * 10, [501] * 11])
def test_scores_stay_within_the_stated_range(lengths: list[int]):
    scorer = get_scorer("baseline")

    assert scorer.low <= scored(*lengths).score <= scorer.high


def test_the_registry_knows_each_scorer_by_its_name():
    assert "baseline" in scorers()
    for name, scorer in scorers().items():
        assert (scorer.name, bool(scorer.version), bool(scorer.description)) == (name, True, True)
        assert scorer.low < scorer.high


def test_an_unkncustom_scorer_is_refused_with_those_that_exist():
    with pytest.raises(BadUserInput, match="baseline") as caught:
        get_scorer("flattery")

    assert caught.value.path == ("scorer",)
