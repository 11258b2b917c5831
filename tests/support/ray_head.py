"""A Ray head for the tests, in an environment of its Python packages that is made once and kept in ``build``.

python -m tests.support.ray_head    makes the environment
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from tests.support.postgres import free_port
from tests.support.repository import ROOT
from tests.support.servers import clean_environment
from tunix_rt.jobs.supervision import die_with_parent

LOCK = ROOT / "requirements" / "ray.txt"
START_SECONDS = 120
STOP_SECONDS = 5
CPUS = 2
PORTS = (
    *("port", "dashboard-port", "ray-client-server-port", "dashboard-agent-listen-port"),
    *("dashboard-agent-grpc-port", "metrics-export-port", "node-manager-port", "object-manager-port"),
)
"""The ports of a head, each another one, so that several run at once on one machine."""


def environment() -> Path:
    """Returns the folder of an environment that has the locked packages; makes it if it is missing.

    Several processes may ask at once: one makes it, and the others wait.
    """
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = ROOT / "build" / f"ray-{digest}"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / ".ray.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            install = [
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--require-hashes",
                "--requirement",
                str(LOCK),
            ]
            subprocess.run([str(folder / "bin" / "python"), "-m", "pip", *install], check=True)
            (folder / "complete").touch()
    return folder


class RayHead:
    """A running head of a cluster of one node, which ends with the process that has started it.

    Its folder is a short one: the paths of sockets have at most 107 bytes.

    Args:
        token: what everyone who uses it has to send.

    Raises:
        RuntimeError: it did not start; the message has its log.
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self._program = environment() / "bin" / "ray"
        self._folder = Path(tempfile.mkdtemp(prefix="ray-"))
        self._ports = {name: free_port() for name in PORTS}
        self.port = self._ports["dashboard-port"]
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        ports = [f"--{name}={port}" for name, port in self._ports.items()]
        options = [
            *("--head", "--block", "--node-ip-address=127.0.0.2", "--dashboard-host=127.0.0.1"),
            *("--min-worker-port=0", "--max-worker-port=0", f"--num-cpus={CPUS}", "--disable-usage-stats"),
            *("--object-store-memory=100000000", f"--temp-dir={self._folder}"),
        ]
        with (self._folder / "head.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), "0"),
                    *(str(self._program), "start", *options, *ports),
                ],
                env=clean_environment() | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": self.token},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._is_ready():
                return
            time.sleep(0.2)
        raise RuntimeError(f"Ray is not ready; its log:\n{(self._folder / 'head.log').read_text()[-4000:]}")

    def _is_ready(self) -> bool:
        headers = {"Authorization": f"Bearer {self.token}"}
        try:
            answer = httpx.get(f"{self.url}/api/v0/nodes", headers=headers, trust_env=False, timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == 200 and bool(answer.json()["data"]["result"]["result"])

    def kill(self) -> None:
        """Kills the processes of the head at once, as a machine that goes down does; those of jobs may remain."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        """Stops the head with its jobs, and removes its folder."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def ray_head(token: str | None = None) -> Iterator[RayHead]:
    """A head within the block, with a token of its clients or a new one."""
    head = RayHead(token or secrets.token_hex(32))
    try:
        yield head
    finally:
        head.stop()


if __name__ == "__main__":
    environment()
