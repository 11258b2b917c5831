"""A process that has imported the libraries of the command line and forks for each command, which then starts at once.

A fork is a separate process, as a user's is: with its own environment, folder, standard files and exit status. The
program's own modules are imported in it, so that what a command imports is what it needs, and coverage is measured.

Run as a program, this file is the server: it receives requests from the socket that is its standard input, and ends
with it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

LIBRARIES = (
    *("alembic.command", "alembic.runtime.migration", "alembic.script", "click", "graphql", "httpx", "msgspec"),
    *("orjson", "rich.console", "rich.table", "sqlalchemy.dialects.postgresql.asyncpg", "sqlalchemy.ext.asyncio"),
    *("sqlalchemy.dialects.sqlite.aiosqlite", "strawberry", "strawberry.extensions", "strawberry.schema.config"),
    *("uuid_utils",),
)
"""What commands import; none of them starts a thread, which a fork would not have."""

MEASURED = "COVERAGE_PROCESS_CONFIG"
"""The variable by which coverage measures a process."""


class ForkServer:
    """A running server, which forks for one command at a time."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._files = ThreadPoolExecutor(3, thread_name_prefix="standard-files")
        environment = {name: value for name, value in os.environ.items() if name != MEASURED}
        command = [sys.executable, "-P", __file__]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env=environment)

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        given: bytes | None = None,
        piped: IO[bytes] | None = None,
        seconds: float = 180,
    ) -> tuple[int, bytes, bytes]:
        """Runs ``python -m tunix_rt``, and returns its exit status, its output and its messages.

        Args:
            given: its standard input, nothing if None.
            piped: the file that is its standard input instead.

        Raises:
            TimeoutError: it did not end in time, and was killed.
        """
        read_output, output = os.pipe()
        read_messages, messages = os.pipe()
        source, feed = os.pipe()
        request = os.memfd_create("request")
        os.pwrite(request, json.dumps([list(arguments), str(folder), dict(environment)]).encode(), 0)
        ours = [request, output, messages, source]
        try:
            theirs = [request, source if piped is None else piped.fileno(), output, messages]
            socket.send_fds(self._socket, [b"run"], theirs)
        finally:
            for file in ours:
                os.close(file)
        self._files.submit(write_all, feed, given or b"")
        found = [self._files.submit(read_all, file) for file in (read_output, read_messages)]
        status = self._status(seconds)
        return status, found[0].result(), found[1].result()

    def _status(self, seconds: float) -> int:
        """Returns the exit status of the command that runs."""
        process = int(self._socket.recv(20))
        self._socket.settimeout(seconds)
        try:
            return int(self._socket.recv(20))
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            self._socket.settimeout(None)
            self._socket.recv(20)
            raise
        finally:
            self._socket.settimeout(None)

    def stop(self) -> None:
        """Ends the server."""
        self._socket.close()
        self._process.wait()
        self._files.shutdown()


def write_all(file: int, content: bytes) -> None:
    """Writes what a command reads, as far as it does, and closes the file."""
    with suppress(BrokenPipeError), open(file, "wb") as opened:
        opened.write(content)


def read_all(file: int) -> bytes:
    """Returns what a command writes, and closes the file."""
    with open(file, "rb") as opened:
        return opened.read()


def serve() -> None:
    """Forks for each request until the socket is closed."""
    control = socket.socket(fileno=os.dup(0))
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    while True:
        message, files, _, _ = socket.recv_fds(control, 20, 4)
        if not message:
            return
        process = os.fork()
        if not process:
            control.close()
            run_command(*files)
            return
        for file in files:
            os.close(file)
        control.send(str(process).encode())
        _, status = os.waitpid(process, 0)
        control.send(str(os.waitstatus_to_exitcode(status)).encode())


def run_command(request: int, *standard_files: int) -> None:
    """Runs the program in this process with the standard files, as ``python -m tunix_rt`` does."""
    arguments, folder, environment = json.loads(os.pread(request, os.fstat(request).st_size, 0))
    for number, file in enumerate(standard_files):
        os.dup2(file, number)
    for file in (request, *standard_files):
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    random.seed()
    sys.path.insert(0, folder)
    sys.argv = ["tunix_rt", *arguments]
    if MEASURED in environment:
        importlib.import_module("coverage").process_startup()
    runpy.run_module("tunix_rt", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    serve()
