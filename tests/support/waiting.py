"""Waiting for what happens elsewhere: in a process, in another task, in a database that may be away meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from tunix_rt.errors import Unavailable

WAIT_SECONDS = 60.0
"""The longest wait. It measures no speed: it ends the wait for what does not happen."""
LONG_PAUSE_SECONDS = 0.2


async def until(
    condition: Callable[[], Awaitable[Any]],
    failure: str = "it did not happen in time",
    *,
    seconds: float = WAIT_SECONDS,
    pause: float = 0.02,
) -> Any:
    """Returns the first result of a condition that is true, asking again after each pause.

    Pauses grow with the wait, up to LONG_PAUSE_SECONDS: asking 50 times a second for the result of a minute of work
    would slow that work down. A condition that raises ``Unavailable`` is asked again.

    Raises:
        AssertionError: with ``failure``, when ``seconds`` have passed.
    """
    start, found = time.monotonic(), None
    while not found:
        waited = time.monotonic() - start
        assert waited < seconds, failure
        with contextlib.suppress(Unavailable):
            found = await condition()
        await asyncio.sleep(0 if found else max(pause, min(waited / 50, LONG_PAUSE_SECONDS)))
    return found


async def until_nothing(condition: Callable[[], Awaitable[Any]], failure: str = "something is left") -> None:
    """Returns once a condition has a result that is false."""

    async def is_over() -> bool:
        return not await condition()

    await until(is_over, failure, pause=0.01)
