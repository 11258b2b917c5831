# Generated from _async/jobs.py: edit that file, then run python client/python/codegen/generate.py.
"""Waiting for jobs, and following them live: the base of datasets, exports, runs, generations and evaluations."""

from __future__ import annotations

import time
import time as clock
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.live import follow
from tunix_rt_client._generated.records import JobError
from tunix_rt_client.errors import ConnectionLost, JobFailed, RequestTimeout, Unavailable, WaitTimeout
from tunix_rt_client.progress import progress_bar

Same = TypeVar("Same", bound="Bound")

FINISHED = frozenset({"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED"})
SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
"""Seconds between two readings of a job; the pause grows by half each time."""

MISSES = 150
"""The number of readings in a row that may fail before waiting fails: about five minutes, enough for a restart."""
MISSED = (ConnectionLost, RequestTimeout, Unavailable)
"""Errors of a reading of a job that state nothing about the job."""


class Bound:
    """An object that knows its connection, beside the fields of its record."""

    if TYPE_CHECKING:
        __struct_fields__: ClassVar[tuple[str, ...]]
        error: JobError | None

    @property
    def connection(self) -> Connection:
        """The connection that the object was read by."""
        found: Connection = self.__dict__["_connection"]
        return found

    def bind(self, connection: Connection) -> None:
        """Remembers the connection."""
        self.__dict__["_connection"] = connection

    def copy_from(self: Same, found: Same) -> Same:
        """Takes over another reading of the same object and returns this one."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(found, name))
        return self

    def failure(self) -> str:
        """Returns why the job did not complete."""
        return self.error.message if self.error else "there is no reason on record"


class Job(Protocol):
    """A job: a status, a progress, and a way to read both again."""

    status: str
    progress: float

    def refresh(self) -> Any: ...
    def failure(self) -> str: ...


class BoundJob(Job, Protocol):
    """A job that knows its connection and its id."""

    id: str

    @property
    def connection(self) -> Connection: ...


def wait_for(job: Job, what: str, timeout: float | None) -> None:
    """Waits until a job has completed, with a progress bar unless it has finished already.

    A server that is unreachable or does not answer in time is waited for, for about five minutes.

    Args:
        what: the job's name in the bar and in errors.
        timeout: seconds to wait; None for ever.

    Raises:
        JobFailed: it finished otherwise.
        WaitTimeout: it was not finished in time; it goes on.
    """
    if job.status not in FINISHED:
        with progress_bar(1.0, "", what) as bar:
            poll(job, what, timeout, bar)
    require_completed(job, what)


def poll(job: Job, what: str, timeout: float | None, bar: Any) -> None:
    """Reads a job until it has finished, and shows its progress in a bar; arguments and errors as of ``wait_for``."""
    started, pause, missed = clock.monotonic(), SHORTEST_PAUSE, 0
    while job.status not in FINISHED:
        if timeout is not None and clock.monotonic() - started > timeout:
            raise WaitTimeout(f"{what} is {job.status} after {timeout:g} seconds; it goes on.")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)
        try:
            job.refresh()
            missed = 0
        except MISSED:
            missed += 1
            if missed > MISSES:
                raise
        bar.n = job.progress
        bar.refresh()


def watch_job(job: BoundJob, what: str, document: str, field: str) -> None:
    """Shows a job live until it is finished, by its events; lost connections are resumed.

    Args:
        what: the job's name in the bar and in errors.
        document: the subscription to its events.
        field: the subscription's field.

    Raises:
        JobFailed: it finished otherwise than COMPLETED.
    """
    with progress_bar(1.0, "", what) as bar:
        for event in follow(job.connection, document, field, job.id):
            bar.n = event["progress"]
            if event.get("answerCount"):
                bar.set_postfix_str(f"{event['answerCount']:,} answers", refresh=False)
            bar.refresh()
    job.refresh()
    require_completed(job, what)


def require_completed(job: Job, what: str) -> None:
    """Checks that a finished job has completed.

    Raises:
        JobFailed: it has not.
    """
    if job.status != "COMPLETED":
        raise JobFailed(f"{what} is {job.status}: {job.failure()}", status=job.status)
