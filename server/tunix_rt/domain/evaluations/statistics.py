"""The statistics of an evaluation: means with intervals, and paired comparisons, from the scores of prompts.

The mean of a candidate is the mean over prompts of the prompt's mean score, so that every prompt counts once however
many samples it has. Only prompts that both candidates have scores for are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from tunix_rt.db.models.evaluations import SignificanceTest
from tunix_rt.domain.evaluations.resampling import RESAMPLES, Matrix, bootstrap_intervals, permutation_p
from tunix_rt.domain.evaluations.significance import Power, holm, mcnemar_p, power_of, unseen_rate

Mask: TypeAlias = npt.NDArray[np.bool_]


class Estimate(NamedTuple):
    """A mean with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PairStatistics:
    """The comparison of two candidates on the prompts that both have scores for.

    Args:
        a: the position of the first candidate.
        b: the position of the second one.
        difference: the mean of the differences, a minus b.
        p_value: the two-sided p-value of the difference, by ``test``.
        p_holm: the p-value corrected for the number of pairs.
        wins: the prompts on which a has the higher score.
        losses: the prompts on which b has it.
        ties: the prompts with equal scores above 0.
        both_wrong: the prompts on which both have 0.
    """

    a: int
    b: int
    difference: Estimate
    test: SignificanceTest
    p_value: float
    p_holm: float
    wins: int
    losses: int
    ties: int
    both_wrong: int
    power: Power


def estimates(means: Matrix, seed: int, resamples: int = RESAMPLES) -> list[Estimate | None]:
    """Returns the estimate of each candidate; None for one without a score.

    Args:
        means: a row for each prompt and a column for each candidate: the mean score of its samples, or NaN.
    """
    found = bootstrap_estimates(means, seed, resamples)
    return [
        exact_if_constant(estimate, column, 0.0) if estimate is not None and binary else estimate
        for estimate, column, binary in zip(found, means.T, binary_columns(means), strict=True)
    ]


def binary_columns(means: Matrix) -> list[bool]:
    """Returns for each candidate whether its scores are 0 and 1 alone."""
    return [bool(np.isin(column[~np.isnan(column)], [0.0, 1.0]).all()) for column in means.T]


def bootstrap_estimates(columns: Matrix, seed: int, resamples: int) -> list[Estimate | None]:
    """Returns the estimates of columns that may have NaN, each from its own prompts."""
    found: list[Estimate | None] = [None] * columns.shape[1]
    for some, mask in by_mask(~np.isnan(columns)):
        values = columns[mask][:, some]
        ends = bootstrap_intervals(values, seed, resamples)
        for position, column, low, high in zip(some, values.T, *ends, strict=True):
            found[position] = Estimate(float(column.mean()), float(low), float(high))
    return found


def by_mask(masks: Mask) -> list[tuple[list[int], Mask]]:
    """Returns the positions of the columns that are present on the same prompts, with these prompts; none if empty."""
    grouped: dict[bytes, list[int]] = {}
    for position, mask in enumerate(masks.T):
        if mask.any():
            grouped.setdefault(mask.tobytes(), []).append(position)
    return [(some, masks[:, some[0]]) for some in grouped.values()]


def exact_if_constant(estimate: Estimate, column: Matrix, lowest: float) -> Estimate:
    """Returns an estimate, with exact bounds if all its values are equal, as when every answer is correct.

    Resampling equal values shows no variation. The bounds assume the highest rate of other values that could have
    remained unobserved.

    Args:
        column: scores of 0 and 1 or their differences, or NaN.
        lowest: the lowest possible value: 0 for scores, -1 for differences.
    """
    values = column[~np.isnan(column)]
    value = float(values[0])
    if np.any(values != value):
        return estimate
    rate = unseen_rate(len(values)) * (1.0 if value == 0 else 1.0 - lowest)
    return Estimate(value, max(value - rate, lowest), min(value + rate, 1.0))


def compare_pairs(means: Matrix, seed: int, resamples: int = RESAMPLES) -> list[PairStatistics]:
    """Returns the comparison of every two candidates that have scores for a common prompt, in order."""
    pairs = list(combinations(range(means.shape[1]), 2))
    if not pairs:
        return []
    differences = np.column_stack([means[:, a] - means[:, b] for a, b in pairs])
    binary = binary_columns(means)
    exact = [binary[a] and binary[b] for a, b in pairs]
    tests = significance_of(differences, exact, seed, resamples)
    compared = [
        compared_pair(means, pair, exact_if_constant(estimate, column, -1.0) if known else estimate, test)
        for pair, estimate, column, known, test in zip(
            pairs, bootstrap_estimates(differences, seed, resamples), differences.T, exact, tests, strict=True
        )
        if estimate is not None
    ]
    corrected = holm([pair.p_value for pair in compared])
    return [replace(pair, p_holm=p_value) for pair, p_value in zip(compared, corrected, strict=True)]


def significance_of(
    differences: Matrix, exact: Sequence[bool], seed: int, resamples: int = RESAMPLES
) -> list[tuple[SignificanceTest, float]]:
    """Returns the test and the p-value of each column of differences.

    Args:
        exact: for each column whether both scores are 0 and 1 alone, so that McNemar's test applies.
    """
    tests = [(SignificanceTest.MCNEMAR, mcnemar_p(*counts_of(column))) for column in differences.T]
    others = [index for index, known in enumerate(exact) if not known]
    for some, mask in by_mask(~np.isnan(differences[:, others])):
        indexes = [others[position] for position in some]
        p_values = permutation_p(differences[mask][:, indexes], seed, resamples)
        for index, p_value in zip(indexes, p_values, strict=True):
            tests[index] = (SignificanceTest.PERMUTATION, float(p_value))
    return tests


def counts_of(differences: Matrix) -> tuple[int, int]:
    """Returns the numbers of positive and of negative differences."""
    return int((differences > 0).sum()), int((differences < 0).sum())


def compared_pair(
    means: Matrix, pair: tuple[int, int], estimate: Estimate, tested: tuple[SignificanceTest, float]
) -> PairStatistics:
    """Returns the comparison of one pair, not yet corrected for the number of pairs."""
    a, b = pair
    both = ~np.isnan(means[:, a]) & ~np.isnan(means[:, b])
    first, second = means[both, a], means[both, b]
    differences = first - second
    wins, losses = counts_of(differences)
    wrong = int(((first == 0) & (second == 0)).sum())
    deviation = float(differences.std(ddof=1)) if len(differences) > 1 else 0.0
    return PairStatistics(
        a=a,
        b=b,
        difference=estimate,
        test=tested[0],
        p_value=tested[1],
        p_holm=tested[1],
        wins=wins,
        losses=losses,
        ties=len(differences) - wins - losses - wrong,
        both_wrong=wrong,
        power=power_of(estimate.value, deviation, len(differences)),
    )
