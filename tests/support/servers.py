"""Real server processes for tests that look at the program from outside."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.postgres import free_port

START_SECONDS = 90
STOP_SECONDS = 15


@dataclass(frozen=True)
class RunningServer:
    """A server process that answers.

    Args:
        url: its address, without a slash at the end.
        data_dir: its data folder.
        log: what it writes to standard output and standard error.
    """

    url: str
    process: subprocess.Popen[bytes]
    data_dir: Path
    log: Path


@contextmanager
def serving(
    command: Sequence[str | Path], folder: Path, environment: dict[str, str] | None = None, port: int | None = None
) -> Iterator[RunningServer]:
    """Runs ``command serve`` until the end of the block.

    Args:
        folder: an existing folder for its data and its log.
        environment: variables in addition to those of the tests, which include no settings.
        port: where it listens; a free one if not given.

    Raises:
        RuntimeError: it was not ready in time; the message has its log.
    """
    port, data_dir, log = port or free_port(), folder / "data", folder / "server.log"
    variables = clean_environment() | {"TUNIX_RT_DATA_DIR": str(data_dir)} | (environment or {})
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "serve", "--port", str(port)],
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    server = RunningServer(f"http://127.0.0.1:{port}", process, data_dir, log)
    try:
        wait_until_ready(server)
        yield server
    finally:
        stop(process)


def clean_environment() -> dict[str, str]:
    """The environment of the tests without any setting of ours and without another Python's paths."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TUNIX_RT_") and name not in {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    }


def wait_until_ready(server: RunningServer) -> None:
    """Returns once ``/readyz`` answers 200.

    Raises:
        RuntimeError: the process ended, or it took more than START_SECONDS.
    """
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(base_url=server.url, trust_env=False, timeout=5) as client:
        while time.monotonic() < deadline and server.process.poll() is None:
            try:
                if client.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.02)
    state = "is not ready" if server.process.poll() is None else f"ended with {server.process.returncode}"
    raise RuntimeError(f"the server {state}; its log:\n{server.log.read_text(errors='replace')}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Asks the process to end, and makes it end if it does not."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
