"""Events of subscriptions, executed once for all equal subscriptions.

Equal subscriptions receive the same objects and select the same fields of them.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult

KEPT_BYTES = 4_194_304
"""Maximum size of the results cached for one document, in bytes."""
KEPT_SECONDS = 10.0
"""Lifetime of a cached result: the time in which thousands of subscribers are served."""
OVERHEAD_BYTES = 200
"""Minimum size of a result, in bytes."""

Pending = asyncio.Future[ExecutionResult]


@dataclass
class Shared:
    """A result for all equal subscriptions.

    Args:
        event: a weak reference to the event's object, since a trace may have megabytes of which the result has little;
            or the object itself if it cannot have one. With the object the result is forgotten, so that no other object
            of the same identity gets it.
        result: the result, or the task that computes it.
        size: the result's bytes; 0 until it is known.
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
        """Returns the result of an event, or an awaitable of it.

        Args:
            event: the object that equal subscriptions receive.
            key: everything else that the result depends on.
            execute: executes the event. A result with errors is not shared, since each error has the id of its request.
            size: returns the bytes of the result of ``execute``.
        """
        identity = (id(event), key)
        shared = self._known.get(identity)
        if shared is not None:
            return shared.result if isinstance(shared.result, ExecutionResult) else await_shared(shared.result, execute)
        result = execute()
        if isinstance(result, ExecutionResult):
            self._keep(identity, Shared(self._reference(event, identity), result))
            self._settle(identity, result, size())
            return result
        pending: Pending = asyncio.ensure_future(result)
        self._keep(identity, Shared(self._reference(event, identity), pending))
        pending.add_done_callback(lambda done: self._settle(identity, result_of(done), size()))
        return asyncio.shield(pending)

    def _reference(self, event: Any, identity: Hashable) -> Any:
        """Returns a reference to an event, with whose object the result is forgotten."""

        def forget(ended: weakref.ref[Any]) -> None:
            shared = self._known.get(identity)
            if shared is not None and shared.event is ended:
                self._forget(identity, shared)

        try:
            return weakref.ref(event, forget)
        except TypeError:  # a list
            return event

    def _keep(self, identity: Hashable, shared: Shared) -> None:
        self._known[identity] = shared
        asyncio.get_running_loop().call_later(KEPT_SECONDS, self._forget, identity, shared)

    def _settle(self, identity: Hashable, result: ExecutionResult | None, size: int) -> None:
        """Records the size of a result; drops the result if it cannot be shared, and old ones beyond the limit."""
        shared = self._known.get(identity)
        if shared is None:
            return
        if result is None or result.errors:
            self._forget(identity, shared)
            return
        shared.size = size + OVERHEAD_BYTES
        self._bytes += shared.size
        while self._bytes > KEPT_BYTES:
            self._forget(*next(iter(self._known.items())))

    def _forget(self, identity: Hashable, shared: Shared) -> None:
        if self._known.get(identity) is shared:
            del self._known[identity]
            self._bytes -= shared.size


def result_of(done: Pending) -> ExecutionResult | None:
    """Returns the result of an execution; None if it failed or was cancelled."""
    return None if done.cancelled() or done.exception() is not None else done.result()


async def await_shared(pending: Pending, execute: Callable[[], Any]) -> ExecutionResult:
    """Returns the result of a running execution; executes again if that result has errors."""
    result = await asyncio.shield(pending)
    if result.errors:
        own = execute()
        result = own if isinstance(own, ExecutionResult) else await own
    return result


class EventExecution:
    """A replacement for the executor of one event, whose result may be cached.

    Args:
        result: returns the result, or an awaitable of it.
    """

    def __init__(self, result: Callable[[], Any]) -> None:
        self._result = result

    def execute_operation(self, _: bool | None = None) -> Any:
        """Returns the result, or an awaitable of it."""
        return self._result()
