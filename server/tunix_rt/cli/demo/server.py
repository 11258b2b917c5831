"""The server of the demo: a process on a free port, and requests to it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tunix_rt.cli.serving.listening import bind
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

START_SECONDS = 60.0
STOP_SECONDS = 20.0
REQUEST_SECONDS = 60.0
OWN_SETTINGS = {
    "TUNIX_RT_DATABASE_URL": "",
    "TUNIX_RT_STORAGE_URL": "",
    "TUNIX_RT_HOST": "127.0.0.1",
    "TUNIX_RT_PROXY_SCOPES": "",
    "TUNIX_RT_PROXY_SIGN_OUT_URL": "",
    "TUNIX_RT_WORKER": "true",
}
"""Settings in place of those of the shell, which may be a deployment's: the demo stays in its data folder."""


class DemoServer:
    """Requests to one server.

    Args:
        url: its address.
        process: the process that serves it.
    """

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process
        self.client = httpx.Client(base_url=url, timeout=REQUEST_SECONDS, trust_env=False)

    def import_lines(self, lines: Iterator[str]) -> int:
        """Imports native lines and returns their number; those that are stored already are not stored again.

        Raises:
            Unavailable: the server refused a line.
        """
        headers = {"Content-Type": "application/x-ndjson"}
        answer = self.client.post("/v1/traces", content="\n".join(lines).encode(), headers=headers).json()
        if answer.get("errors") or answer["rejected"]:
            raise Unavailable(f"The traces of the demo were refused: {answer}")
        count: int = answer["lines"]
        return count

    def query(self, document: str, **variables: Any) -> Any:
        """Executes an operation with one field and returns the field.

        Raises:
            Unavailable: there is an error, at the top level or in the payload; the message is the server's.
        """
        answer = self.client.post("/graphql", json={"query": document, "variables": variables}).json()
        errors = answer.get("errors")
        if not errors:
            (field,) = answer["data"].values()
            errors = field.get("errors") if isinstance(field, dict) else None
            if not errors:
                return field
        raise Unavailable(" ".join(error["message"] for error in errors))


@contextmanager
def demo_server(data_dir: Path, port: int) -> Iterator[DemoServer]:
    """Serves a data folder until the end of the block.

    Raises:
        SettingsError: another program listens on the port; its answers would be taken for those of this server.
        Unavailable: the server did not start; the message has its log.
    """
    bind(Settings(port=port)).close()
    command = [sys.executable, "-m", "tunix_rt", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: S603
            command, env=os.environ | OWN_SETTINGS, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        server = DemoServer(f"http://127.0.0.1:{port}", process)
        try:
            wait_until_ready(server, lambda: read(log))
            yield server
        finally:
            server.client.close()
            stop(process)


def read(log: Any) -> str:
    """Returns what the server has logged."""
    log.seek(0)
    text: str = log.read().decode(errors="replace")
    return text


def wait_until_ready(server: DemoServer, log: Any) -> None:
    """Waits until the server is ready.

    Raises:
        Unavailable: it ended, or it was not ready in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if server.client.get("/readyz").status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise Unavailable(f"The server did not start:\n{log()}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stops the server and waits until it has ended."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
