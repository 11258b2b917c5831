"""The rewards of a GRPO run: grades the trainer's rollouts as they come, and stores them as traces.

The trainer appends a line for each batch to ``rollouts.jsonl`` and waits for the line of its rewards in
``rewards.jsonl``, which is written here. Both lines are on disk before anything is stored, and a batch is stored in one
transaction: after a crash no batch is graded twice, and none is stored twice or lost. Training does not wait for the
database.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from tunix_rt.db.clock import instant
from tunix_rt.db.models import tunix_runs
from tunix_rt.domain.generations.answers import ParsedTrace, scorable
from tunix_rt.domain.generations.prompts import Prompt, read_prompts
from tunix_rt.domain.generations.rollouts import (
    GivenReward,
    GradedRollouts,
    ReportedRollouts,
    RolloutRun,
    add_rollouts,
    last_policy_version,
)
from tunix_rt.domain.jobs.ledger import lease_of
from tunix_rt.domain.jobs.queue import HoldState, heartbeat
from tunix_rt.domain.rewards.parameters import Grpo
from tunix_rt.domain.runs.config import folder_name
from tunix_rt.domain.runs.files import DATASET_FILE
from tunix_rt.domain.scorers import Scorer, Verdict
from tunix_rt.domain.scorers.base import ScoringFailure
from tunix_rt.domain.scorers.service import ScorerService
from tunix_rt.errors import RequestTimeout, Unavailable
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.lines import whole_lines
from tunix_rt.jobs.supervision.outcome import StopReason
from tunix_rt.trainer.contract import MAX_NEW_TOKENS, REWARDS_FILE, ROLLOUTS_FILE

logger = logging.getLogger("tunix_rt")

POLL_SECONDS = 0.02
RETRY_SECONDS = 1.0
LINES_AT_ONCE = 8

decode_rollouts = msgspec.json.Decoder(ReportedRollouts).decode
decode_graded = msgspec.json.Decoder(GradedRollouts).decode


class RolloutRelay:
    """Grades and stores the rollouts of one attempt.

    Args:
        grpo: the rewards of the run.
    """

    def __init__(self, attempt: AttemptState, grpo: Grpo) -> None:
        self._attempt = attempt
        self._grpo = grpo
        self._run = rollout_run(attempt, grpo)
        self._scoring = ScorerService(attempt.settings)
        self._prompts: list[Prompt] = []
        self._rollouts = attempt.folder / ROLLOUTS_FILE
        self._rewards = attempt.folder / REWARDS_FILE
        self._to_grade = 0
        self._to_store = (0, 0)
        """The offsets of the first batch that is not stored, in the files of rollouts and of rewards."""
        self._finished = False
        self._error: Exception | None = None

    async def begin(self) -> None:
        """Finds the batches that earlier attempts have graded and stored.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable.
            OSError: the files cannot be read.
        """
        graded = await asyncio.to_thread(cut_to_whole_lines, self._rewards)
        self._to_grade = await asyncio.to_thread(offset_of, self._rollouts, graded)
        async with self._attempt.database.read() as session:
            last = await last_policy_version(session, self._run.id)
        while last is not None and (found := await self._next_graded()) is not None:
            reported, _, after = found
            if reported.policy_version > last:
                return
            self._to_store = after

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Grades and stores inside the block, and raises its error at the end, if any."""
        tasks = [asyncio.create_task(self._repeat(step)) for step in (self.grade_next, self.store_next)]
        try:
            yield
        finally:
            self._finished = True
            await asyncio.gather(*tasks)
        if self._error is not None:
            raise self._error

    async def drain(self) -> None:
        """Grades and stores the remaining rollouts, once the trainer has exited.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable.
        """
        try:
            while await self.grade_next():
                pass
            while await self.store_next():
                pass
        finally:
            await self._scoring.close()

    async def grade_next(self) -> bool:
        """Grades the next batch, and returns whether there was one.

        Raises:
            OSError: the rewards cannot be written.
        """
        lines, after = await asyncio.to_thread(whole_lines, self._rollouts, self._to_grade, 1)
        if not lines:
            return False
        reported = decode_rollouts(lines[0])
        graded = await self._graded(reported, await self._parsed(reported))
        await asyncio.to_thread(append_line, self._rewards, msgspec.json.encode(graded) + b"\n")
        self._to_grade = after
        return True

    async def store_next(self) -> bool:
        """Stores the next graded batch, and returns whether there was one; nothing is stored once the hold is lost.

        Raises:
            Unavailable, RequestTimeout: the database is unreachable.
        """
        attempt, found = self._attempt, await self._next_graded()
        if found is None or attempt.state is HoldState.LOST:
            return False
        reported, graded, after = found
        parsed = await self._parsed(reported)
        async with attempt.database.write() as session:
            at, lease = await instant(session), lease_of(attempt.settings)
            if await heartbeat(session, tunix_runs, attempt.hold, at, lease) is HoldState.LOST:
                return False
            last = await last_policy_version(session, self._run.id)
            if last is None or reported.policy_version > last:  # it was not stored, with only the answer lost
                await add_rollouts(session, self._run, parsed, graded)
        self._to_store = after
        return True

    async def _repeat(self, step: Callable[[], Awaitable[bool]]) -> None:
        """Takes one step after another until the block ends. What the database cannot take now is stored later."""
        try:
            while not self._finished and self._attempt.state is not HoldState.LOST:
                pause = RETRY_SECONDS
                with suppress(Unavailable, RequestTimeout):
                    pause = 0.0 if await step() else POLL_SECONDS
                await asyncio.sleep(pause)
        except Exception as error:
            logger.exception("run %s: its rollouts cannot be graded", self._attempt.hold.id)
            self._error = error
            self._attempt.request_stop(StopReason.STOP)

    async def _next_graded(self) -> tuple[ReportedRollouts, GradedRollouts, tuple[int, int]] | None:
        """Returns the next batch to store with its rewards, and the offsets after it; None if there is none yet."""
        rewards, rewards_after = await asyncio.to_thread(whole_lines, self._rewards, self._to_store[1], 1)
        rollouts, rollouts_after = await asyncio.to_thread(whole_lines, self._rollouts, self._to_store[0], 1)
        if not rewards or not rollouts:
            return None
        return decode_rollouts(rollouts[0]), decode_graded(rewards[0]), (rollouts_after, rewards_after)

    async def _parsed(self, reported: ReportedRollouts) -> list[ParsedTrace]:
        """Returns the rollouts of a batch as traces."""
        if not self._prompts:
            self._prompts = await asyncio.to_thread(read_prompts, self._attempt.folder / DATASET_FILE)
        return [
            self._run.parse(answer, self._prompts[answer.prompt], reported.policy_version)
            for answer in reported.answers
        ]

    async def _graded(self, reported: ReportedRollouts, parsed: Sequence[ParsedTrace]) -> GradedRollouts:
        """Returns the rewards of a batch; those of malformed rollouts are 0."""
        rewards: dict[str, list[float]] = {}
        verdicts: list[list[GivenReward]] = [[] for _ in parsed]
        formed = [place for place, found in enumerate(parsed) if not found.origin.malformed]
        traces = [scorable(parsed[place]) for place in formed]
        for reward in self._grpo.rewards:
            scorer = await self._scoring.scorer(reward.scorer)
            outcomes = await self._scoring.outcomes(scorer, traces)
            rewards[reward.scorer] = given = [0.0] * len(parsed)
            for place, outcome in zip(formed, outcomes, strict=True):
                if isinstance(outcome, Verdict):
                    given[place] = float(outcome.score)
                    verdicts[place].append(GivenReward.of(scorer, outcome))
            self._warn(scorer, reported, [found for found in outcomes if isinstance(found, ScoringFailure)])
        return GradedRollouts(reported.batch, rewards, verdicts)

    def _warn(self, scorer: Scorer, reported: ReportedRollouts, failures: Sequence[ScoringFailure]) -> None:
        """Logs that a scorer has failed, which makes its reward 0."""
        if failures:
            share = f"{len(failures):,} of the {len(reported.answers):,} rollouts of batch {reported.batch:,}"
            note = f"{scorer.name} could not score {share}, whose reward is 0: {failures[0].message}"
            self._attempt.log_warnings([note])


def rollout_run(attempt: AttemptState, grpo: Grpo) -> RolloutRun:
    """Returns the facts that all rollouts of an attempt's run share, with the trainer's defaults."""
    row, config = attempt.row, attempt.config
    return RolloutRun(
        id=row.id,
        name=folder_name(row.id, row.output_name),
        model_id=config.model_id,
        weights={reward.scorer: reward.weight for reward in grpo.rewards},
        template=config.template,
        temperature=1.0 if grpo.temperature is None else grpo.temperature,
        top_p=1.0 if grpo.top_p is None else grpo.top_p,
        max_new_tokens=MAX_NEW_TOKENS if grpo.max_new_tokens is None else grpo.max_new_tokens,
        seed=config.training.seed or 0,
        max_bytes=attempt.settings.trace_max_bytes,
    )


def cut_to_whole_lines(path: Path) -> int:
    """Removes a partial last line, and returns the number of lines."""
    count = size = 0
    if path.exists():
        with path.open("r+b") as file:
            while (line := file.readline()).endswith(b"\n"):
                count, size = count + 1, size + len(line)
            file.truncate(size)
    return count


def offset_of(path: Path, line: int) -> int:
    """Returns the offset of a line, counted from 0."""
    offset = 0
    while line:
        lines, after = whole_lines(path, offset, min(line, LINES_AT_ONCE))
        if not lines:
            return offset
        line, offset = line - len(lines), after
    return offset


def append_line(path: Path, line: bytes) -> None:
    """Appends a line, and returns once it is on disk."""
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
