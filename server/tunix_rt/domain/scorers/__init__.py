"""Scorers: pure functions from a trace to a number, each in a file of its own.

To add one, put a module here that defines ``SCORER``; the registry finds it.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from tunix_rt.domain.scorers.base import Scorer, Verdict
from tunix_rt.errors import BadUserInput

__all__ = ["Scorer", "Verdict", "scorer_named", "scorers"]


@cache
def scorers() -> dict[str, Scorer]:
    """Every scorer by its name, in alphabetical order.

    Raises:
        RuntimeError: if two modules claim one name.
    """
    found: dict[str, Scorer] = {}
    for module in pkgutil.iter_modules(__path__):
        scorer = getattr(importlib.import_module(f"{__name__}.{module.name}"), "SCORER", None)
        if isinstance(scorer, Scorer):
            if scorer.name in found:
                raise RuntimeError(f"two scorers are named {scorer.name!r}")
            found[scorer.name] = scorer
    return dict(sorted(found.items()))


def scorer_named(name: str) -> Scorer:
    """The scorer of that name.

    Raises:
        BadUserInput: naming those that exist.
    """
    scorer = scorers().get(name)
    if scorer is None:
        raise BadUserInput(f"There is no such scorer. The scorers are: {', '.join(scorers())}.", ["scorer"])
    return scorer
