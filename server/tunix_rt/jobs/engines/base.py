"""The interface of an engine: it starts, inspects and stops the attempts of one kind of job."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from tunix_rt.db.session import Database
from tunix_rt.domain.jobs.queue import Hold


class Leftovers(Enum):
    """The state of an attempt whose lease has expired."""

    NOTHING = auto()
    """Neither a process nor an outcome: the job goes back to the queue."""
    ALIVE = auto()
    """The attempt is running: only the database was unreachable."""
    OUTCOME = auto()
    """The attempt has finished and stored its outcome; starting it again records that and does nothing else."""


class Execution(Protocol):
    """An attempt that an engine has started, as its worker watches it."""

    failure: str | None
    """The reason why it could not be started after all, without a full stop; None if it was, or may still be."""

    def exit_status(self) -> int | None:
        """Returns None while the attempt runs, 0 if the ledger has its outcome, any other number if not."""

    async def detach(self) -> None:
        """Stops watching the attempt. A process continues by itself; a task in this process is cancelled."""


class Engine(Protocol):
    """Runs attempts. An attempt renews its own lease and records its own outcome; it does not need its worker."""

    async def start(self, hold: Hold, on_exit: Callable[[], None]) -> Execution:
        """Starts an attempt, and calls ``on_exit`` in the event loop once it has exited.

        Raises:
            OSError: it cannot be started.
        """

    async def inspect(self, database: Database, hold: Hold) -> Leftovers:
        """Returns the state of an attempt that may be gone.

        Raises:
            Unavailable: the database is unreachable.
        """

    async def stop(self, hold: Hold) -> None:
        """Stops what remains of an attempt that has lost its hold, before another one starts."""

    async def close(self) -> None:
        """Closes the engine's connections. Its attempts continue."""
