"""Supervises one attempt at a run, from its start to its recorded outcome."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Retrying
from tunix_rt.domain.attempts.outcomes import AttemptOutcome
from tunix_rt.domain.attempts.tokens import AttemptOver
from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.runs.files import STDERR_FILE, adopt, unmark_stored
from tunix_rt.errors import ErrorCode, RequestTimeout, TunixRtError, Unavailable
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.ledgers.base import AttemptLedger
from tunix_rt.jobs.process import GIVEN_UP_STATUS
from tunix_rt.jobs.supervision.attempt import AttemptState
from tunix_rt.jobs.supervision.events import last_event, size_of
from tunix_rt.jobs.supervision.folder import FolderLock, Processes, remember_processes, start_time
from tunix_rt.jobs.supervision.lines import last_line
from tunix_rt.jobs.supervision.outcome import (
    StopReason,
    TrainerExit,
    conclude,
    read_outcome,
    write_outcome,
)
from tunix_rt.jobs.supervision.preparing import prepare
from tunix_rt.jobs.supervision.record import own_files, record
from tunix_rt.jobs.supervision.relay_loop import RelayLoop
from tunix_rt.jobs.supervision.rollouts import RolloutRelay
from tunix_rt.jobs.supervision.trainer import TrainerProcess, kill_run, start_trainer
from tunix_rt.jobs.supervision.uploading import UploadLoop
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE

T = TypeVar("T")

logger = logging.getLogger("tunix_rt")

LOCK_SECONDS = 0.5


async def supervise(ledger: AttemptLedger, settings: Settings) -> int:
    """Supervises an attempt and closes its ledger.

    Returns 0 once the ledger has its outcome, or another attempt has started; ``GIVEN_UP_STATUS`` if it was unreachable
    for too long.
    """
    try:
        run = await Retrying(ledger.retry_seconds)(ledger.assigned_run)
        if run is not None:
            await supervise_folder(AttemptState(ledger, settings, run))
    except AttemptOver as error:
        logger.warning("the attempt ends without an outcome: %s", error.message)
    except Unavailable as error:
        logger.error("the attempt is given up: %s", error.message)
        return GIVEN_UP_STATUS
    finally:
        await ledger.close()
    return 0


async def supervise_folder(attempt: AttemptState) -> None:
    """Supervises the attempt after locking the run's folder; raises as ``complete`` does."""
    try:
        await asyncio.to_thread(adopt, attempt.folder, attempt.hold.id)
        lock = await take_lock(attempt)
    except OSError as error:
        outcome = unwritable(attempt, error)
        await attempt.retrying(record, attempt, outcome, [])
        return
    if lock is None:
        return
    try:
        await complete(attempt, lock.identity)
    except OSError as error:  # what the trainer has written cannot be read
        outcome = unreadable(attempt, error)
        await attempt.retrying(record, attempt, outcome, [])
    except (Unavailable, RequestTimeout, AttemptOver):
        raise
    except TunixRtError as error:
        logger.error("run %s: its ledger refuses a report: %s", attempt.hold.id, error.message)
        await attempt.retrying(record, attempt, refused_outcome(attempt, error), [])
    finally:
        lock.release()


async def take_lock(attempt: AttemptState) -> FolderLock | None:
    """Takes the folder's lock as soon as an earlier attempt's supervisor frees it; None if the hold is lost before.

    From then on the folder's files are no longer all in the storage.

    Raises:
        OSError: the folder cannot be written.
    """
    while (lock := FolderLock.take(attempt.folder)) is None:
        await asyncio.sleep(LOCK_SECONDS)
        if not await attempt.is_held():
            return None
    await asyncio.to_thread(unmark_stored, attempt.folder)
    return lock


async def complete(attempt: AttemptState, identity: str) -> None:
    """Performs the attempt and records its outcome; if its outcome is in the folder already, only records it.

    Args:
        identity: the folder's identity.

    Raises:
        Unavailable: the ledger was unreachable for too long; the outcome is in its file.
    """
    relay_loop = RelayLoop(attempt, identity)
    kept = read_outcome(attempt.folder)
    outcome = kept if kept is not None and kept.is_of(attempt.hold) else None
    if outcome is None:
        if await kill_run(attempt.hold.id):
            logger.warning("run %s: ended processes left by an earlier attempt", attempt.hold.id)
        await attempt.retrying(relay_loop.relay_earlier)
    rollouts = None if attempt.config.grpo is None else RolloutRelay(attempt)
    uploads = UploadLoop(attempt)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(relay_loop.running())
        await stack.enter_async_context(uploads.running())
        if rollouts is not None:
            await rollouts.begin()
            await stack.enter_async_context(rollouts.running())
        await stack.enter_async_context(stop_on_signals(attempt))
        if outcome is None:
            outcome = await work(attempt, uploads)
            if outcome is None:
                return
            store_outcome(attempt, outcome)
        await uploads.stop()
        files = await asyncio.to_thread(own_files, attempt.folder)  # may be gigabytes: the lease is renewed meanwhile
    ended: AttemptOutcome = outcome
    if rollouts is not None:
        await attempt.retrying(rollouts.drain)
    await attempt.retrying(relay_loop.drain)
    if attempt.ledger.uploads:
        async with relay_loop.running(), stop_on_signals(attempt):
            ended, files = await uploads.finish(ended, files)
        store_outcome(attempt, ended)
    await attempt.retrying(record, attempt, ended, files)
    await uploads.clear(ended)


def store_outcome(attempt: AttemptState, outcome: AttemptOutcome) -> None:
    """Stores the outcome in its file; if the disk is full, only the ledger will have it."""
    try:
        write_outcome(attempt.folder, outcome)
    except OSError as error:
        logger.warning("run %s: the outcome cannot be kept in its folder: %s", attempt.hold.id, error.strerror)


@asynccontextmanager
async def stop_on_signals(attempt: AttemptState) -> AsyncIterator[None]:
    """Requests a stop on SIGTERM and SIGINT inside the block."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, attempt.request_stop, StopReason.STOP)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


async def work(attempt: AttemptState, uploads: UploadLoop) -> AttemptOutcome | None:
    """Prepares and trains, and returns the outcome; None if the hold was lost and nothing is to be recorded."""
    try:
        attempt.log_warnings(await until_stopped(attempt, prepare(attempt)) or [])
        if attempt.stop_reason is not None or attempt.state is HoldState.LOST:
            return not_started(attempt)
        await attempt.retrying(uploads.add_inputs)
        return await train(attempt)
    except JobFailed as failed:
        return attempt.outcome(JobStatus.FAILED, failed.message, failed.code)
    except OSError as error:
        return unwritable(attempt, error)


async def until_stopped(attempt: AttemptState, doing: Coroutine[Any, Any, T]) -> T | None:
    """Awaits a coroutine; cancels it and returns None as soon as a stop is requested or the hold is lost."""
    task = asyncio.ensure_future(doing)
    try:
        while not task.done() and attempt.stop_reason is None and attempt.state is not HoldState.LOST:
            await change_or(attempt, task)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    return None if task.cancelled() else task.result()


async def change_or(attempt: AttemptState, task: asyncio.Future[Any], seconds: float | None = None) -> None:
    """Waits until a task is done, the attempt's state or stop reason changes, or the time is over."""
    changed = asyncio.ensure_future(attempt.changed.wait())
    await asyncio.wait({task, changed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    changed.cancel()
    attempt.changed.clear()


def not_started(attempt: AttemptState) -> AttemptOutcome | None:
    """Returns the outcome of an attempt that was stopped before its trainer was started."""
    if attempt.state is HoldState.LOST:
        return None
    if attempt.stop_reason is StopReason.CANCEL:
        return attempt.outcome(JobStatus.CANCELLED, "It was cancelled before training started.")
    return attempt.outcome(None, "It was stopped from outside before training started")


def unwritable(attempt: AttemptState, error: OSError) -> AttemptOutcome:
    """Returns the outcome of an attempt whose folder cannot be written."""
    message = f"The run's folder cannot be written: {error.strerror}."
    return attempt.outcome(JobStatus.FAILED, message, ErrorCode.UNAVAILABLE)


def refused_outcome(attempt: AttemptState, error: TunixRtError) -> AttemptOutcome:
    """Returns the outcome of an attempt whose reports the ledger refuses; another attempt may do better."""
    return attempt.outcome(None, f"A report of its process was refused: {error.message.rstrip('.')}", error.code)


def unreadable(attempt: AttemptState, error: OSError) -> AttemptOutcome:
    """Returns the outcome of an attempt whose folder cannot be read."""
    message = f"The run's folder cannot be read: {error.strerror}."
    return attempt.outcome(JobStatus.FAILED, message, ErrorCode.UNAVAILABLE)


async def train(attempt: AttemptState) -> AttemptOutcome | None:
    """Starts the trainer, waits for its exit and returns the outcome.

    Raises:
        OSError: the folder cannot be written, or the process cannot be started.
    """
    folder, hold = attempt.folder, attempt.hold
    start = size_of(folder / STDERR_FILE)
    trainer = await start_trainer(attempt.settings, folder, hold.id, hold.attempt)
    try:
        remember_processes(folder, processes_of(hold, trainer))
        trainer_exit = await watch(attempt, trainer)
    finally:
        trainer.signal(signal.SIGKILL)
    await kill_run(hold.id)
    if attempt.state is HoldState.LOST:
        return None
    event = last_event(folder / EVENTS_FILE, hold.attempt)
    trainer_exit = replace(trainer_exit, event=event, last_line=last_line(folder / STDERR_FILE, start))
    status, error, message = conclude(trainer_exit, attempt.run.timeout_seconds, attempt.run.grace_seconds)
    return attempt.outcome(status, message, error, trainer_exit.code)


def processes_of(hold: Hold, trainer: TrainerProcess) -> Processes:
    """Returns the attempt's processes, for a later attempt to find them."""
    return Processes(
        attempt=hold.attempt,
        owner=hold.owner,
        supervisor=os.getpid(),
        supervisor_started=start_time(os.getpid()),
        trainer=trainer.pid,
        trainer_started=trainer.started,
    )


async def watch(attempt: AttemptState, trainer: TrainerProcess) -> TrainerExit:
    """Waits for the trainer's exit.

    On a stop request or at the time limit the trainer gets SIGTERM, and after the grace time SIGKILL.
    """
    loop = asyncio.get_running_loop()
    exited = asyncio.ensure_future(trainer.wait())
    deadline, signalled, killed = loop.time() + attempt.run.timeout_seconds, False, False
    while not exited.done():
        await change_or(attempt, exited, None if killed else max(0.0, deadline - loop.time()))
        if attempt.state is HoldState.LOST or (signalled and loop.time() >= deadline):
            killed = signalled
            trainer.signal(signal.SIGKILL)
            await exited
        elif not signalled and (attempt.stop_reason is not None or loop.time() >= deadline):
            attempt.request_stop(StopReason.TIMEOUT)
            trainer.signal(signal.SIGTERM)
            deadline, signalled = loop.time() + attempt.run.grace_seconds, True
    return TrainerExit(exited.result(), attempt.stop_reason, None, "", killed)
