"""Resampling of prompts: percentile bootstrap intervals and sign-flip permutation tests, of many columns at once.

A column has one value for each prompt, so that the samples of a prompt stay together: the prompt is the cluster.
Sources: Efron (1979), "Bootstrap methods: another look at the jackknife"; Field and Welsh (2007), "Bootstrapping
clustered data"; Fisher (1935), "The design of experiments", section 21, for the permutation of signs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tunix_rt.domain.evaluations.significance import ALPHA

Matrix: TypeAlias = npt.NDArray[np.float64]

RESAMPLES = 10_000
RESAMPLED_AT_ONCE = 2_000_000
"""The number of prompts resampled at once, which bounds the memory: 16 MB."""
TOLERANCE = 1e-12
"""Sums of the same numbers in another order differ by less; a permutation that ties with the observation counts."""


def bootstrap_intervals(columns: Matrix, seed: int, resamples: int = RESAMPLES) -> Matrix:
    """Returns the lower and the upper ends of the intervals of the columns' means, as two rows.

    The resamples are the same as of ``scipy.stats.bootstrap`` with ``numpy.random.default_rng(seed)``, the same for all
    columns.

    Args:
        columns: a row for each prompt, without NaN.
    """
    rng = np.random.default_rng(seed)
    count = len(columns)
    means = [prompt_counts(rng.integers(0, count, (rows, count))) @ columns / count for rows in parts(resamples, count)]
    ends: Matrix = np.quantile(np.concatenate(means), [ALPHA / 2, 1 - ALPHA / 2], axis=0)
    return ends


def prompt_counts(indexes: npt.NDArray[np.int64]) -> Matrix:
    """Returns how often each resample has each prompt, a row for each resample."""
    rows, count = indexes.shape
    flat = indexes + np.arange(rows)[:, None] * count
    return np.bincount(flat.ravel(), minlength=rows * count).reshape(rows, count).astype(np.float64)


def permutation_p(columns: Matrix, seed: int, resamples: int = RESAMPLES) -> Matrix:
    """Returns for each column of differences the two-sided p-value of its mean, by flipping signs at random.

    The observation counts as one of the permutations, so that no p-value is 0.
    """
    rng = np.random.default_rng([seed, 1])
    observed = np.abs(columns.sum(axis=0)) - TOLERANCE * np.abs(columns).sum(axis=0)
    extreme = np.zeros(columns.shape[1])
    for rows in parts(resamples, len(columns)):
        signs = 2.0 * rng.integers(0, 2, (rows, len(columns))) - 1.0
        extreme += (np.abs(signs @ columns) >= observed).sum(axis=0)
    p_values: Matrix = (extreme + 1) / (resamples + 1)
    return p_values


def parts(resamples: int, count: int) -> Iterator[int]:
    """Yields numbers of resamples to make at once, which add up to ``resamples``."""
    step = max(1, RESAMPLED_AT_ONCE // count)
    for start in range(0, resamples, step):
        yield min(step, resamples - start)
