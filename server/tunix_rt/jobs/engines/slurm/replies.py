"""The responses of slurmrestd, of which only some fields are read. Their formats depend on the version of its API."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from tunix_rt.jobs.engines.clusters.base import JobState

UNKNOWN_JOB = 2017
"""The number of Slurm's error for a job that it does not know, ESLURM_INVALID_JOB_ID."""

CONTROLLER_ERRORS = range(2000, 3000)
"""The numbers of the errors by which the controller answers a request; other ones are failures to reach it."""

ENDS = {
    *("BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "LAUNCH_FAILED"),
    *("NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT"),
}
WAITS = {"CONFIGURING", "PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"}
ENDING = {"COMPLETING", "STAGE_OUT"}
"""States of a job that has not ended yet, even if another one of its states is an end."""

UNUSABLE = {"DOWN", "DRAIN", "DRAINED", "DRAINING", "ERROR", "FAIL", "FUTURE", "NOT_RESPONDING", "UNKNOWN"}
"""States of a node that starts no jobs."""

GRES = re.compile(r"(?:^|,)(gpu|tpu)(?::[^:,()]+)?:([0-9]{1,9})(?=[,(]|$)")
"""An entry of the generic resources of a node, such as ``gpu:a100:4(S:0-1)``."""

MIB = 1 << 20


class SlurmError(msgspec.Struct, frozen=True):
    """An error in a response."""

    error: str | None = None
    description: str | None = None
    error_number: int | None = None
    error_code: int | None = None

    @property
    def number(self) -> int:
        """Slurm's number of the error; 0 for none."""
        return self.error_number or self.error_code or 0

    @property
    def text(self) -> str:
        """The texts of the error, each once."""
        return ": ".join(dict.fromkeys(text.strip(" .") for text in (self.description, self.error) if text))


class SlurmNumber(msgspec.Struct, frozen=True):
    """A number, in versions after v0.0.38."""

    number: int | float = 0


class SlurmSignal(msgspec.Struct, frozen=True):
    """A signal, in versions after v0.0.38."""

    id: SlurmNumber | int | None = None
    signal_id: SlurmNumber | int | None = None


class SlurmExit(msgspec.Struct, frozen=True):
    """The end of a job, in versions after v0.0.38."""

    return_code: SlurmNumber | int | None = None
    signal: SlurmSignal | None = None


class SlurmJob(msgspec.Struct, frozen=True):
    """A job.

    Args:
        job_state: its state; in versions after v0.0.38 all of them, such as RUNNING and COMPLETING.
        exit_code: a wait status as ``waitpid`` returns it, such as 1792 for the exit status 7; another form after
            v0.0.38.
    """

    job_id: int
    name: str | None = None
    job_state: str | list[str] = ""
    exit_code: int | SlurmExit | None = None

    @property
    def state(self) -> JobState:
        """The state as engines know it; a job of an unknown state may be alive."""
        states = names_of(self.job_state)
        if states & WAITS:
            return JobState.WAITING
        return JobState.ENDED if states & ENDS and not states & ENDING else JobState.RUNNING

    @property
    def exit_status(self) -> int | None:
        """The exit status of a job that has ended, negative for a signal; None if Slurm has ended it without one."""
        if self.state is not JobState.ENDED:
            return None
        if "COMPLETED" in names_of(self.job_state):
            return 0
        code, signal = wait_status(self.exit_code)
        return (-signal if signal else code) or None


class SlurmNode(msgspec.Struct, frozen=True):
    """A node.

    Args:
        real_memory: in MiB.
        gres: its generic resources.
    """

    cpus: int = 0
    real_memory: int = 0
    gres: str | None = None
    state: str | list[str] = ""
    state_flags: list[str] = []
    partitions: list[str] = []

    @property
    def is_usable(self) -> bool:
        """True if the node starts jobs."""
        return not (names_of(self.state) | names_of(self.state_flags)) & UNUSABLE

    def resources(self) -> Counter[str]:
        """Returns its resources, with memory in bytes."""
        found = Counter({"CPU": self.cpus, "memory": self.real_memory * MIB})
        for kind, count in GRES.findall(self.gres or ""):
            found[kind.upper()] += int(count)
        return found


class ErrorReply(msgspec.Struct, frozen=True):
    """A response with errors."""

    errors: list[SlurmError] = []


class SubmitReply(msgspec.Struct, frozen=True):
    """The response to a submission."""

    job_id: int | None = None


class JobsReply(msgspec.Struct, frozen=True):
    """A response with jobs."""

    jobs: list[SlurmJob] = []


class NodesReply(msgspec.Struct, frozen=True):
    """A response with nodes."""

    nodes: list[SlurmNode] = []


def error_of(body: bytes) -> SlurmError:
    """Returns the error of a response that has the most information; one without any if there is none."""
    try:
        errors = msgspec.json.decode(body, type=ErrorReply).errors
    except msgspec.DecodeError:
        errors = []
    return max(errors, key=lambda error: error.number, default=SlurmError())


def names_of(states: str | list[str]) -> set[str]:
    """Returns the names of states in capital letters."""
    return {state.upper() for state in ([states] if isinstance(states, str) else states)}


def wait_status(value: int | SlurmExit | None) -> tuple[int, int]:
    """Returns the exit status and the signal of a job's end, 0 for none."""
    if value is None:
        return 0, 0
    if isinstance(value, int):
        return value >> 8 & 0xFF, value & 0x7F
    signal = value.signal or SlurmSignal()
    return plain(value.return_code), plain(signal.id) or plain(signal.signal_id)


def plain(value: SlurmNumber | int | None) -> int:
    """Returns a number of any version; 0 for none."""
    return int(value.number) if isinstance(value, SlurmNumber) else value or 0
