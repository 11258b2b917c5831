"""The server of a data folder for a notebook: found or started, and stopped once no client uses it."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from threading import Event
from typing import IO

from tunix_rt_client.errors import TunixRtError
from tunix_rt_client.keys import key_of
from tunix_rt_client.local.finding import is_ready, make_folder, require_access, running_server
from tunix_rt_client.local.locks import FileLock

START_SECONDS = 600.0
"""Maximum time until a server is ready: the migration of a large database takes minutes, and must not be ended."""
STOP_SECONDS = 15.0
CLIENTS_LOCK = "clients.lock"
"""Shared by all clients on a data folder: a server that one of them has started stops when none has it."""
START_LOCK = "start.lock"
"""Held while a client looks for the server and starts one, so that two do not start two."""

LEFT: list[subprocess.Popen[bytes]] = []
"""Servers that this process has started and other clients still use; they stop by themselves."""


class LocalServer:
    """The server of a data folder: one that serves it already, or else a process on a free port of this machine.

    Args:
        key: an API key of the server; None for the one in ``TUNIX_RT_KEY``, if there is any.

    Attributes:
        process: the process, if this object has started it.
    """

    def __init__(self, data_dir: Path, key: str | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.key = key_of(key)
        self.process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        self._use: FileLock | None = None
        self._abandoned = Event()

    def start(self) -> str:
        """Finds or starts the server, waits until it is ready, and returns its address.

        Raises:
            TunixRtError: tunix-rt is not installed, or the server ended or took too long; the message has its log.
            Unauthenticated: the server has API keys, and none of them was given.
        """
        make_folder(self.data_dir)
        atexit.register(self.stop)
        try:
            self._use = FileLock.wait_for(self.data_dir / CLIENTS_LOCK, shared=True, seconds=START_SECONDS)
            with FileLock.wait_for(self.data_dir / START_LOCK, shared=False, seconds=START_SECONDS):
                url = running_server(self.data_dir) or self._start_process()
            require_access(url, self.key, self.data_dir)
            if self._abandoned.is_set():
                raise TunixRtError("Nobody waits for the server any more.")
        except BaseException:
            self.stop()
            raise
        return url

    def _start_process(self) -> str:
        """Starts a server and returns its address; raises as ``start`` does."""
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        place = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", str(self.data_dir)]
        with tempfile.TemporaryFile() as log:
            process = self.process = subprocess.Popen(
                [*server_command(), "serve", *place, "--until-unused"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # interrupting a cell sends SIGINT to all processes of the kernel's session
            )
            self._wait_until_ready(url, process, log)
        return url

    def _wait_until_ready(self, url: str, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        """Waits until the started server is ready; raises as ``start`` does."""
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(url):
            has_ended = process.poll() is not None
            if has_ended or self._abandoned.is_set() or time.monotonic() > deadline:
                self.stop()
                log.seek(0)
                reason = "did not start" if has_ended else f"was not ready after {START_SECONDS:g} seconds"
                raise TunixRtError(f"The server {reason}:\n{log.read().decode(errors='replace')}")
            time.sleep(0.1)

    def abandon(self) -> None:
        """Lets ``start``, which may be running in another thread, stop the server and raise."""
        self._abandoned.set()

    def stop(self) -> None:
        """Ends this use of the server, and stops it if this has started it and no other client uses it.

        It does nothing in a forked process: the server is that of its parent, which shares the lock.
        """
        atexit.unregister(self.stop)
        if self._use is None or os.getpid() != self._owner:
            return
        self._use.release()
        self._use = None
        if self.process is not None and self.process.poll() is None:
            self._stop_if_unused(self.process)

    def _stop_if_unused(self, process: subprocess.Popen[bytes]) -> None:
        """Stops the server unless another client shares the lock; the server may have noticed first, and stop."""
        path = self.data_dir / CLIENTS_LOCK
        alone = FileLock.take(path, shared=False)
        if alone is None and (others := FileLock.take(path, shared=True)) is not None:
            others.release()
            LEFT.append(process)
            return
        try:
            end(process)
        finally:
            if alone is not None:
                alone.release()


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def server_command() -> list[str]:
    """Returns the command of the server: of this interpreter, else of the search path.

    Raises:
        TunixRtError: there is none.
    """
    if importlib.util.find_spec("tunix_rt") is not None:
        return [sys.executable, "-m", "tunix_rt"]
    found = shutil.which("tunix-rt")
    if found is None:
        raise TunixRtError("A local server needs tunix-rt: pip install tunix-rt")
    return [found]


def free_port() -> int:
    """Returns a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
