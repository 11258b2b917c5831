"""Scorers: pure functions from a trace to a number, one module each.

To add one, add a module here that defines ``SCORER``; the registry finds it. ``scoring`` applies them to stored traces.
"""

from __future__ import annotations

from functools import cache

from tunix_rt.domain.registry import drop_ins
from tunix_rt.domain.scorers.base import Scorer, Verdict
from tunix_rt.errors import BadUserInput

__all__ = ["Scorer", "Verdict", "get_scorer", "scorers"]


@cache
def scorers() -> dict[str, Scorer]:
    """Returns every scorer by its name, in alphabetical order."""
    return dict(sorted(drop_ins(__name__, "SCORER", Scorer, lambda scorer: scorer.name).items()))


def get_scorer(name: str) -> Scorer:
    """Returns the scorer with a name.

    Raises:
        BadUserInput: there is none; the message lists the scorers.
    """
    scorer = scorers().get(name)
    if scorer is None:
        raise BadUserInput(f"There is no such scorer. The scorers are: {', '.join(scorers())}.", ["scorer"])
    return scorer
