"""How an attempt ended: told by the trainer's exit and its last event, kept in a file, then in the database."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any

import msgspec

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.queue import Hold
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
"""The trainer's error codes as the API's; any other is TRAINER_FAILED."""


def error_code_of(code: Any) -> ErrorCode:
    """Returns the API's code for a trainer's, which may be of another version."""
    known = code in TrainerErrorCode.__members__
    return ERROR_CODES.get(TrainerErrorCode(code), ErrorCode.TRAINER_FAILED) if known else ErrorCode.TRAINER_FAILED


class Order(Enum):
    """Why the trainer was told to stop."""

    CANCEL = auto()
    """A user wants it."""
    TIMEOUT = auto()
    """It took longer than it may."""
    STOP = auto()
    """The supervisor itself was told to end."""


@dataclass(frozen=True)
class Ending:
    """What is known of a trainer that has ended.

    Args:
        code: its exit code, negative for the signal that killed it.
        order: why it was told to stop, if it was.
        event: the last that it wrote in this attempt.
        last_line: the last that it said on standard error.
        killed: whether it had to be killed, since it did not stop in time.
    """

    code: int
    order: Order | None
    event: Mapping[str, Any] | None
    last_line: str
    killed: bool = False


class Outcome(msgspec.Struct, kw_only=True, frozen=True):
    """How an attempt ended.

    Args:
        status: None if it went away without an end of its own: another attempt goes on, if one is left.
        error: why it did not complete.
    """

    owner: str
    attempt: int
    ended_at: datetime
    status: JobStatus | None
    message: str
    exit_code: int | None = None
    error: ErrorCode | None = None
    seconds: float | None = None

    def is_of(self, hold: Hold) -> bool:
        """Whether it is that attempt's."""
        return (self.owner, self.attempt) == (hold.owner, hold.attempt)


def judged(ending: Ending, timeout: float, grace: float) -> tuple[JobStatus | None, ErrorCode | None, str]:
    """The status, the error's code and a sentence on how an attempt ended.

    Args:
        timeout: how many seconds it was given.
        grace: how many seconds it was given to stop.
    """
    kind = (ending.event or {}).get("event")
    if ending.code == ExitCode.DONE and kind == TrainerEvent.DONE:
        return JobStatus.COMPLETED, None, done_message(ending.event or {})
    saved = (
        killed_message(grace)
        if ending.killed
        else saved_message(ending.event if kind == TrainerEvent.STOPPED else None)
    )
    if ending.order is Order.CANCEL:
        return JobStatus.CANCELLED, None, f"It was cancelled; {saved}."
    if ending.order is Order.TIMEOUT:
        return JobStatus.TIMEOUT, ErrorCode.TIMEOUT, f"It took longer than the {timeout:,.12g} s it was given; {saved}."
    if ending.order is Order.STOP or ending.code == ExitCode.STOPPED:
        return None, None, f"It was told to stop from outside; {saved}"
    if ending.code < 0:
        return None, ErrorCode.TRAINER_FAILED, f"The trainer was killed by {signal_name(-ending.code)}"
    return JobStatus.FAILED, *failure(ending, kind)


def failure(ending: Ending, kind: Any) -> tuple[ErrorCode, str]:
    """The code and the reason of a trainer that ended by itself without a model."""
    event = ending.event or {}
    if kind == TrainerEvent.ERROR:
        code = error_code_of(event.get("code"))
        return code, str(event.get("message", "The trainer did not say why."))[:REASON_MAX_CHARS]
    if ending.code == NOT_STARTED:
        return ErrorCode.UNAVAILABLE, f"The trainer could not be started: {ending.last_line or 'it did not say why'}"
    if ending.code == ExitCode.DONE:
        return ErrorCode.TRAINER_FAILED, "The trainer ended without saying that it was done."
    said = f": {ending.last_line}" if ending.last_line else ", without a word"
    return ErrorCode.TRAINER_FAILED, f"The trainer ended with exit code {ending.code}{said}"[:REASON_MAX_CHARS]


def done_message(event: Mapping[str, Any]) -> str:
    """What a completed attempt came to."""
    losses = [
        f"{name} loss {event[key]:.4f}"
        for key, name in (("trainLoss", "training"), ("evalLoss", "evaluation"))
        if isinstance(event.get(key), float)
    ]
    steps = event.get("step")
    trained = f"Trained {steps:,} steps" if isinstance(steps, int) else "Trained"
    return f"{'; '.join([trained, *losses])}."


def saved_message(event: Mapping[str, Any] | None) -> str:
    """What is left of an attempt that was stopped."""
    step = (event or {}).get("checkpointStep")
    return "nothing was saved" if step is None else f"what it learnt until step {step:,} is in a checkpoint"


def killed_message(grace: float) -> str:
    """What is left of an attempt that did not stop."""
    return f"it did not stop within {grace:,.12g} s and was killed, what it learnt since its last checkpoint is lost"


def signal_name(number: int) -> str:
    """A signal in words."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    hint = ", as the system does when memory runs out" if number == signal.SIGKILL else ""
    return f"signal {number} ({name}){hint}"


def write_outcome(folder: Path, outcome: Outcome) -> None:
    """Keeps an outcome in the run's folder, for when the database can take it.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(folder / OUTCOME_FILE, msgspec.json.encode(outcome))


def kept_outcome(folder: Path) -> Outcome | None:
    """The outcome that was kept last; None if there is none that can be read."""
    try:
        return msgspec.json.decode((folder / OUTCOME_FILE).read_bytes(), type=Outcome)
    except (OSError, msgspec.DecodeError):
        return None
