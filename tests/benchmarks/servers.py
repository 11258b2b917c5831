"""Servers to be measured: ours as ``tunix-rt serve`` runs it, and the stock peer, each alone on its core."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from types import MappingProxyType

from tests.benchmarks.machine import MEASURED_CORE, on_cores
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


def environment(url: str) -> dict[str, str]:
    """The settings of a server on the database at ``url``."""
    return {"TUNIX_RT_DATABASE_URL": url, "TUNIX_RT_LOAD_SAMPLES": "false", "TUNIX_RT_LOG_LEVEL": "warning"}
