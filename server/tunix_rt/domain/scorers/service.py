"""The scorers of a server or of a job's process, and the threads and processes that run them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from tunix_rt.db.session import Database
from tunix_rt.domain.scorers import Scorer, find_scorer, scorers
from tunix_rt.domain.scorers.judge import Judge, judge_scorer
from tunix_rt.domain.scorers.running.custom import CustomScorers
from tunix_rt.domain.scorers.running.executing import ScorerExecutor, ScoringOutcome
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace
from tunix_rt.domain.scorers.scoring import ScoredBatch, score_batch
from tunix_rt.errors import NotInstalled
from tunix_rt.settings import Settings


class ScorerService:
    """Finds scorers by name and scores stored traces with them.

    Args:
        settings: the settings of the scorers.
    """

    def __init__(self, settings: Settings) -> None:
        self._executor = ScorerExecutor(min(settings.scorer_timeout_seconds, settings.request_timeout_seconds / 2))
        self._judge = Judge(settings)
        self._known = scorers() | {"judge": judge_scorer(self._judge, settings)}
        self._custom = CustomScorers(settings.scorers_folder, self._executor.processes)

    async def scorers(self) -> Mapping[str, Scorer]:
        """Returns every scorer by its name, in alphabetical order."""
        return dict(sorted((self._known | await self._custom.find(self._known)).items()))

    async def scorer(self, name: str) -> Scorer:
        """Returns the scorer with a name.

        Raises:
            BadUserInput: there is none; the message lists the scorers.
            NotInstalled: it cannot score at present; the message has what to do.
        """
        scorer = find_scorer(await self.scorers(), name)
        if scorer.unavailable is not None:
            raise NotInstalled(scorer.unavailable, ["scorer"])
        return scorer

    async def score(
        self,
        database: Database,
        ids: Sequence[uuid.UUID],
        scorer: Scorer,
        *,
        only_missing: bool,
        until: float | None = None,
    ) -> ScoredBatch:
        """Scores traces and stores the scores, as ``score_batch`` does."""
        return await score_batch(database, self._executor, ids, scorer, only_missing=only_missing, until=until)

    async def outcomes(self, scorer: Scorer, traces: Sequence[ScorableTrace]) -> list[ScoringOutcome]:
        """Returns the scorer's outcomes for traces that are not stored yet, in order."""
        return await self._executor.outcomes(scorer, traces)

    async def close(self) -> None:
        """Ends the processes and the connections of scorers."""
        await self._judge.endpoint.close()
        await self._executor.processes.close()
