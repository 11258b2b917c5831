"""The results of an evaluation as rows, computed from the answers of its candidates; needs numpy."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tunix_rt.domain.evaluations.answers import Answers
from tunix_rt.domain.evaluations.resampling import Matrix
from tunix_rt.domain.evaluations.statistics import (
    Estimate,
    PairStatistics,
    binary_columns,
    compare_pairs,
    estimates,
    significance_of,
)


def matrix_of(columns: Sequence[Mapping[int, float]], prompts: int) -> Matrix:
    """Returns scores of prompts as a matrix with a column for each candidate, and NaN where there is none."""
    matrix = np.full((prompts, len(columns)), np.nan)
    for position, column in enumerate(columns):
        matrix[list(column), position] = list(column.values())
    return matrix


def candidate_results(answers: Sequence[Answers], means: Matrix, seed: int) -> list[dict[str, Any]]:
    """Returns the statistics of candidates as columns of their rows."""
    return [
        interval_columns(estimate)
        | {
            "prompt_count": int((~np.isnan(column)).sum()),
            "answer_count": found.count,
            "unscored_count": found.count - len(found.scores),
            "token_count": found.token_count,
        }
        for found, column, estimate in zip(answers, means.T, estimates(means, seed), strict=True)
    ]


def interval_columns(estimate: Estimate | None) -> dict[str, float | None]:
    """Returns the columns of a mean with its interval."""
    return dict(zip(("mean", "low", "high"), estimate or (None, None, None), strict=True))


def pair_results(ids: Sequence[uuid.UUID], means: Matrix, seed: int) -> list[dict[str, Any]]:
    """Returns the comparisons of candidates as columns of their rows."""
    return [pair_columns(ids, pair) for pair in compare_pairs(means, seed)]


def pair_columns(ids: Sequence[uuid.UUID], pair: PairStatistics) -> dict[str, Any]:
    """Returns the columns of one comparison."""
    return {
        "a_id": ids[pair.a],
        "b_id": ids[pair.b],
        "difference": pair.difference.value,
        "low": pair.difference.low,
        "high": pair.difference.high,
        "test": pair.test.value,
        "p_value": pair.p_value,
        "p_holm": pair.p_holm,
        "win_count": pair.wins,
        "loss_count": pair.losses,
        "tie_count": pair.ties,
        "both_wrong_count": pair.both_wrong,
        "detectable_difference": pair.power.detectable,
        "prompts_needed": pair.power.prompts_needed,
    }


def rival_results(
    ids: Sequence[uuid.UUID], means: Matrix, rivals: Mapping[uuid.UUID, Mapping[int, float]], seed: int
) -> list[dict[str, Any]]:
    """Returns the comparisons of candidates with those of other evaluations on the same prompts as rows."""
    if not rivals:
        return []
    others = matrix_of(list(rivals.values()), len(means))
    pairs = [(a, b) for a in range(len(ids)) for b in range(len(rivals))]
    differences = np.column_stack([means[:, a] - others[:, b] for a, b in pairs])
    binary, other_binary = binary_columns(means), binary_columns(others)
    tests = significance_of(differences, [binary[a] and other_binary[b] for a, b in pairs], seed)
    return [
        {"a_id": ids[a], "b_id": list(rivals)[b], "difference": float(np.nanmean(column)), "p_value": p_value}
        for (a, b), column, (_, p_value) in zip(pairs, differences.T, tests, strict=True)
        if not np.isnan(column).all()
    ]
