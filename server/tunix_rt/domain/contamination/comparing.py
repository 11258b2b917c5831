"""Compares the prompts of two datasets, and those of a dataset with protected sets."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tunix_rt.db.session import Database
from tunix_rt.domain.contamination.matching import PromptIndex
from tunix_rt.domain.contamination.prompts import distinct_prompts
from tunix_rt.domain.contamination.protected_comparing import (
    near_duplicate_counts,
    pending_sets,
    store_comparisons,
)
from tunix_rt.domain.contamination.storage import (
    ContaminationReport,
    Prompts,
    store_contamination,
    stored_contamination,
)
from tunix_rt.domain.datasets.lookup import completed_dataset
from tunix_rt.errors import BadUserInput, RequestTimeout

EVAL_MAX = 200_000
"""The maximum number of distinct evaluation prompts, which are held in memory."""


class ContaminationChecks:
    """Compares datasets in turn; a comparison that was made before is not repeated."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def in_turn(self, until: float | None) -> AsyncIterator[None]:
        """Waits until the comparisons before it have finished.

        Raises:
            RequestTimeout: the time ``until`` has passed.
        """
        try:
            async with asyncio.timeout(None if until is None else until - time.monotonic()):
                await self._turn.acquire()
        except TimeoutError as error:
            raise RequestTimeout("Other comparisons of prompts took too long; repeat the request later.") from error
        try:
            yield
        finally:
            self._turn.release()

    async def find(self, train_id: uuid.UUID, eval_id: uuid.UUID, until: float | None = None) -> uuid.UUID:
        """Returns the id of the comparison of two datasets, which is made if there is none yet.

        Args:
            until: the time, by the monotonic clock, at which the comparison stops.

        Raises:
            NotFound, Conflict: a dataset does not exist or is not completed; the path names its argument.
            BadUserInput: the evaluation dataset has too many prompts.
            RequestTimeout: the comparison took too long.
        """
        async with self.in_turn(until):
            async with self._database.read() as session:
                await completed_dataset(session, train_id, ["trainDatasetId"])
                await completed_dataset(session, eval_id, ["evalDatasetId"])
                known = await stored_contamination(session, train_id, eval_id)
            if known is not None:
                return known
            report = await self._compare(train_id, eval_id, until)
            async with self._database.write() as session:
                return await store_contamination(session, train_id, eval_id, report)

    async def compare_protected(self, train_id: uuid.UUID, until: float | None = None) -> bool:
        """Compares a dataset with the protected sets that have signatures, and stores the results; returns True.

        Args:
            until: the time, by the monotonic clock, at which the comparison stops.

        Raises:
            RequestTimeout: the comparison took too long.
        """
        async with self.in_turn(until):
            async with self._database.read() as session:
                pending = await pending_sets(session, train_id)
            if pending:
                counts = await near_duplicate_counts(self._database, train_id, list(pending), until)
                async with self._database.write() as session:
                    await store_comparisons(session, train_id, counts)
            return True

    async def _compare(self, train_id: uuid.UUID, eval_id: uuid.UUID, until: float | None) -> ContaminationReport:
        """Returns a new report; raises as ``find`` does."""
        index, report = PromptIndex(), ContaminationReport()
        async for prompts in distinct_prompts(self._database, eval_id, until):
            if len(index.prompts) + len(prompts) > EVAL_MAX:
                raise BadUserInput(
                    f"The evaluation dataset must have at most {EVAL_MAX:,} distinct prompts to be compared.",
                    ["evalDatasetId"],
                )
            await asyncio.to_thread(add_all, index, prompts)
        await asyncio.to_thread(index.finish)
        async for prompts in distinct_prompts(self._database, train_id, until):
            await asyncio.to_thread(report.add, index, prompts)
        await asyncio.to_thread(report.sort)
        return report


def add_all(index: PromptIndex, prompts: Prompts) -> None:
    """Adds prompts to an index."""
    for trace_id, prompt in prompts:
        index.add(trace_id, prompt)
