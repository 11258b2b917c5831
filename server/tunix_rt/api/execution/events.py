"""Events of subscriptions, executed once for all that are equal.

Equal subscriptions are given the same objects; what one of them selects of an object, the others select too.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult

KEPT_BYTES = 4_194_304
"""Bytes of the results kept for one document."""
KEPT_SECONDS = 10.0
"""How long a result is kept: as long as it takes to tell thousands."""
OVERHEAD_BYTES = 200
"""What a small result takes at least."""

Pending = asyncio.Future[ExecutionResult]


@dataclass
class Shared:
    """A result for all equal subscriptions.

    Args:
        event: the object that it is of; it is kept, so that no other gets its identity meanwhile.
        result: what it is, or will be.
        size: its bytes, 0 as long as it is not there.
    """

    event: Any
    result: ExecutionResult | Pending
    size: int = 0


class EventResults:
    """The results of one document's newest events."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, Shared] = OrderedDict()
        self._bytes = 0

    def result(self, event: Any, key: Hashable, execute: Callable[[], Any], size: Callable[[], int]) -> Any:
        """The result of an event, or what to await for it.

        Args:
            event: the object that equal subscriptions are given.
            key: what else the result depends on.
            execute: executes the event. A result with errors is not shared: each names its request.
            size: the bytes of the result that ``execute`` has given.
        """
        place = (id(event), key)
        shared = self._known.get(place)
        if shared is not None:
            return shared.result if isinstance(shared.result, ExecutionResult) else joined(shared.result, execute)
        result = execute()
        if isinstance(result, ExecutionResult):
            self._keep(place, Shared(event, result))
            self._settle(place, result, size())
            return result
        pending: Pending = asyncio.ensure_future(result)
        self._keep(place, Shared(event, pending))
        pending.add_done_callback(lambda done: self._settle(place, result_of(done), size()))
        return asyncio.shield(pending)

    def _keep(self, place: Hashable, shared: Shared) -> None:
        self._known[place] = shared
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget, place, shared)

    def _settle(self, place: Hashable, result: ExecutionResult | None, size: int) -> None:
        """Counts a result that is there, and forgets it if it cannot be shared, or others that are too many."""
        shared = self._known.get(place)
        if shared is None:
            return
        if result is None or result.errors:
            self._forget(place, shared)
            return
        shared.size = size + OVERHEAD_BYTES
        self._bytes += shared.size
        while self._bytes > KEPT_BYTES:
            self._forget(*next(iter(self._known.items())))

    def _forget(self, place: Hashable, shared: Shared) -> None:
        if self._known.get(place) is shared:
            del self._known[place]
            self._bytes -= shared.size


def result_of(done: Pending) -> ExecutionResult | None:
    """The result of an execution; None of one that was broken off."""
    return None if done.cancelled() or done.exception() is not None else done.result()


async def joined(pending: Pending, execute: Callable[[], Any]) -> ExecutionResult:
    """The result of an execution that is under way; in place of one with errors, that of an execution of its own."""
    result = await asyncio.shield(pending)
    if result.errors:
        own = execute()
        result = own if isinstance(own, ExecutionResult) else await own
    return result


class EventExecution:
    """Stands for the executor of one event, whose result may be known already.

    Args:
        result: gives it.
    """

    def __init__(self, result: Callable[[], Any]) -> None:
        self._result = result

    def execute_operation(self, _: bool | None = None) -> Any:
        """The result, or what to await for it."""
        return self._result()
