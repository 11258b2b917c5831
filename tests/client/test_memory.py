"""Memory of the Python client: it does not grow with the number of traces that are read."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.support.servers import serving
from tunix_rt_client import Client

COUNT = 50_000
PART = COUNT // 10


def peaks_of(items: Iterable[object]) -> Iterator[int]:
    """Yields the peak of memory, in bytes, while each tenth of the items is read; garbage is collected in between."""
    tracemalloc.start()
    for count, _ in enumerate(items, 1):
        if count % PART == 0:
            yield tracemalloc.get_traced_memory()[1]
            gc.collect()
            tracemalloc.reset_peak()
    tracemalloc.stop()


def test_fifty_thousand_traces_are_read_in_constant_memory(tmp_path: Path, sqlite_url: str):
    environment = {"TUNIX_RT_DATABASE_URL": sqlite_url, "TUNIX_RT_LOAD_SAMPLES": "false"}
    with serving([sys.executable, "-m", "tunix_rt"], tmp_path, environment) as server, Client(server.url) as client:
        rows = ({"prompt": f"p{n}", "steps": ["s"], "final_answer": "a"} for n in range(COUNT))
        assert client.import_traces(rows).added == COUNT
        peaks = list(peaks_of(client.traces()))
    assert len(peaks) == 10
    assert max(peaks) < 2 * peaks[0]
