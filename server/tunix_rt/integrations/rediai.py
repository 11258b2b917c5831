"""RediAI's health, requested over HTTP and cached, with one request for all concurrent callers."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from tunix_rt.db.identity import now
from tunix_rt.settings import Settings

ASK_SECONDS = 5.0


class RediAIMode(Enum):
    """The mode of the integration: whether RediAI is queried."""

    MOCK = "mock"
    REAL = "real"


class Reason(Enum):
    """The reason why RediAI is down."""

    TIMEOUT = "TIMEOUT"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    HTTP_STATUS = "HTTP_STATUS"
    HTTP_ERROR = "HTTP_ERROR"
    UNEXPECTED = "UNEXPECTED"


@dataclass(frozen=True)
class HealthReading:
    """The result of a health check.

    Args:
        reason: None if it is healthy; the same holds for ``message``.
        latency_ms: the response time in milliseconds; None without a response.
    """

    mode: RediAIMode
    checked_at: datetime
    reason: Reason | None = None
    message: str | None = None
    latency_ms: float | None = None


class Rediai:
    """A client for the health of one RediAI, which caches healthy and unhealthy results.

    Each client has its own mode, address and cache. Calls during a request wait for that request.

    Args:
        settings: the mode, the address and the cache's lifetime.
        clock: a monotonic clock in seconds.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._mode = RediAIMode(settings.rediai_mode)
        self._url = settings.rediai_base_url.rstrip("/") + settings.rediai_health_path
        self._kept_seconds = settings.rediai_health_cache_ttl_seconds
        self._known: HealthReading | None = None
        self._known_until = 0.0
        self._asking: asyncio.Task[HealthReading] | None = None

    async def health(self) -> HealthReading:
        """Returns the cached health, or queries RediAI; errors become part of the result."""
        if self._known is not None and self._clock() < self._known_until:
            return self._known
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)  # a cancelled caller does not cancel the request of the others

    async def close(self) -> None:
        """Cancels a request in progress."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _ask(self) -> HealthReading:
        """Queries RediAI and caches the result."""
        try:
            reading = HealthReading(RediAIMode.MOCK, now()) if self._mode is RediAIMode.MOCK else await ask(self._url)
            self._known, self._known_until = reading, self._clock() + self._kept_seconds
            return reading
        finally:
            self._asking = None


async def ask(url: str) -> HealthReading:
    """Sends a request and returns the result: 2xx is healthy, anything else (also a redirect) is not.

    Does not follow redirects and does not use proxies from the environment.
    """
    import httpx

    started_at, start = now(), time.perf_counter()
    try:
        async with (
            asyncio.timeout(ASK_SECONDS),
            httpx.AsyncClient(trust_env=False, timeout=ASK_SECONDS) as client,
            client.stream("GET", url, follow_redirects=False) as response,
        ):
            latency = round((time.perf_counter() - start) * 1000, 3)
            if response.is_success:
                return HealthReading(RediAIMode.REAL, started_at, latency_ms=latency)
            message = f"HTTP {response.status_code}"
            return HealthReading(RediAIMode.REAL, started_at, Reason.HTTP_STATUS, message, latency)
    except Exception as error:  # any error is reported and never fails the caller
        return HealthReading(RediAIMode.REAL, started_at, *reason_of(error, httpx))


def reason_of(error: Exception, httpx: Any) -> tuple[Reason, str]:
    """Returns the reason for an exception, and a message without addresses and other internals."""
    if isinstance(error, (TimeoutError, httpx.TimeoutException)):
        return Reason.TIMEOUT, f"Timeout after {ASK_SECONDS:g}s"
    if isinstance(error, httpx.ConnectError):
        return Reason.CONNECTION_REFUSED, f"Connection refused: {cause_of(error)}"
    if isinstance(error, (httpx.HTTPError, httpx.InvalidURL)):
        return Reason.HTTP_ERROR, f"HTTP error: {type(error).__name__}"
    return Reason.UNEXPECTED, f"Unexpected error: {type(error).__name__}"


def cause_of(error: BaseException) -> str:
    """Returns the operating system's reason for a failed connection, which names no address."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "no such host"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
        cause = cause.__cause__ or cause.__context__
    return "no connection could be made"
