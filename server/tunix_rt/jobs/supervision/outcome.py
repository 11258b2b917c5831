"""The outcome of an attempt: concluded from the trainer's exit and its last event, stored in a file, then recorded."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import msgspec

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.attempts.outcomes import AttemptOutcome
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.supervision.die_with_parent import NOT_STARTED
from tunix_rt.trainer.contract import ExitCode, TrainerErrorCode, TrainerEvent

OUTCOME_FILE = "outcome.json"
REASON_MAX_CHARS = 2000
ERROR_CODES = {
    TrainerErrorCode.BAD_MANIFEST: ErrorCode.BAD_USER_INPUT,
    TrainerErrorCode.BAD_DATASET: ErrorCode.BAD_USER_INPUT,
    TrainerErrorCode.EMPTY_DATASET: ErrorCode.BAD_USER_INPUT,
    TrainerErrorCode.BAD_MODEL: ErrorCode.BAD_USER_INPUT,
    TrainerErrorCode.NON_FINITE_LOSS: ErrorCode.BAD_USER_INPUT,
    TrainerErrorCode.NOT_FOUND: ErrorCode.NOT_FOUND,
    TrainerErrorCode.CONFLICT: ErrorCode.CONFLICT,
    TrainerErrorCode.OUT_OF_MEMORY: ErrorCode.TOO_COSTLY,
    TrainerErrorCode.UNAVAILABLE: ErrorCode.UNAVAILABLE,
    TrainerErrorCode.DISK_FULL: ErrorCode.UNAVAILABLE,
}
"""The API's error code for each of the trainer's; any other is TRAINER_FAILED."""


def error_code_of(code: Any) -> ErrorCode:
    """Returns the API's code for a trainer's, which may be of another version."""
    known = code in TrainerErrorCode.__members__
    return ERROR_CODES.get(TrainerErrorCode(code), ErrorCode.TRAINER_FAILED) if known else ErrorCode.TRAINER_FAILED


class StopReason(Enum):
    """The reason why the trainer was signalled to stop."""

    CANCEL = auto()
    """A user has cancelled the run."""
    TIMEOUT = auto()
    """The time limit was exceeded."""
    STOP = auto()
    """The supervisor itself was signalled to stop."""


@dataclass(frozen=True)
class TrainerExit:
    """The exit of a trainer.

    Args:
        code: its exit code; negative for the signal that killed it.
        stop_reason: why it was signalled to stop; None if it was not.
        event: the last event of this attempt.
        last_line: the last line on standard error.
        killed: whether it was killed because it did not stop in time.
    """

    code: int
    stop_reason: StopReason | None
    event: Mapping[str, Any] | None
    last_line: str
    killed: bool = False


def conclude(trainer_exit: TrainerExit, timeout: float, grace: float) -> tuple[JobStatus | None, ErrorCode | None, str]:
    """Returns an attempt's status, error code and message.

    Args:
        timeout: the time limit in seconds.
        grace: the time to stop after a signal, in seconds.
    """
    kind = (trainer_exit.event or {}).get("event")
    if trainer_exit.code == ExitCode.DONE and kind == TrainerEvent.DONE:
        return JobStatus.COMPLETED, None, done_message(trainer_exit.event or {})
    saved = (
        killed_message(grace)
        if trainer_exit.killed
        else saved_message(trainer_exit.event if kind == TrainerEvent.STOPPED else None)
    )
    if trainer_exit.stop_reason is StopReason.CANCEL:
        return JobStatus.CANCELLED, None, f"It was cancelled; {saved}."
    if trainer_exit.stop_reason is StopReason.TIMEOUT:
        return JobStatus.TIMEOUT, ErrorCode.TIMEOUT, f"It exceeded its time limit of {timeout:,.12g} s; {saved}."
    if trainer_exit.stop_reason is StopReason.STOP or trainer_exit.code == ExitCode.STOPPED:
        return None, None, f"It was stopped from outside; {saved}"
    if trainer_exit.code < 0:
        return None, ErrorCode.TRAINER_FAILED, f"The trainer was killed by {signal_name(-trainer_exit.code)}"
    return JobStatus.FAILED, *failure(trainer_exit, kind)


def failure(trainer_exit: TrainerExit, kind: Any) -> tuple[ErrorCode, str]:
    """Returns the error code and the message of a trainer that exited by itself without completing."""
    event = trainer_exit.event or {}
    if kind == TrainerEvent.ERROR:
        code = error_code_of(event.get("code"))
        return code, str(event.get("message", "The trainer gave no reason."))[:REASON_MAX_CHARS]
    if trainer_exit.code == NOT_STARTED:
        return (
            ErrorCode.UNAVAILABLE,
            f"The trainer could not be started: {trainer_exit.last_line or 'it gave no reason'}",
        )
    if trainer_exit.code == ExitCode.DONE:
        return ErrorCode.TRAINER_FAILED, "The trainer exited without reporting that it was done."
    detail = f": {trainer_exit.last_line}" if trainer_exit.last_line else ", without output"
    return ErrorCode.TRAINER_FAILED, f"The trainer exited with code {trainer_exit.code}{detail}"[:REASON_MAX_CHARS]


def done_message(event: Mapping[str, Any]) -> str:
    """Returns the message of a completed attempt: its steps and losses."""
    losses = [
        f"{name} loss {event[key]:.4f}"
        for key, name in (("trainLoss", "training"), ("evalLoss", "evaluation"))
        if isinstance(event.get(key), float)
    ]
    steps = event.get("step")
    trained = f"Trained {steps:,} steps" if isinstance(steps, int) else "Trained"
    return f"{'; '.join([trained, *losses])}."


def saved_message(event: Mapping[str, Any] | None) -> str:
    """Returns a clause about the checkpoint of an attempt that was stopped."""
    step = (event or {}).get("checkpointStep")
    return "nothing was saved" if step is None else f"a checkpoint of step {step:,} was saved"


def killed_message(grace: float) -> str:
    """Returns a clause about the lost steps of an attempt that was killed."""
    return f"it did not stop within {grace:,.12g} s and was killed; the steps since its last checkpoint are lost"


def signal_name(number: int) -> str:
    """Returns a signal's number with its name and a hint, if it has them."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    hint = ", as the system does when memory runs out" if number == signal.SIGKILL else ""
    return f"signal {number} ({name}){hint}"


def write_outcome(folder: Path, outcome: AttemptOutcome) -> None:
    """Stores an outcome in the run's folder until the database has it.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(folder / OUTCOME_FILE, msgspec.json.encode(outcome))


def read_outcome(folder: Path) -> AttemptOutcome | None:
    """Returns the outcome that was stored last; None if there is none that can be read."""
    try:
        return msgspec.json.decode((folder / OUTCOME_FILE).read_bytes(), type=AttemptOutcome)
    except (OSError, msgspec.DecodeError):
        return None
