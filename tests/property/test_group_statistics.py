"""Statistics of groups: equal to their definitions, computed the long way."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import comb
from statistics import fmean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunix_rt.domain.answers.comparison import compare_answers
from tunix_rt.domain.groups.answers import CountedAnswer, distinct_answers
from tunix_rt.domain.groups.statistics import K_MAX, mean_of, pass_at_k, variance_of


@given(verdicts=st.lists(st.booleans(), min_size=1, max_size=9), k=st.integers(1, 9))
def test_pass_at_k_is_the_share_of_choices_with_a_correct_trace(verdicts: list[bool], k: int):
    choices = [any(choice) for choice in combinations(verdicts, k)]

    found = pass_at_k(len(verdicts), sum(verdicts), k)

    assert found == (pytest.approx(sum(choices) / len(choices), abs=1e-12) if choices else None)


@given(graded=st.integers(1, 5000), share=st.floats(0, 1), k=st.integers(1, K_MAX))
def test_pass_at_k_is_the_estimator_of_its_source(graded: int, share: float, k: int):
    correct, k = round(graded * share), min(k, graded)

    exact = 1 - comb(graded - correct, k) / comb(graded, k)

    assert pass_at_k(graded, correct, k) == pytest.approx(exact, abs=1e-12)
    assert pass_at_k(graded, correct, 1) == correct / graded


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, -3.25, 1e6, 1e-9]), min_size=1, max_size=40))
def test_mean_and_variance_are_those_of_the_scores(scores: list[float]):
    counts = Counter(scores)

    assert mean_of(counts) == pytest.approx(fmean(scores), rel=1e-12)
    wanted = variance(scores) if len(scores) > 1 else None
    assert variance_of(counts) == (None if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-300))


def test_statistics_of_extreme_scores_are_finite_or_none():
    assert (mean_of({}), variance_of({})) == (None, None)
    assert mean_of({1.7e308: 3, -1.7e308: 1}) == pytest.approx(0.85e308)
    assert variance_of({1.7e308: 1, -1.7e308: 1}) is None


ANSWERS = st.sampled_from(["18", "$18$", "18.", "\\boxed{18}", "19", "x", "X", "the answer is 19", "1/2", "½"])


@given(st.lists(st.tuples(ANSWERS, st.sampled_from([None, 0, 1])), min_size=1, max_size=30))
def test_distinct_answers_are_those_whose_texts_compare_unequal(samples: list[tuple[str, int | None]]):
    rows = [
        CountedAnswer(text, place, 1, int(grade is not None), grade or 0) for place, (text, grade) in enumerate(samples)
    ]

    found = distinct_answers(reversed(rows))

    assert sum(answer.count for answer in found) == len(samples)
    assert [answer.count for answer in found] == sorted((answer.count for answer in found), reverse=True)
    for answer in found:
        same = [grade for text, grade in samples if compare_answers(text, answer.answer).rule == "text"]
        assert answer.count == len(same)
        assert answer.graded_count == sum(grade is not None for grade in same)
        assert answer.correct_count == sum(grade or 0 for grade in same)
    firsts = [
        next(text for text, _ in samples if compare_answers(text, answer.answer).rule == "text") for answer in found
    ]
    assert firsts == [answer.answer for answer in found]
