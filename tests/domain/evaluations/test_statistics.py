"""The statistics of evaluations equal an independent computation by numpy and scipy, and their intervals cover."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from tunix_rt.db.models.evaluations import SignificanceTest
from tunix_rt.domain.evaluations.ranks import groups_of, rank_ranges
from tunix_rt.domain.evaluations.resampling import bootstrap_intervals
from tunix_rt.domain.evaluations.significance import Power, holm, mcnemar_p, power_of, unseen_rate
from tunix_rt.domain.evaluations.statistics import compare_pairs, estimates

CLOSE = 1e-12
SEED = 20
RESAMPLES = 2000


def close(value: float):
    return pytest.approx(value, abs=CLOSE, rel=CLOSE)


def bootstrap_by_scipy(values: np.ndarray) -> tuple[float, float]:
    found = stats.bootstrap(
        (values,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=np.random.default_rng(SEED)
    )
    return tuple(found.confidence_interval)


def scores_of(prompts: int = 60) -> np.ndarray:
    """Binary, fractional and unbounded scores; the third candidate lacks some prompts."""
    rng = np.random.default_rng(3)
    found = np.column_stack(
        [
            rng.random(prompts) < 0.5,
            rng.random(prompts) < 0.7,
            rng.integers(0, 5, prompts) / 4,
            rng.normal(10, 3, prompts),
        ]
    ).astype(float)
    found[::7, 2] = np.nan
    return found


def test_means_and_intervals_equal_scipys():
    scores = scores_of()

    for column, found in zip(scores.T, estimates(scores, SEED, RESAMPLES), strict=True):
        values = column[~np.isnan(column)]
        assert found is not None
        assert found.value == close(values.sum() / len(values))
        assert found[1:] == tuple(close(end) for end in bootstrap_by_scipy(values))


def permutation_by_definition(differences: np.ndarray) -> float:
    rng = np.random.default_rng([SEED, 1])
    flips = 2 * rng.integers(0, 2, (RESAMPLES, len(differences))) - 1
    means = (flips * differences).sum(axis=1)
    return (1 + sum(abs(mean) >= abs(differences.sum()) - 1e-9 for mean in means)) / (RESAMPLES + 1)


def test_paired_comparisons_equal_an_independent_computation():
    scores = scores_of()
    found = compare_pairs(scores, SEED, RESAMPLES)

    assert [(pair.a, pair.b) for pair in found] == list(combinations(range(4), 2))
    for pair in found:
        both = ~np.isnan(scores[:, [pair.a, pair.b]]).any(axis=1)
        a, b = scores[both, pair.a], scores[both, pair.b]
        wins, losses, wrong = sum(a > b), sum(a < b), sum((a == 0) & (b == 0))
        assert pair.difference.value == close(float(np.mean(a - b)))
        assert pair.difference[1:] == tuple(close(end) for end in bootstrap_by_scipy(a - b))
        assert (pair.wins, pair.losses, pair.both_wrong) == (wins, losses, wrong)
        assert pair.ties == both.sum() - wins - losses - wrong
        if (pair.a, pair.b) == (0, 1):
            assert pair.test is SignificanceTest.MCNEMAR
            assert pair.p_value == close(stats.binomtest(wins, wins + losses, 0.5).pvalue)
        else:
            assert pair.test is SignificanceTest.PERMUTATION
            assert pair.p_value == close(permutation_by_definition(a - b))
        reach = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
        error = stats.sem(a - b)
        assert pair.power.detectable == close(reach * error)
        assert pair.power.prompts_needed == max(2, math.ceil((reach * np.std(a - b, ddof=1) / np.mean(a - b)) ** 2))
    assert [pair.p_holm for pair in found] == [close(value) for value in holm([pair.p_value for pair in found])]


@pytest.mark.parametrize(("wins", "losses"), [(0, 0), (1, 0), (4, 4), (3, 12), (40, 9), (1200, 1100), (3000, 3120)])
def test_mcnemars_test_equals_scipys_binomial_test(wins: int, losses: int):
    expected = stats.binomtest(wins, wins + losses, 0.5).pvalue if wins + losses else 1.0

    assert mcnemar_p(wins, losses) == close(expected)
    assert mcnemar_p(losses, wins) == mcnemar_p(wins, losses)


def test_holms_correction_equals_its_definition():
    p_values = [0.01, 0.04, 0.03, 0.005, 0.6]

    def adjusted(value: float) -> float:
        ranked = sorted(p_values)
        return max(min(1.0, (5 - rank) * other) for rank, other in enumerate(ranked) if other <= value)

    assert holm(p_values) == [close(adjusted(value)) for value in p_values]
    assert holm([]) == []
    assert holm([0.9, 0.7]) == [1.0, 1.0]


def test_equal_answers_get_exact_bounds_instead_of_an_empty_interval():
    count = 40
    scores = np.column_stack([np.ones(count), np.zeros(count), np.ones(count)])
    bound = stats.binomtest(0, count).proportion_ci(0.95, "exact").high
    right, wrong, _ = estimates(scores, SEED, 100)
    opposite, equal, _ = compare_pairs(scores, SEED, 100)

    assert right == (1.0, close(1 - bound), 1.0)
    assert wrong == (0.0, 0.0, close(bound))
    assert opposite.difference == (1.0, close(1 - 2 * bound), 1.0)
    assert equal.difference == (0.0, close(-bound), close(bound))
    assert (equal.p_value, unseen_rate(count)) == (1.0, close(bound))
    assert {opposite.power, equal.power} == {Power(None, None)}


def test_equal_differences_have_no_variance_and_so_no_power():
    (pair,) = compare_pairs(np.column_stack([[0.3, 0.4, 0.9], [0.2, 0.3, 0.8]]), SEED, 100)

    assert pair.difference.value == close(0.1)
    assert pair.power == Power(None, None)
    assert power_of(0.5, 0.5, 2) == Power(close((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / 2**1.5), 8)


def test_candidates_without_a_common_prompt_are_not_compared():
    scores = np.array([[1.0, np.nan, np.nan], [0.0, np.nan, np.nan], [np.nan, 1.0, np.nan]])

    assert compare_pairs(scores, SEED, 10) == []
    assert [found is None for found in estimates(scores, SEED, 10)] == [False, False, True]
    assert power_of(1.0, 0.0, 1).detectable is None


def test_intervals_cover_the_truth_in_95_percent_of_2000_simulated_evaluations():
    rng = np.random.default_rng(7)
    simulations, prompts, samples = 2000, 400, 4
    ease = rng.beta(1.2, 1.0, (2, prompts, simulations))
    ease[1] = 0.7 * ease[0] + 0.3 * ease[1]  # the candidates find the same prompts hard
    means = rng.binomial(samples, ease) / samples
    truth = 1.2 / 2.2

    for columns, expected in ((means[0], truth), (means[0] - means[1], 0.0)):
        ends = [bootstrap_intervals(part, SEED, 4000) for part in np.array_split(columns, 8, axis=1)]
        low, high = np.concatenate(ends, axis=1)
        assert 0.94 <= np.mean((low <= expected) & (expected <= high)) <= 0.96


def test_candidates_share_a_group_exactly_if_they_do_not_differ_significantly():
    apart = {frozenset(pair) for pair in ("AC", "AD", "BD")}

    assert groups_of("ABCD", apart) == [["A", "B"], ["B", "C"], ["C", "D"]]
    assert groups_of("ABC", {frozenset("AB")}) == [["A", "C"], ["B", "C"]]
    assert groups_of("AB", set()) == [["A", "B"]]
    assert groups_of("", set()) == []
    assert rank_ranges("ABCD", {("A", "C"), ("A", "D"), ("B", "D")}) == {
        "A": (1, 2),
        "B": (1, 3),
        "C": (2, 4),
        "D": (3, 4),
    }
