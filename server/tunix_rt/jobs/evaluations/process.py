"""The process of one evaluation: ``python -m tunix_rt.jobs.evaluations.process EVALUATION ATTEMPT OWNER``.

It finds the candidates' answers, scores those without a score, computes the statistics and stores the result. If its
hold is lost, it stores nothing more and exits silently. Exit status 0 means that the ledger has the outcome, any other
that it does not.
"""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row

from tunix_rt.db.bulk import chunks
from tunix_rt.db.models import evaluations
from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database, lock_until_end
from tunix_rt.domain.evaluations.answers import (
    Answers,
    Prompts,
    answers_of,
    find_answers,
    latest_values,
    prompts_of,
    tokens_of,
)
from tunix_rt.domain.evaluations.draft import no_answers_error
from tunix_rt.domain.evaluations.generating import require_generated
from tunix_rt.domain.evaluations.leaderboard import prompt_scores_of, ranked_candidates
from tunix_rt.domain.evaluations.lifecycle import EVALUATION_HISTORY
from tunix_rt.domain.evaluations.resampling import Matrix
from tunix_rt.domain.evaluations.results import candidate_results, matrix_of, pair_results, rival_results
from tunix_rt.domain.evaluations.storage import (
    add_outcomes,
    add_pairs,
    add_rivals,
    candidates_of,
    outcome_columns,
    remove_results,
    update_candidate,
)
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.scorers import Scorer
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.errors import NotFound
from tunix_rt.jobs.holding import Heartbeat, HeldJob, JobFailed, JobStopped, require_held
from tunix_rt.jobs.process import RETRY_SECONDS, STATEMENT_SECONDS, converting_errors, main, perform_held
from tunix_rt.settings import Settings

SCORED_AT_ONCE = 500
"""Traces that one transaction scores, so that other writers are not blocked for long."""

OUTCOMES_AT_ONCE = 10_000


@dataclass
class EvaluationProgress:
    """The progress of an evaluation: a share for each part of the work."""

    share: float = 0.0

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger."""
        return {"progress": self.share}


@dataclass(frozen=True)
class Result:
    """The result of an evaluation.

    Args:
        prompts: the number of prompts.
        ids: the ids of the candidates.
        means: the mean score of each prompt, a column for each candidate.
    """

    prompts: int
    ids: Sequence[uuid.UUID]
    answers: Sequence[Answers]
    means: Matrix
    candidates: Sequence[Mapping[str, Any]]
    pairs: Sequence[Mapping[str, Any]]


class Evaluating:
    """One attempt at one evaluation."""

    def __init__(self, job: HeldJob, row: Row[Any], scoring: ScorerService) -> None:
        self._job = job
        self._row = row
        self._scoring = scoring
        self._database = job.database
        self.progress = EvaluationProgress()
        self.heartbeat = Heartbeat(job, self.progress.columns)

    async def find_result(self) -> Result:
        """Finds and scores the answers, and computes the statistics.

        Raises:
            JobStopped: the job is cancelled or lost.
            NotFound: the dataset was deleted.
            BadUserInput: a candidate has no answer.
            Conflict: the generation of a candidate is not completed.
            Unavailable: the database is unreachable.
        """
        async with self._database.read() as session:
            await require_generated(session, self._row.id)
            candidates = await candidates_of(session, self._row.id)
        if self._row.dataset_id is None:
            raise NotFound(f"The dataset {self._row.dataset_key!r} was deleted.")
        prompts = await prompts_of(self._database, self._row.dataset_id)
        answers: list[Answers] = []
        for position, candidate in enumerate(candidates):
            answers.append(await self._answers_of(candidate, prompts))
            self._advance(0.7 * (position + 1) / len(candidates))
        columns = [found.prompt_scores() for found in answers]
        return await asyncio.to_thread(
            compute_result, prompts.count, [row.id for row in candidates], answers, columns, self._row.seed
        )

    def _advance(self, share: float) -> None:
        """Sets the progress; raises ``JobStopped``."""
        self.progress.share = share
        self.heartbeat.check()

    async def _answers_of(self, candidate: Row[Any], prompts: Prompts) -> Answers:
        """Returns the answers of a candidate with their scores; raises as ``find_result`` does."""
        conditions = answers_of(candidate, self._database.kind)
        found = await find_answers(self._database, conditions, prompts, self._row.samples_per_prompt)
        if not found:
            raise no_answers_error(candidate.name, prompts.count)
        ids = [answer for answers in found.values() for answer in answers]
        await self._score_missing(ids)
        async with self._database.read() as session:
            scores = await latest_values(session, ids, self._row.scorer)
            return Answers(found, scores, await tokens_of(session, ids))

    async def _score_missing(self, ids: Sequence[uuid.UUID]) -> None:
        """Scores the answers that this version of the scorer has not scored, if it is one of the server.

        Raises:
            JobStopped: the job is cancelled or lost, also while the scorer waits for another server.
        """
        scorer = (await self._scoring.scorers()).get(self._row.scorer)
        if scorer is None:
            return
        for some in chunks(ids, SCORED_AT_ONCE):
            await self.heartbeat.while_held(self._score(some, scorer))

    async def _score(self, ids: Sequence[uuid.UUID], scorer: Scorer) -> None:
        await self._scoring.score(self._database, ids, scorer, only_missing=True)

    async def store(self, result: Result) -> None:
        """Stores the result, and completes the evaluation in the same transaction as its place on the leaderboard.

        Raises:
            JobStopped, Unavailable: as ``find_result`` does.
        """
        await self.store_outcomes(result)
        self._advance(0.95)
        while not await self._complete(result):
            self.heartbeat.check()

    async def store_outcomes(self, result: Result) -> None:
        """Stores the outcomes of all prompts in place of those of earlier attempts; raises as ``store`` does."""
        async with self._database.write() as session:
            require_held(await self._job.beat_in(session))
            await remove_results(session, self._row.id, result.ids)
        for candidate_id, answers in zip(result.ids, result.answers, strict=True):
            await self._store_pages(outcome_columns(candidate_id, answers))

    async def _store_pages(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Stores the outcomes of a candidate, page by page; raises as ``store`` does."""
        for start in range(0, len(columns["sample"]), OUTCOMES_AT_ONCE):
            page = {name: values[start : start + OUTCOMES_AT_ONCE] for name, values in columns.items()}
            async with self._database.write() as session:
                require_held(await self._job.beat_in(session))
                await add_outcomes(session, page)

    async def _complete(self, result: Result) -> bool:
        """Completes the evaluation; returns False if another one of the leaderboard was completed in the meantime."""
        names = await self._names()
        async with self._database.read() as session:
            rivals = await ranked_candidates(session, self._row.dataset_id, self._row.scorer, names)
            scores = {row.id: await prompt_scores_of(session, row.id) for row in rivals}
        compared = await asyncio.to_thread(rival_results, result.ids, result.means, scores, self._row.seed)
        async with self._database.write() as session:
            await lock_until_end(session, f"leaderboard.{self._row.dataset_id}.{self._row.scorer}")
            current = await ranked_candidates(session, self._row.dataset_id, self._row.scorer, names)
            if {row.id for row in current} != scores.keys():
                return False
            require_held(await self._job.beat_in(session))
            for candidate_id, values in zip(result.ids, result.candidates, strict=True):
                await update_candidate(session, candidate_id, values)
            await add_pairs(session, self._row.id, result.pairs)
            await add_rivals(session, compared)
            await self._job.end_in(session, JobStatus.COMPLETED, prompt_count=result.prompts)
        return True

    async def _names(self) -> set[str]:
        """Returns the names of the candidates, which replace those of earlier evaluations."""
        async with self._database.read() as session:
            return {row.name for row in await candidates_of(session, self._row.id)}


def compute_result(
    prompts: int,
    ids: Sequence[uuid.UUID],
    answers: Sequence[Answers],
    columns: Sequence[Mapping[int, float]],
    seed: int,
) -> Result:
    """Returns the result of an evaluation; ``columns`` are the scores of prompts, one mapping for each candidate."""
    means = matrix_of(columns, prompts)
    return Result(prompts, ids, answers, means, candidate_results(answers, means, seed), pair_results(ids, means, seed))


async def run(settings: Settings, hold: Hold) -> int:
    """Performs the evaluation that is held, and returns the process's exit status."""

    async def perform(database: Database, row: Row[Any]) -> None:
        job = HeldJob(database, evaluations, hold, lease_of(settings), EVALUATION_HISTORY)
        scoring = ScorerService(settings)
        try:
            await work(Evaluating(job, row, scoring), job)
        finally:
            await scoring.close()

    database = Database(replace(settings, db_statement_timeout_seconds=STATEMENT_SECONDS), bulk_writes=True)
    return await perform_held(database, evaluations, hold, perform)


async def work(attempt: Evaluating, job: HeldJob) -> None:
    """Evaluates and records the outcome.

    Raises:
        Unavailable: the database was unreachable for too long.
    """
    end = job.database.retrying(RETRY_SECONDS)
    try:
        async with attempt.heartbeat.beating():
            with converting_errors():
                await attempt.store(await attempt.find_result())
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await end(job.end, JobStatus.CANCELLED)
    except JobFailed as failed:
        await end(job.end, JobStatus.FAILED, (failed.code, failed.message))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], run))
