"""Scorers: pure functions from a trace to a number, one module each.

To add one, add a module here that defines ``SCORER``; the registry finds it. ``scoring`` applies them to stored traces.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from tunix_rt.domain.registry import drop_ins
from tunix_rt.domain.scorers.base import Scorer, Verdict
from tunix_rt.domain.text import clip
from tunix_rt.errors import BadUserInput
from tunix_rt.suggestions import did_you_mean

__all__ = ["Scorer", "Verdict", "find_scorer", "get_scorer", "scorers"]


@cache
def scorers() -> dict[str, Scorer]:
    """Returns every built-in scorer by its name, in alphabetical order."""
    return dict(sorted(drop_ins(__name__, "SCORER", Scorer, lambda scorer: scorer.name).items()))


def get_scorer(name: str) -> Scorer:
    """Returns the built-in scorer with a name; raises as ``find_scorer`` does."""
    return find_scorer(scorers(), name)


def find_scorer(known: Mapping[str, Scorer], name: str) -> Scorer:
    """Returns the scorer with a name.

    Raises:
        BadUserInput: there is none; the message lists the scorers.
    """
    scorer = known.get(name)
    if scorer is None:
        listed = ", ".join(map(repr, known))
        advice = did_you_mean(name, known)
        raise BadUserInput(f"There is no scorer {clip(name)!r}.{advice} The scorers are: {listed}.", ["scorer"])
    return scorer
