"""A local server, started on a data folder for a notebook and stopped with it."""

from __future__ import annotations

import atexit
import importlib.util
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tunix_rt_client.errors import TunixRtError

START_SECONDS = 600.0
"""Maximum time until a server is ready: the migration of a large database takes minutes, and must not be ended."""
STOP_SECONDS = 15.0


class LocalServer:
    """A ``tunix-rt serve`` process on a free port of this machine."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """Starts the server, waits until it is ready, and returns its address.

        Raises:
            TunixRtError: tunix-rt is not installed, or the server ended or took too long; the message has its log.
        """
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryFile() as log:
            command = [*server_command(), "serve", "--port", str(port), "--data-dir", str(self.data_dir)]
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
            atexit.register(self.stop)
            deadline = time.monotonic() + START_SECONDS
            while not is_ready(url):
                has_ended = self.process.poll() is not None
                if has_ended or time.monotonic() > deadline:
                    self.stop()
                    log.seek(0)
                    reason = "did not start" if has_ended else f"was not ready after {START_SECONDS:g} seconds"
                    raise TunixRtError(f"The server {reason}:\n{log.read().decode(errors='replace')}")
                time.sleep(0.1)
        return url

    def stop(self) -> None:
        """Stops the server, and waits until it has ended."""
        atexit.unregister(self.stop)
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


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


def is_ready(url: str) -> bool:
    """Returns whether a server answers that it is ready."""
    import httpx

    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
