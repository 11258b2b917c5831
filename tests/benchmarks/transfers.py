"""Transfers: an import and a download through nginx as documented, with TLS, while servers are killed."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

import asyncpg
import orjson

from tests.benchmarks.databases import Databases, native_address
from tests.benchmarks.machine import cpu_seconds
from tests.benchmarks.memory import Memory, megabytes
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, note, table
from tests.benchmarks.servers import OURS, environment
from tests.benchmarks.workload import traces
from tests.support.nginx import Nginx, proxying
from tests.support.postgres import free_port
from tests.support.servers import RunningServer, serving
from tunix_rt_client import Client, ConnectionLost

TRACE_BYTES = 20_000
POLL_SECONDS = 0.1


@dataclass
class Deployment:
    """Two servers on one PostgreSQL and one data folder, behind nginx.

    Args:
        settings: the environment of the servers.
    """

    folder: Path
    settings: dict[str, str]
    stack: ExitStack
    servers: list[RunningServer] = field(default_factory=list)

    def start_server(self, port: int) -> None:
        """Starts a server at a port."""
        folder = Path(mkdtemp(dir=self.folder))
        self.servers.append(self.stack.enter_context(serving(OURS, folder, self.settings, port)))

    def restart(self, killed: RunningServer) -> None:
        """Starts a server again at the port of one that was killed."""
        self.servers.remove(killed)
        self.start_server(int(killed.url.rpartition(":")[2]))


def run(databases: Databases, options: Options) -> None:
    """Prints the table."""
    heading(f"Transfers of {options.transferred / 1e9:g} GB through nginx to two servers, PostgreSQL, traces of 20 KB")
    note("nginx is configured as documented, with TLS. The Python client imports a file, and downloads an export. Once")
    note("half is there, the server is killed: the import is repeated, the download goes on, by the other server.")
    note("Memory: the largest growth of a server, the largest size of its processes, and the growth of nginx.")
    file, count = traces_file(databases.folder / "traces.jsonl", options.transferred)
    url = databases.fresh("postgresql")
    with deployed(databases.folder, url) as (deployment, nginx), Client(f"https://{nginx.address}") as client:
        measured = Transfers(deployment, nginx, client)
        measure_import(measured, url, file, count)
        measure_download(measured, databases.folder / "downloaded.jsonl")
    databases.remove(url)
    file.unlink()
    table(["", "MB", "seconds", "MB/s", "server", "its processes", "nginx"], measured.rows)


def traces_file(path: Path, size: int) -> tuple[Path, int]:
    """Writes native traces to a file of about that many bytes, and returns it with their number."""
    count = max(2, size // TRACE_BYTES)
    with path.open("wb") as file:
        file.writelines(orjson.dumps(trace) + b"\n" for trace in traces(count, TRACE_BYTES))
    return path, count


@contextmanager
def deployed(folder: Path, url: str) -> Iterator[tuple[Deployment, Nginx]]:
    """Runs two servers and nginx, whose certificate clients trust, until the end of the block."""
    ports, port, place = [free_port(), free_port()], free_port(), Path(mkdtemp(dir=folder))
    settings = {
        "TUNIX_RT_DATA_DIR": str(place / "shared"),
        "TUNIX_RT_PUBLIC_URL": f"https://127.0.0.1:{port}",
        "TUNIX_RT_JOB_LEASE_SECONDS": "5",
    }
    with ExitStack() as stack:
        deployment = Deployment(folder, environment(url) | settings, stack)
        for server in ports:
            deployment.start_server(server)
        nginx = stack.enter_context(proxying(place, ports, port))
        os.environ["SSL_CERT_FILE"] = str(place / "cert.pem")
        try:
            yield deployment, nginx
        finally:
            del os.environ["SSL_CERT_FILE"]


class Transfers:
    """Measures transfers, of which some lose the server that has the most work by them.

    Args:
        client: a client of nginx.
    """

    def __init__(self, deployment: Deployment, nginx: Nginx, client: Client) -> None:
        self.client = client
        self.rows: list[list[str]] = []
        self._deployment = deployment
        self._nginx = nginx

    def measure(self, label: str, size: int, work: Callable[[], object]) -> None:
        """Adds the row of a transfer of that many bytes."""
        servers = self._deployment.servers
        with ExitStack() as stack:
            nginx, *watched = [
                stack.enter_context(Memory(process.pid))
                for process in (self._nginx.process, *(server.process for server in servers))
            ]
            start = time.perf_counter()
            work()
            seconds = time.perf_counter() - start
        grown, started = max(memory.grown for memory in watched), max(memory.children for memory in watched)
        memory = [f"{megabytes(value):.0f} MB" for value in (grown, started, nginx.grown)]
        rates = [f"{size / 1e6:.0f}", f"{seconds:.1f}", f"{size / 1e6 / seconds:.1f}"]
        self.rows.append([label, *rates, *memory])

    def measure_interrupted(
        self, label: str, size: int, work: Callable[[], object], is_half: Callable[[], bool]
    ) -> None:
        """Adds the row of a transfer whose server is killed as soon as half is there; it is started again then.

        Raises:
            RuntimeError: the transfer ended before.
        """
        before = [cpu_seconds(server.process.pid) for server in self._deployment.servers]
        killed: list[RunningServer] = []
        ended = threading.Event()

        def kill() -> None:
            while not ended.wait(POLL_SECONDS):
                if is_half():
                    found = zip(self._deployment.servers, before, strict=True)
                    busiest = max(found, key=lambda pair: cpu_seconds(pair[0].process.pid) - pair[1])[0]
                    busiest.process.kill()
                    killed.append(busiest)
                    return

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            self.measure(label, size, work)
        finally:
            ended.set()
            killer.join()
        if not killed:
            raise RuntimeError(f"{label}: no server was killed")
        self._deployment.restart(killed[0])


def measure_import(measured: Transfers, url: str, file: Path, count: int) -> None:
    """Measures an import that loses its server when it has stored half, and the same import once more.

    Raises:
        RuntimeError: another number of traces is stored in the end.
    """
    size = file.stat().st_size

    def import_part() -> None:
        try:
            measured.client.import_traces(file)
        except ConnectionLost:
            return
        raise RuntimeError("the import was not interrupted")

    def import_rest() -> None:
        report = measured.client.import_traces(file)
        note(f"The repeated import has added {report.added} traces, and found {report.duplicates}.")
        if (report.added + report.duplicates, report.rejected) != (count, 0):
            raise RuntimeError(f"{count} traces were sent: {report}")

    def is_half() -> bool:
        return stored(url) >= count // 2

    measured.measure_interrupted("import until its server is killed", size // 2, import_part, is_half)
    measured.measure("import repeated", size, import_rest)
    if (found := stored(url)) != count:
        raise RuntimeError(f"{found} of {count} traces are stored")


def measure_download(measured: Transfers, target: Path) -> None:
    """Measures downloads of an export, whose SHA-256 the client checks; one of them loses its server in the middle."""
    start = time.perf_counter()
    export = measured.client.create_dataset("all", "1").export(target)
    size = export.byte_size or 0
    note(f"Dataset, export and a first download took {time.perf_counter() - start:.1f} s.")

    def is_half() -> bool:
        return any(part.stat().st_size >= size // 2 for part in target.parent.glob(f"{target.name}*.part"))

    target.unlink()
    measured.measure("download", size, lambda: export.download(target))
    target.unlink()
    measured.measure_interrupted("download, its server is killed", size, lambda: export.download(target), is_half)
    target.unlink()


def stored(url: str) -> int:
    """Returns the number of traces in a database."""

    async def count() -> int:
        connection = await asyncpg.connect(native_address(url))
        try:
            found: int = await connection.fetchval("SELECT count(*) FROM traces")
        finally:
            await connection.close()
        return found

    return asyncio.run(count())
