"""The interface of a scorer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple, Protocol

from tunix_rt.domain.scores.draft import ScoreKind
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

    @property
    def malformed(self) -> bool | None: ...


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
    """The place where a scorer runs: a thread, the event loop, where it waits for another server, or a process."""

    THREAD = "THREAD"
    WAITING = "WAITING"
    PROCESS = "PROCESS"


class ScorerProgram(NamedTuple):
    """The code that a process runs to score.

    Args:
        source: where the code is found.
        name: the module, the file's path, or the entry point.
        stamp: changes with the code, as far as that is known.
    """

    source: ScorerSource
    name: str
    stamp: str = ""


def runs_elsewhere(trace: Any) -> Verdict | None:
    """Stands in for ``Scorer.score`` of a scorer that does not run in a thread.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("This scorer does not run in a thread.")


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
        kind: the kind of the stored scores.
        execution: where ``score`` runs.
        program: what a process runs if ``execution`` is PROCESS.
        ask: awaited in place of ``score`` if ``execution`` is WAITING.
        at_once: the number of traces that are scored at once if ``execution`` is WAITING.
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
    kind: ScoreKind = ScoreKind.CODE
    execution: ScorerExecution = ScorerExecution.THREAD
    program: ScorerProgram | None = None
    ask: Callable[[Any], Awaitable[Verdict | None]] | None = None
    at_once: int = 1
    unavailable: str | None = None
