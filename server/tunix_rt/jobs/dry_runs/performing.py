"""Performs a check while its run is held: heartbeats, cancellation and the time limit."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.attempts.dry_runs import DryRunResult
from tunix_rt.domain.jobs.queue import HoldState
from tunix_rt.errors import ErrorCode

logger = logging.getLogger(__name__)

BEATS = 6
"""The number of heartbeats within the duration of a lease."""


async def check_while_held(
    check: Coroutine[Any, Any, DryRunResult],
    beat: Callable[[], Awaitable[HoldState]],
    lease: timedelta,
    limit: float,
) -> DryRunResult | None:
    """Returns the result of a check; None if another process has taken the run over.

    Args:
        beat: renews the lease, and returns the state of the hold.
        limit: the time limit in seconds.
    """
    task, deadline = asyncio.create_task(check), time.monotonic() + limit
    try:
        while True:
            left = max(0.0, deadline - time.monotonic())
            done, _ = await asyncio.wait({task}, timeout=min(left, lease.total_seconds() / BEATS))
            if done:
                return task.result()
            if time.monotonic() >= deadline:
                reason = f"It exceeded its time limit of {limit:,.12g} s."
                return DryRunResult(JobStatus.TIMEOUT, reason, stderr=reason, error=ErrorCode.TIMEOUT)
            state = await beat()
            if state is HoldState.LOST:
                return None
            if state is HoldState.CANCELLING:
                return DryRunResult(JobStatus.CANCELLED, "It was cancelled.")
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def check_or_fail(check: Awaitable[DryRunResult], run_id: uuid.UUID, program: str) -> DryRunResult:
    """Returns the result of a check; an error of the program that makes it is its result, too."""
    try:
        return await check
    except Exception:
        logger.exception("run %s: its dry run failed", run_id)
        reason = f"Internal error of the {program}; its log has the details."
        return DryRunResult(JobStatus.FAILED, "Internal error.", stderr=reason, error=ErrorCode.INTERNAL)
