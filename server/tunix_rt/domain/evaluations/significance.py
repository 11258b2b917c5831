"""Significance of differences, in plain Python: McNemar's exact test, Holm's correction, exact bounds, and power.

Sources: McNemar (1947), "Note on the sampling error of the difference between correlated proportions", in its exact
binomial form; Holm (1979), "A simple sequentially rejective multiple test procedure"; Clopper and Pearson (1934), "The
use of confidence or fiducial limits"; Miller (2024), "Adding error bars to evals", section 5, for the power.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

ALPHA = 0.05
"""The significance level; intervals cover ``1 - ALPHA``."""

POWER = 0.8
"""The probability with which a true difference of the detectable size is found."""

DETECTABLE_DEVIATIONS = NormalDist().inv_cdf(1 - ALPHA / 2) + NormalDist().inv_cdf(POWER)
"""The detectable difference in standard errors: 2.80."""

NO_DEVIATION = 1e-12
"""Deviations below this are the rounding of equal differences."""


@dataclass(frozen=True)
class Power:
    """The power of a comparison of two candidates.

    Args:
        detectable: the smallest true difference that this number of prompts shows with probability ``POWER``; None
            with fewer than two prompts, or if all of them show the same difference, which has no variance.
        prompts_needed: the number of prompts with which the observed difference would be detectable; None if it is 0,
            or if ``detectable`` is None.
    """

    detectable: float | None
    prompts_needed: int | None


def mcnemar_p(wins: int, losses: int) -> float:
    """Returns the two-sided p-value of McNemar's exact test: a binomial test of the discordant prompts."""
    discordant, fewer = wins + losses, min(wins, losses)
    if wins == losses:
        return 1.0
    term = tail = 1
    for chosen in range(1, fewer + 1):  # binomial coefficients, as whole numbers
        term = term * (discordant - chosen + 1) // chosen
        tail += term
    return min(1.0, 2 * tail / (1 << discordant))


def holm(p_values: Sequence[float]) -> list[float]:
    """Returns the p-values adjusted by Holm's step-down procedure, in the given order."""
    adjusted, highest = [0.0] * len(p_values), 0.0
    by_size = sorted(range(len(p_values)), key=p_values.__getitem__)
    for rank, position in enumerate(by_size):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[position]))
        adjusted[position] = highest
    return adjusted


def unseen_rate(count: int) -> float:
    """Returns the highest rate of an event that ``count`` prompts without it are compatible with (Clopper-Pearson)."""
    return -math.expm1(math.log(ALPHA / 2) / count)


def power_of(difference: float, deviation: float, count: int) -> Power:
    """Returns the power of a paired comparison.

    Args:
        difference: the observed mean difference.
        deviation: the sample standard deviation of the differences of single prompts.
        count: the number of prompts.
    """
    if count < 2 or deviation < NO_DEVIATION:
        return Power(None, None)
    detectable = DETECTABLE_DEVIATIONS * deviation / math.sqrt(count)
    if difference == 0:
        return Power(detectable, None)
    return Power(detectable, max(2, math.ceil((DETECTABLE_DEVIATIONS * deviation / difference) ** 2)))
