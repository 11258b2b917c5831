"""The interface of a scorer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from tunix_rt.errors import ErrorCode


class ScoredStep(Protocol):
    """The part of a step that a scorer may read."""

    @property
    def type(self) -> str: ...

    @property
    def content(self) -> str: ...


class Solution(Protocol):
    """The part of a trace that a model wrote, with its prompt."""

    @property
    def prompt(self) -> str: ...

    @property
    def final_answer(self) -> str: ...

    @property
    def steps(self) -> Sequence[ScoredStep]: ...


class ScoredTrace(Solution, Protocol):
    """The part of a trace that a scorer may read."""

    @property
    def meta(self) -> Mapping[str, Any] | None: ...

    @property
    def reference_answer(self) -> str | None: ...

    @property
    def external_id(self) -> str | None: ...


@dataclass(frozen=True)
class Verdict:
    """A score, the numbers it was computed from, and its explanation."""

    score: float
    details: Mapping[str, Any]
    rationale: str | None = None


@dataclass(frozen=True)
class ScoringFailure:
    """The reason why a trace could not be scored, although the scorer takes such traces."""

    code: ErrorCode
    message: str


class ScorerSource(Enum):
    """The origin of a scorer."""

    BUILT_IN = "BUILT_IN"
    FOLDER = "FOLDER"
    PACKAGE = "PACKAGE"


class ScorerExecution(Enum):
    """The place where a scorer runs: a thread, threads that wait for another server, or a separate process."""

    THREAD = "THREAD"
    WAITING = "WAITING"
    PROCESS = "PROCESS"


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
        source: where the scorer comes from.
        origin: the file or package of a scorer that is not built in.
        execution: where ``score`` runs.
        seconds: the time limit of one trace, for scorers that do not run in a thread of the server.
        unavailable: why the scorer cannot score at present; None if it can.
    """

    name: str
    version: str
    description: str
    low: float
    high: float
    score: Callable[[Any], Verdict | None]
    source: ScorerSource = ScorerSource.BUILT_IN
    origin: str | None = None
    execution: ScorerExecution = ScorerExecution.THREAD
    seconds: float = 10.0
    unavailable: str | None = None
