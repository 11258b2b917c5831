"""The trainer's process of a generation: started, relayed and watched until its exit, and stopped on cancellation."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

from tunix_rt.domain.jobs.queue import Hold, HoldState
from tunix_rt.domain.runs.files import STDERR_FILE
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.generations.relay import AnswerRelay
from tunix_rt.jobs.holding import AttemptLost, Heartbeat, JobFailed, JobStopped
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.supervision.events import last_event, size_of
from tunix_rt.jobs.supervision.lines import last_line
from tunix_rt.jobs.supervision.outcome import TrainerExit, failure
from tunix_rt.jobs.supervision.trainer import TrainerProcess, kill_run, start_trainer
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import EVENTS_FILE, REQUEST_FILE, ExitCode, TrainerEvent

POLL_SECONDS = 0.1


class TrainerLost(AttemptLost):
    """The trainer was killed: another attempt resumes the generation, if one is left."""


async def answer(settings: Settings, hold: Hold, relay: AnswerRelay, heartbeat: Heartbeat) -> None:
    """Starts the trainer and stores its answers until it has exited.

    Raises:
        JobStopped: the job is cancelled or lost.
        JobFailed: the trainer has failed.
        TrainerLost: it was killed.
        Unavailable: the database was unreachable for too long.
    """
    folder = relay.folder
    await kill_run(hold.id)
    start = size_of(folder / STDERR_FILE)
    try:
        trainer = await start_trainer(settings, folder, hold.id, hold.attempt, ("generate", REQUEST_FILE))
    except OSError as error:
        raise JobFailed(ErrorCode.UNAVAILABLE, f"The trainer could not be started: {error.strerror}.") from error
    try:
        await relay_until_exit(relay, heartbeat, trainer)
    except JobStopped as stopped:
        if stopped.state is HoldState.CANCELLING:
            await stop(trainer, settings.run_grace_seconds)
            await drain(relay)
        raise
    finally:
        trainer.signal(signal.SIGKILL)
    conclude(settings, hold, folder, await trainer.wait(), start)


async def relay_until_exit(relay: AnswerRelay, heartbeat: Heartbeat, trainer: TrainerProcess) -> None:
    """Stores answers until the trainer has exited and all of its lines are read."""
    exited = asyncio.ensure_future(trainer.process.wait())
    try:
        while True:
            was_done = exited.done()
            moved = await relay.step()
            heartbeat.check()
            if was_done and not moved:
                return
            if not moved:
                await asyncio.wait({exited}, timeout=POLL_SECONDS)
    finally:
        exited.cancel()


async def drain(relay: AnswerRelay) -> None:
    """Stores the answers that are left."""
    while await relay.step():
        pass


async def stop(trainer: TrainerProcess, grace: float) -> None:
    """Asks the trainer to stop, and kills it if it does not stop in time."""
    trainer.signal(signal.SIGTERM)
    try:
        await asyncio.wait_for(trainer.process.wait(), grace)
    except TimeoutError:
        trainer.signal(signal.SIGKILL)
        await trainer.process.wait()


def conclude(settings: Settings, hold: Hold, folder: Path, code: int, start: int) -> None:
    """Raises the error of a trainer that has not answered everything; see ``answer``.

    Args:
        start: the size of the file of standard error before the trainer was started.
    """
    event = last_event(folder / EVENTS_FILE, hold.attempt)
    kind = (event or {}).get("event")
    if code == ExitCode.DONE and kind == TrainerEvent.DONE:
        return
    if code < 0 or code == ExitCode.STOPPED:
        raise TrainerLost(f"the trainer ended with {code}")
    found = TrainerExit(code, None, event, last_line(folder / STDERR_FILE, start))
    error, message = failure(found, kind)
    raise JobFailed(error, PathRedaction(settings, folder).message(message))
