"""The rewards of a GRPO run: grades the trainer's rollouts as they come, and stores them as traces.

The trainer appends a line for each batch to ``rollouts.jsonl`` and waits for the line of its rewards in
``rewards.jsonl``, which is written here. Both lines are on disk before anything is stored, and a batch is stored in one
transaction: after a crash no batch is graded twice, and none is stored twice or lost. Training does not wait for a
batch to be stored.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec

from tunix_rt.domain.attempts.rollouts import RolloutBatch
from tunix_rt.domain.generations.prompts import Prompt, read_prompts
from tunix_rt.domain.generations.rollouts import GradedRollouts, ReportedRollouts
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.domain.runs.files import DATASET_FILE
from tunix_rt.errors import RequestTimeout, Unavailable
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.lines import whole_lines
from tunix_rt.jobs.supervision.outcome import StopReason
from tunix_rt.trainer.contract import REWARDS_FILE, ROLLOUTS_FILE

logger = logging.getLogger("tunix_rt")

POLL_SECONDS = 0.02
RETRY_SECONDS = 1.0
LINES_AT_ONCE = 8

decode_rollouts = msgspec.json.Decoder(ReportedRollouts).decode
decode_graded = msgspec.json.Decoder(GradedRollouts).decode


class RolloutRelay:
    """Grades and stores the rollouts of one attempt."""

    def __init__(self, attempt: AttemptState) -> None:
        self._attempt = attempt
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
            OSError: the files cannot be read.
        """
        graded = await asyncio.to_thread(cut_to_whole_lines, self._rewards)
        self._to_grade = await asyncio.to_thread(offset_of, self._rollouts, graded)
        last = self._attempt.run.policy_version
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
            Unavailable, RequestTimeout: the ledger is unreachable.
        """
        while await self.grade_next():
            pass
        while await self.store_next():
            pass

    async def grade_next(self) -> bool:
        """Grades the next batch, and returns whether there was one.

        Raises:
            Unavailable, RequestTimeout: the ledger is unreachable.
            OSError: the rewards cannot be written.
        """
        lines, after = await asyncio.to_thread(whole_lines, self._rollouts, self._to_grade, 1)
        if not lines:
            return False
        batch = await self._batch_of(decode_rollouts(lines[0]))
        result = await self._attempt.ledger.grade(self._attempt.run, batch)
        await asyncio.to_thread(append_line, self._rewards, msgspec.json.encode(result.graded) + b"\n")
        self._attempt.log_warnings(result.warnings)
        self._to_grade = after
        return True

    async def store_next(self) -> bool:
        """Stores the next graded batch, and returns whether there was one; nothing is stored once the hold is lost.

        Raises:
            Unavailable, RequestTimeout: the ledger is unreachable.
        """
        attempt, found = self._attempt, await self._next_graded()
        if found is None or attempt.state is HoldState.LOST:
            return False
        reported, graded, after = found
        batch = await self._batch_of(reported)
        if await attempt.ledger.store_rollouts(attempt.run, batch, graded) is HoldState.LOST:
            return False
        self._to_store = after
        return True

    async def _repeat(self, step: Callable[[], Awaitable[bool]]) -> None:
        """Takes one step after another until the block ends. What the ledger cannot take now is stored later."""
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

    async def _batch_of(self, reported: ReportedRollouts) -> RolloutBatch:
        """Returns the rollouts with the prompts that they answer."""
        if not self._prompts:
            self._prompts = await asyncio.to_thread(read_prompts, self._attempt.folder / DATASET_FILE)
        return RolloutBatch(reported, {answer.prompt: self._prompts[answer.prompt] for answer in reported.answers})


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
