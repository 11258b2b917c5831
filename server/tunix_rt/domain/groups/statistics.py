"""Statistics of a group: pass@k, and the mean and variance of its scores."""

from __future__ import annotations

import math
from collections.abc import Mapping

from tunix_rt.errors import BadUserInput

K_MAX = 1000


def require_k(k: int) -> None:
    """Checks the k of pass@k.

    Raises:
        BadUserInput: it is out of its range.
    """
    if not 1 <= k <= K_MAX:
        raise BadUserInput(f"k must be between 1 and {K_MAX}; it is {k}.", ["k"])


def pass_at_k(graded: int, correct: int, k: int) -> float | None:
    """Returns the probability that at least one of ``k`` traces, chosen without replacement, is correct.

    This is the unbiased estimator 1 - C(n - c, k) / C(n, k) of Chen et al., "Evaluating Large Language Models Trained
    on Code" (arXiv:2107.03374, 2021), equation 1. None if there are fewer than ``k`` graded traces.
    """
    if k > graded:
        return None
    wrong = graded - correct
    if k > wrong:
        return 1.0
    # C(w, k) / C(n, k) is the product of k factors (w - i) / (n - i), and of c factors (n - k - i) / (n - i).
    left, factors = (wrong, k) if k < correct else (graded - k, correct)
    every = math.perm(graded, factors)
    return (every - math.perm(left, factors)) / every


def mean_of(counts: Mapping[float, int]) -> float | None:
    """Returns the mean of values with their numbers of occurrence; None without values."""
    total = sum(counts.values())
    return math.fsum(value * (count / total) for value, count in counts.items()) if total else None


def variance_of(counts: Mapping[float, int]) -> float | None:
    """Returns the sample variance (divisor n - 1) of values with their numbers of occurrence.

    None with fewer than two values, or if no double can represent it.
    """
    total, mean = sum(counts.values()), mean_of(counts)
    if mean is None or total < 2:
        return None
    found = sum((value - mean) * (value - mean) * (count / (total - 1)) for value, count in counts.items())
    return found if math.isfinite(found) else None
