"""What does a job: a process of its own, or a task in this one, that its worker can watch, and leave."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Protocol


class Work(Protocol):
    """What was begun for a job."""

    def status(self) -> int | None:
        """None while it goes on; then 0 if the ledger knows how it ended, any other number if it does not."""

    async def leave(self) -> None:
        """Ends the watch over it."""


class ProcessWork:
    """A process. It goes on when it is left: it sees to its job itself."""

    def __init__(self, process: subprocess.Popen[bytes], tell: Callable[[], None]) -> None:
        self._process = process
        self._forget = when_ended(process, tell)

    @classmethod
    async def begin(
        cls, command: Sequence[str], environment: Mapping[str, str], tell: Callable[[], None]
    ) -> ProcessWork:
        """Starts a program; ``tell`` is called when it has ended.

        Raises:
            OSError: it cannot be started.
        """
        return cls(await asyncio.to_thread(start_process, command, environment), tell)

    def status(self) -> int | None:
        """As ``Work.status``."""
        return self._process.poll()

    async def leave(self) -> None:
        """As ``Work.leave``."""
        self._forget()
        self._process.returncode = self._process.poll() or 0  # not ours to wait for any more


class TaskWork:
    """A task in this process; when it is left, it is cancelled, and may still put its job in order.

    Args:
        tell: called when it has ended.
    """

    def __init__(self, doing: Coroutine[Any, Any, None], tell: Callable[[], None]) -> None:
        self._task = asyncio.create_task(doing)
        self._task.add_done_callback(lambda _: tell())

    def status(self) -> int | None:
        """As ``Work.status``."""
        if not self._task.done():
            return None
        return 0 if not self._task.cancelled() and self._task.exception() is None else 1

    async def leave(self) -> None:
        """As ``Work.leave``."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def start_process(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process in a session of its own: neither a signal to the server's group nor its end reaches it."""
    return subprocess.Popen(  # noqa: S603 - the command is the program's own, no part of it a user's
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True
    )


def when_ended(process: subprocess.Popen[bytes], tell: Callable[[], None]) -> Callable[[], None]:
    """Tells once when a process has ended; gives what ends the watch."""
    loop = asyncio.get_running_loop()
    try:
        handle = os.pidfd_open(process.pid)
    except (AttributeError, OSError):  # not Linux: the next poll finds it
        return lambda: None

    def forget() -> None:
        nonlocal handle
        if handle >= 0:
            loop.remove_reader(handle)
            os.close(handle)
            handle = -1

    def ended() -> None:
        forget()  # it stays readable for ever
        tell()

    loop.add_reader(handle, ended)
    return forget


def describe_exit(status: int) -> str:
    """A process's exit status in words."""
    return f"Its process was killed by signal {-status}" if status < 0 else f"Its process ended with status {status}"
