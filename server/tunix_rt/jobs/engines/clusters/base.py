"""The interface of a cluster, and the state of its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from tunix_rt.domain.jobs.engines import EngineResource
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.engines.clusters.submission import Submission


class ClusterRefused(Unavailable):
    """The cluster refuses a request, and would refuse it again."""


class JobState(Enum):
    """The state of a job, as its cluster reports it."""

    WAITING = auto()
    """It has not started."""
    RUNNING = auto()
    """Its process has started, and may be alive."""
    ENDED = auto()
    """It has ended, or will not start."""


@dataclass(frozen=True)
class ClusterJob:
    """A job of a cluster.

    Args:
        exit_status: the exit status of its process, negative for a signal; None if the cluster does not know one.
    """

    state: JobState
    exit_status: int | None = None


class Cluster(Protocol):
    """A cluster, which has at most one job of each attempt that its caller knows of.

    Every method raises Unavailable if the cluster, or what is needed to speak to it, cannot be reached now, and
    ClusterRefused if it refuses the request.
    """

    address: str

    async def submit(self, submission: Submission, *, again: bool) -> None:
        """Submits the job of an attempt.

        Args:
            again: whether an earlier request may have arrived, whose response was lost; then nothing is submitted.

        Raises:
            SettingsError: a file that the settings name cannot be read.
        """

    async def find(self, hold: Hold) -> ClusterJob | None:
        """Returns the state of an attempt's job; None if the cluster does not know it, or no longer."""

    async def stop(self, hold: Hold) -> None:
        """Asks the cluster to stop the job of an attempt. One that is unknown or has ended is left as it is."""

    async def resources(self) -> Sequence[EngineResource]:
        """Returns the total resources of the nodes that are alive, of those kinds that there are."""

    async def close(self) -> None:
        """Closes the connections."""
