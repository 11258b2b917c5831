"""HTTP/1.1 with limits on everything that a slow client can delay: head, body, idle time and reading.

uvicorn closes only connections that are idle between two requests. This module extends its protocol by timers and by a
limit on the head; refused requests get the same error responses as elsewhere.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tunix_rt.api.execution.limits.operation import SOCKET_MESSAGE_MAX_BYTES
from tunix_rt.errors import ErrorCode
from tunix_rt.http.errors import HttpError, error_response
from tunix_rt.http.guard import NO_SNIFF
from tunix_rt.http.redaction import redact_logs
from tunix_rt.settings import Settings

BODY_LEAST_BYTES = 1024
"""Minimum bytes of a body in each period of its timeout; otherwise a trickle of bytes would hold a connection open."""

LINE_OVERHEAD = 4
"""Bytes of a header in addition to its name and its value."""


@dataclass(frozen=True)
class ConnectionLimits:
    """Limits on a client's connection; times are in seconds."""

    header_timeout_seconds: float
    header_max_bytes: int
    body_timeout_seconds: float
    write_timeout_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> ConnectionLimits:
        """Returns the limits of the settings."""
        return cls(**{name: getattr(settings, name) for name in cls.__dataclass_fields__})


def server_config(app: Any, settings: Settings, **options: Any) -> uvicorn.Config:
    """Returns the configuration of a server for the application, with the limits of the settings."""
    redact_logs()
    return uvicorn.Config(
        app,
        http=partial(BoundedProtocol, bounds=ConnectionLimits.of(settings)),  # type: ignore[arg-type]
        log_config=None,
        timeout_keep_alive=settings.idle_timeout_seconds,  # type: ignore[arg-type]
        ws_max_size=SOCKET_MESSAGE_MAX_BYTES,
        ws_per_message_deflate=False,  # the same message would be compressed for each of a thousand subscribers
        server_header=False,
        proxy_headers=False,  # ``Authenticate`` needs the address of the peer, and reads the headers of named proxies
        **options,
    )


class BoundedProtocol(HttpToolsProtocol):
    """A connection with limits.

    Args:
        bounds: the limits.
    """

    def __init__(self, *arguments: Any, bounds: ConnectionLimits, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._bounds = bounds
        self._reading: asyncio.TimerHandle | None = None
        self._next_watch: tuple[float, Any] | None = None
        """The timer to start once the received bytes are parsed: most requests arrive at once and need none."""
        self._is_parsing = False
        self._writing: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._left = False
        """Whether no more requests are read, because one was refused or the connection became a WebSocket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch(self._bounds.header_timeout_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        self._stop_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._left:
            self._is_parsing = True
            try:
                super().data_received(data)
            finally:
                self._is_parsing = False
            self._start_watching()
            self._track(len(data))

    def _track(self, received: int) -> None:
        """Updates timers and limits after bytes were received."""
        if self._left:
            return
        if self._in_head:
            self._head_bytes += received
            self._require_small_head(self._head_bytes)
        elif self._reading is None and self.timeout_keep_alive_task is None and not self._is_answering:
            self._watch(self._bounds.header_timeout_seconds, self._head_is_late)  # empty lines between two requests

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self.cycle is not None:  # the first head's time starts with the connection
            self._watch(self._bounds.header_timeout_seconds, self._head_is_late)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_watching()
        size = len(self.url) + sum(len(name) + len(value) + LINE_OVERHEAD for name, value in self.headers)
        if self._require_small_head(size):
            self._body_bytes = 0
            self._watch(self._bounds.body_timeout_seconds, self._body_is_late)
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._left:
            self._body_bytes += len(body)
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._left:
            self._stop_watching()
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._left = True
        self._stop_watching()
        self._stop_writing()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(self._bounds.write_timeout_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._stop_writing()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        self._refuse(HttpError(400, "This is not a valid HTTP request."))

    def _watch(self, seconds: float, late: Any) -> None:
        """Starts a timer in place of the current one."""
        self._stop_watching()
        self._next_watch = seconds, late
        if not self._is_parsing:
            self._start_watching()

    def _start_watching(self) -> None:
        if self._next_watch is not None:
            self._reading = self.loop.call_later(*self._next_watch)
            self._next_watch = None

    def _stop_watching(self) -> None:
        self._next_watch = None
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _require_small_head(self, size: int) -> bool:
        """Returns whether a head is small enough; the connection ends if it is not."""
        maximum = self._bounds.header_max_bytes
        if size > maximum:
            self._refuse(HttpError(431, f"The request line and headers may have at most {maximum} bytes."))
        return size <= maximum

    @property
    def _is_answering(self) -> bool:
        """True while a response is in progress."""
        return self.cycle is not None and not self.cycle.response_complete

    def _head_is_late(self) -> None:
        seconds = self._bounds.header_timeout_seconds
        if self._is_answering:  # the previous request is answered first
            self._watch(seconds, self._head_is_late)
        elif self._in_head:
            self._refuse(HttpError(408, f"The headers were not complete after {seconds:g} seconds.", ErrorCode.TIMEOUT))
        else:  # no request was sent, so none is answered
            self.transport.close()

    def _body_is_late(self) -> None:
        """Ends a request whose body does not arrive; it is not late while the server itself pauses reading."""
        seconds = self._bounds.body_timeout_seconds
        if self.flow.read_paused or self._body_bytes >= BODY_LEAST_BYTES:
            self._body_bytes = 0
            self._watch(seconds, self._body_is_late)
        elif self._is_answering:
            message = f"Fewer than {BODY_LEAST_BYTES} bytes of the body arrived in {seconds:g} seconds."
            self._refuse(HttpError(408, message, ErrorCode.TIMEOUT))
        else:  # it was answered without its body
            self.transport.close()

    def _refuse(self, error: HttpError) -> None:
        """Answers an incomplete request, unless another answer is in progress, and closes the connection."""
        self._left = True
        self._stop_watching()
        started = self._is_answering and self.cycle.response_started
        if self._is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not started and not self.transport.is_closing():
            self.transport.write(refusal(error))
        self.transport.close()


def refusal(error: HttpError) -> bytes:
    """Returns a complete response to a request that does not reach the application."""
    request_id = uuid.uuid4().hex
    response = error_response(error, request_id)
    headers = [*response.raw_headers, (b"x-request-id", request_id.encode()), NO_SNIFF, (b"connection", b"close")]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return STATUS_LINE[error.status] + lines + b"\r\n" + bytes(response.body)
