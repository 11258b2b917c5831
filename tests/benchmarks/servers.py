"""Servers to be measured: ours as ``tunix-rt serve`` runs it, and the stock peer, and the load on them."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType

from tests.benchmarks.client import keep_busy
from tests.benchmarks.machine import MEASURED_CORE, cpu_seconds, on_cores
from tests.support.servers import RunningServer, serving

OURS = (sys.executable, "-m", "tunix_rt")
PEER = (sys.executable, str(Path(__file__).with_name("peer.py")))


@contextmanager
def running(
    command: Sequence[str],
    url: str,
    folder: Path,
    cores: set[int] = MEASURED_CORE,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[RunningServer]:
    """A server process on the database at ``url``, until the end of the block."""
    with ExitStack() as stack:
        with on_cores(cores):
            server = stack.enter_context(serving(command, Path(mkdtemp(dir=folder)), environment(url) | dict(settings)))
        yield server


@dataclass
class Load:
    """A request that a server is kept busy with, and what was measured."""

    server: RunningServer
    request: bytes
    milliseconds: list[float] = field(default_factory=list)
    """CPU time of the server process for a request."""
    per_second: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Requests per second, by the number of clients."""


def measure(load: Load, clients: int, seconds: float = 0.8) -> None:
    """Keeps a server busy for a while, and notes what it took."""
    process_id = load.server.process.pid
    before, start = cpu_seconds(process_id), time.perf_counter()
    answers = keep_busy(load.server.url, load.request, seconds, clients)
    load.per_second[clients].append(answers / (time.perf_counter() - start))
    load.milliseconds.append((cpu_seconds(process_id) - before) * 1000 / answers)


def environment(url: str) -> dict[str, str]:
    """The settings of a server on the database at ``url``."""
    return {"TUNIX_RT_DATABASE_URL": url, "TUNIX_RT_LOAD_SAMPLES": "false", "TUNIX_RT_LOG_LEVEL": "warning"}
