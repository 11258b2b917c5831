"""Data sets with labels of steps and grades of attempts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.import_lines import parse, parse_all, steps_of
from tests.support.import_rows import MATH_SHEPHERD, PROCESSBENCH, S1K, S1K_11
from tunix_rt.domain.imports.formats import ParsedRecord
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput


def scores_of(parsed: ParsedRecord) -> dict[tuple[str, int | None], float]:
    """Returns the scores of a valid trace by scorer and step."""
    validate_trace(parsed.trace, 1_048_576, *parsed.known)
    return {(score.scorer, score.step_index): score.score for score in parsed.scores}


def test_the_first_wrong_step_of_processbench():
    parsed = parse("processbench", PROCESSBENCH)

    assert steps_of(parsed) == PROCESSBENCH["steps"]
    assert scores_of(parsed) == {
        ("processbench", 0): 1.0,
        ("processbench", 1): 0.0,
        ("final_answer_correct", None): 0.0,
    }
    assert (parsed.trace["final_answer"], parsed.external_id) == ("9", "gsm8k-0")
    assert parsed.trace["meta"] == {"source": "processbench", "generator": "Qwen2-7B-Instruct"}
    right = parse("processbench", PROCESSBENCH | {"label": -1, "final_answer_correct": None})
    assert scores_of(right) == {("processbench", place): 1.0 for place in range(3)}


def test_the_signs_of_math_shepherd():
    parsed = parse("math_shepherd", MATH_SHEPHERD, 3)

    assert (parsed.trace["prompt"], parsed.trace["final_answer"]) == ("2 + 2, doubled?", "9")
    assert steps_of(parsed) == ["Step 1: 2 + 2 is 4.", "Step 2: Doubled it is 9. The answer is: 9"]
    assert scores_of(parsed) == {("math_shepherd", 0): 1.0, ("math_shepherd", 1): 0.0}
    assert (parsed.external_id, parsed.trace["meta"]) == ("3", {"source": "math_shepherd", "task": "GSM8K"})


def test_both_versions_of_s1k():
    (first,) = parse_all("s1k", S1K, 2)
    deepseek, gemini = parse_all("s1k", S1K_11, 2)

    assert (steps_of(first), first.trace["final_answer"]) == (["Two.", "And two."], "It is 4.")
    assert (first.reference_answer, first.external_id) == ("4", "2/0")
    assert (steps_of(deepseek), deepseek.trace["final_answer"]) == (["Two.", "And two.", "It is \\boxed{4}."], "4")
    assert (scores_of(deepseek), scores_of(gemini)) == (
        {("deepseek_grade", None): 1.0},
        {("gemini_grade", None): 0.0},
    )
    assert gemini.trace["meta"] == {"source": "s1k", "cot_type": "math", "model": "gemini"}


@pytest.mark.parametrize(
    ("name", "row", "path"),
    [
        ("processbench", PROCESSBENCH | {"label": 3}, ("label",)),
        ("processbench", PROCESSBENCH | {"label": True}, ("label",)),
        ("processbench", PROCESSBENCH | {"steps": ["a", 7]}, ("steps", 1)),
        ("processbench", PROCESSBENCH | {"final_answer_correct": "no"}, ("final_answer_correct",)),
        ("math_shepherd", MATH_SHEPHERD | {"label": MATH_SHEPHERD["input"]}, ("label",)),
        ("math_shepherd", MATH_SHEPHERD | {"label": MATH_SHEPHERD["label"] + " more"}, ("input",)),
        ("math_shepherd", MATH_SHEPHERD | {"input": "2 + 2? 4"}, ("input",)),
        ("s1k", S1K_11 | {"gemini_grade": "Maybe"}, ("gemini_grade",)),
        ("s1k", S1K | {"thinking_trajectories": None}, ()),
        ("s1k", S1K | {"question": None}, ("question",)),
    ],
)
def test_a_row_with_a_bad_label_is_refused(name: str, row: dict[str, Any], path: tuple[Any, ...]):
    with pytest.raises(BadUserInput) as caught:
        parse_all(name, row)

    assert caught.value.path == path
