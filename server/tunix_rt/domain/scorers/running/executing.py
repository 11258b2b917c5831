"""Applies a scorer to traces, off the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from tunix_rt.domain.scorers.base import Scorer, ScorerExecution, ScoringFailure, Verdict
from tunix_rt.domain.scorers.running.processes import PROCESSES, ScorerProcesses
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace, trace_to_score
from tunix_rt.domain.scorers.running.worker import MESSAGE_CHARS
from tunix_rt.domain.text import clip
from tunix_rt.errors import ErrorCode, TunixRtError

ScoringOutcome: TypeAlias = Verdict | ScoringFailure | None
"""A verdict, the reason why there is none, or None for a trace that the scorer does not take."""


class ScorerExecutor:
    """Applies scorers to traces, in the place that their ``execution`` names.

    Args:
        seconds: the time limit of a process for one trace.
    """

    def __init__(self, seconds: float = 10.0) -> None:
        self.processes = ScorerProcesses()
        self._seconds = seconds

    async def outcomes(
        self, scorer: Scorer, traces: Sequence[ScorableTrace], until: float | None = None
    ) -> list[ScoringOutcome]:
        """Returns the scorer's outcomes for the first traces, in order; for all of them if there is enough time.

        Args:
            until: the time, by the monotonic clock, after which no further trace is started. It does not apply to
                scorers that run in a thread, nor to the first trace.
        """
        if scorer.execution is ScorerExecution.THREAD:
            return await asyncio.to_thread(in_order, scorer, traces)
        found: dict[int, ScoringOutcome] = {}
        waiting = enumerate(traces)

        async def work() -> None:
            for position, trace in waiting_until(waiting, until, found):
                found[position] = await self._outcome(scorer, trace)

        at_once = scorer.at_once if scorer.execution is ScorerExecution.WAITING else PROCESSES
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(at_once, len(traces))):
                tasks.create_task(work())
        return [found[position] for position in range(len(found))]

    async def _outcome(self, scorer: Scorer, trace: ScorableTrace) -> ScoringOutcome:
        """Returns the outcome for one trace."""
        if scorer.program is not None:
            return await self.processes.score(scorer.program, trace, self._seconds)
        try:
            found = await asyncio.to_thread(trace_to_score, trace)
            if scorer.ask is not None:
                return await scorer.ask(found)
            return await asyncio.to_thread(scorer.score, found)
        except TunixRtError as error:
            return ScoringFailure(error.code, error.message)
        except Exception as error:
            return ScoringFailure(ErrorCode.SCORER_FAILED, clip(f"{type(error).__name__}: {error}", MESSAGE_CHARS))


def waiting_until(
    waiting: Iterator[tuple[int, ScorableTrace]], until: float | None, found: dict[int, ScoringOutcome]
) -> Iterator[tuple[int, ScorableTrace]]:
    """Yields waiting traces until a time; at least one."""
    while until is None or not found or time.monotonic() < until:
        following = next(waiting, None)
        if following is None:
            return
        yield following


def in_order(scorer: Scorer, traces: Sequence[ScorableTrace]) -> list[ScoringOutcome]:
    """Returns the verdicts on traces, one after the other."""
    return [scorer.score(trace_to_score(trace)) for trace in traces]
