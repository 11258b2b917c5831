"""The interface of a scorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


class ScoredStep(Protocol):
    """The part of a step that a scorer may read."""

    @property
    def type(self) -> str: ...

    @property
    def content(self) -> str: ...


class ScoredTrace(Protocol):
    """The part of a trace that a scorer may read."""

    @property
    def prompt(self) -> str: ...

    @property
    def final_answer(self) -> str: ...

    @property
    def steps(self) -> Sequence[ScoredStep]: ...

    @property
    def reference_answer(self) -> str | None: ...


@dataclass(frozen=True)
class Verdict:
    """A score and the numbers it was computed from."""

    score: float
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Scorer:
    """A named, versioned scoring function.

    Args:
        name: the name under which scores are stored.
        version: changes whenever the same trace might get another score.
        description: one sentence that helps to choose a scorer.
        low: the lowest possible score.
        high: the highest possible score.
        score: a pure function; the same trace always gets the same verdict, and None if it cannot be scored.
    """

    name: str
    version: str
    description: str
    low: float
    high: float
    score: Callable[[Any], Verdict | None]
