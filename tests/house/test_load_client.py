"""The client of the benchmarks asks on each connection as soon as it can, whatever its other connections wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import SimpleNamespace

import pytest

from tests.benchmarks import client
from tests.benchmarks.client import keep_busy, request_bytes
from tests.support.waiting import WAIT_SECONDS

QUICK_ANSWERS = 20


class UnevenServer(ThreadingHTTPServer):
    """A server that answers its first client once it has answered the others some times."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.answers: Counter[int] = Counter()
        """The number of answers by the client's port."""
        self.slow: int | None = None
        self.quick_are_served = Event()
        self.waited_in_vain = False

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.server_port}"

    def verify_request(self, request: object, client_address: tuple[str, int]) -> bool:
        """Accepts a connection, whose client is the slow one if it is the first."""
        self.slow = self.slow or client_address[1]
        return True

    def answer(self, port: int) -> None:
        """Returns when a client is to be answered."""
        if port == self.slow and not self.quick_are_served.wait(WAIT_SECONDS):
            self.waited_in_vain = True
            self.quick_are_served.set()
        self.answers[port] += 1
        if self.answers.total() - self.answers[self.slow or 0] >= QUICK_ANSWERS:
            self.quick_are_served.set()


class Answer(BaseHTTPRequestHandler):
    """Answers requests, the head and the body in separate packets."""

    protocol_version = "HTTP/1.1"
    server: UnevenServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answer(self.client_address[1])
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


@pytest.fixture
def uneven() -> Iterator[UnevenServer]:
    """A server that keeps one client waiting for the others."""
    with UnevenServer() as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_slow_answer_keeps_no_other_connection_waiting(uneven: UnevenServer, monkeypatch: pytest.MonkeyPatch):
    """The client's time is over once the slow answer may be sent, so that no speed is needed."""
    monkeypatch.setattr(client, "time", SimpleNamespace(perf_counter=lambda: 2.0 * uneven.quick_are_served.is_set()))

    answers = keep_busy(uneven.url, request_bytes("/", b"{}"), 1.0, connections=3)

    assert not uneven.waited_in_vain
    assert len(uneven.answers) == 3
    assert answers == uneven.answers.total()
