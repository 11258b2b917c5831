"""Applies a scorer to traces, off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tunix_rt.domain.scorers.base import Scorer, ScoringFailure, Verdict
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace, decoded_trace


class Executor:
    """Applies scorers to traces, in the place that their ``execution`` names."""

    async def verdicts(
        self, scorer: Scorer, traces: Sequence[ScorableTrace]
    ) -> Sequence[Verdict | ScoringFailure | None]:
        """Returns the scorer's outcome for each trace, in order."""
        return await asyncio.to_thread(in_order, scorer, traces)


def in_order(scorer: Scorer, traces: Sequence[ScorableTrace]) -> list[Verdict | None]:
    """Returns the verdicts on traces, one after the other."""
    return [scorer.score(decoded_trace(trace)) for trace in traces]
