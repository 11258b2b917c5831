"""HTTP/1.1 with limits on everything that a slow client may delay: head, body, idle time and reading.

uvicorn ends only a connection that rests between two requests. Its protocol is extended here by timers and by a bound
on the head; what is refused is told as every other refusal is.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from tunix_rt.errors import ErrorCode
from tunix_rt.http.errors import HttpError, error_response
from tunix_rt.http.guard import NO_SNIFF
from tunix_rt.http.redaction import redact_logs
from tunix_rt.settings import Settings

BODY_LEAST_BYTES = 1024
"""What a body must bring in the time that it may take: a byte now and then would hold a connection for ever."""

LINE_OVERHEAD = 4
"""The bytes of a header beside its name and its value."""


@dataclass(frozen=True)
class ConnectionLimits:
    """Limits on a client's connection; times are in seconds."""

    header_timeout_seconds: float
    header_max_bytes: int
    body_timeout_seconds: float
    write_timeout_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> ConnectionLimits:
        """Returns the bounds that the settings give."""
        return cls(**{name: getattr(settings, name) for name in cls.__dataclass_fields__})


def server_config(app: Any, settings: Settings, **options: Any) -> uvicorn.Config:
    """Returns the configuration of a server for the application, with these bounds."""
    redact_logs()
    return uvicorn.Config(
        app,
        http=partial(BoundedProtocol, bounds=ConnectionLimits.of(settings)),  # type: ignore[arg-type]
        log_config=None,
        timeout_keep_alive=settings.idle_timeout_seconds,  # type: ignore[arg-type]
        ws_max_size=1 << 20,
        ws_per_message_deflate=False,  # each of a thousand subscribers would compress the same for itself
        server_header=False,
        proxy_headers=False,  # nothing here depends on the client's address, so nobody needs to be believed
        **options,
    )


class BoundedProtocol(HttpToolsProtocol):
    """A connection with these bounds.

    Args:
        bounds: what its client may take.
    """

    def __init__(self, *arguments: Any, bounds: ConnectionLimits, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._bounds = bounds
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._body_bytes = 0
        self._left = False
        """Whether no request is read any more: one was refused, or the connection is a WebSocket now."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch(self._bounds.header_timeout_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        self._stop_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._left:
            super().data_received(data)
            self._look_at(len(data))

    def _look_at(self, received: int) -> None:
        """Bounds what a number of bytes has left open."""
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
        if self.cycle is not None:  # the first head's time runs since the connection was made
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
        self._stop_watching()
        self._reading = self.loop.call_later(seconds, late)

    def _stop_watching(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _require_small_head(self, size: int) -> bool:
        """Returns whether a head is small enough; the connection ends if it is not."""
        most = self._bounds.header_max_bytes
        if size > most:
            self._refuse(HttpError(431, f"The request line and headers may have at most {most} bytes."))
        return size <= most

    @property
    def _is_answering(self) -> bool:
        """Whether a response is in progress."""
        return self.cycle is not None and not self.cycle.response_complete

    def _head_is_late(self) -> None:
        seconds = self._bounds.header_timeout_seconds
        if self._is_answering:  # the answer to the request before comes first
            self._watch(seconds, self._head_is_late)
        elif self._in_head:
            self._refuse(HttpError(408, f"The headers were not complete after {seconds:g} seconds.", ErrorCode.TIMEOUT))
        else:  # nothing was sent, so nothing is answered
            self.transport.close()

    def _body_is_late(self) -> None:
        """Ends a request whose body does not come; while the server itself does not read on, it is not late."""
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
        """Answers a request that is not whole, unless another answer is under way, and ends the connection."""
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
    """Returns a whole response, for what reaches no application."""
    request_id = uuid.uuid4().hex
    response = error_response(error, request_id)
    headers = [*response.raw_headers, (b"x-request-id", request_id.encode()), NO_SNIFF, (b"connection", b"close")]
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    return STATUS_LINE[error.status] + lines + b"\r\n" + bytes(response.body)
