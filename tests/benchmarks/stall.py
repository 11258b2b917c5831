"""The longest time for which a server left another client without an answer.

Run as a program, it asks ``/healthz`` of the server at the given URL again and again until its standard input ends,
and prints ``{"longest": SECONDS, "answers": COUNT}``. It is a separate process, so that a busy benchmark does not
count as a busy server.
"""

from __future__ import annotations

import json
import select
import subprocess
import sys
import time
from typing import Self

from tests.benchmarks.client import Connection

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
PAUSE_SECONDS = 0.005
WAIT_SECONDS = 600


class Stall:
    """Watches a server from the beginning of a block to its end.

    ``longest`` is the longest time without an answer, in seconds; ``answers`` counts those that came.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.longest = 0.0
        self.answers = 0

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.benchmarks.stall", self._url]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._process.stdout.readline()
        return self

    def __exit__(self, *_: object) -> None:
        found = json.loads(self._process.communicate(timeout=WAIT_SECONDS)[0])
        self.longest, self.answers = found["longest"], found["answers"]


def watch(url: str) -> None:
    """Asks until standard input ends; a connection that the server closes is opened again."""
    longest, answers = 0.0, 0
    connection = Connection.to(url)
    connection.ask(REQUEST)
    print("ready", flush=True)
    while not select.select([sys.stdin], [], [], PAUSE_SECONDS)[0]:
        start = time.perf_counter()
        while True:
            try:
                connection.socket.settimeout(WAIT_SECONDS)
                connection.ask(REQUEST)
                break
            except (OSError, RuntimeError):
                if time.perf_counter() - start > WAIT_SECONDS:
                    raise
                connection = Connection.to(url)
        longest, answers = max(longest, time.perf_counter() - start), answers + 1
    print(json.dumps({"longest": longest, "answers": answers}))


if __name__ == "__main__":
    watch(sys.argv[1])
