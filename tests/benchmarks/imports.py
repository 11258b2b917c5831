"""The rate of an import, beside the driver's own bulk load of the same rows in the same run."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path

import orjson
import uvloop

from tests.benchmarks.bulk import LOADS, Load, Row, rows_of
from tests.benchmarks.client import Connection, request_bytes
from tests.benchmarks.databases import KINDS, MAX_BYTES, Databases, settings_for
from tests.benchmarks.machine import CORES
from tests.benchmarks.options import Options
from tests.benchmarks.report import heading, median, note, ratio, table
from tests.benchmarks.servers import OURS, running
from tests.benchmarks.workload import lines
from tunix_rt.db.session import Database
from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.importing import ImportReport, read_batch
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source
from tunix_rt.domain.imports.storing import import_lines

LINES = 24_000
MOST_ROUNDS = 3

Times = dict[str, list[float]]


def run(databases: Databases, options: Options) -> None:
    """Prints the table of both databases and of all texts."""
    heading("Import of NDJSON, rows per second")
    note(
        "Floor: rows made ready beforehand, by the fastest of the driver's ways, 2,000 in a transaction; every index is"
    )
    note("kept as always. import_lines runs in this process, the POST asks a server process.")
    texts = {"made-up traces": ("jsonl", lines(LINES))}
    if options.gsm8k:
        texts["GSM8K"] = ("gsm8k", options.gsm8k.read_bytes().splitlines())
    rows = []
    for kind in KINDS:
        for name, (format_name, text) in texts.items():
            times = measure(kind, format_name, text, databases, min(options.rounds, MOST_ROUNDS))
            size = sum(map(len, text)) / len(text)
            rows.append(row(f"{KINDS[kind]}, {len(text)} {name} of {size:.0f} B", len(text), times))
    table(["", "floor", "by", "import_lines", "POST /v1/traces", "import/floor", "POST/floor"], rows)


def row(label: str, count: int, times: Times) -> list[str]:
    """The row of one text on one database."""
    middle = {name: median(found) for name, found in times.items()}
    ours, post = middle.pop("import_lines"), middle.pop("post")
    fastest = min(middle, key=lambda name: middle[name])
    floor = middle[fastest]
    rates = [f"{count / floor:.0f}", fastest, f"{count / ours:.0f}", f"{count / post:.0f}"]
    return [label, *rates, ratio(floor, ours), ratio(floor, post)]


def measure(kind: str, format_name: str, text: Sequence[bytes], databases: Databases, rounds: int) -> Times:
    """The seconds of each way, taken in turns, each time into an empty database."""
    source = line_source(stream(text), RecordOptions(get_import_format(format_name), MAX_BYTES))
    drafts = read_batch(text, source.read, ImportReport())
    ready = rows_of(drafts, kind)
    ways: dict[str, Callable[[str], float]] = {
        name: partial(load_rows, load, ready) for name, load in LOADS[kind].items()
    }
    ways["import_lines"] = partial(import_text, databases.folder, format_name, text)
    ways["post"] = partial(post_text, databases.folder, format_name, text)
    times: Times = defaultdict(list)
    for number in range(rounds):
        for name in list(ways) if number % 2 == 0 else reversed(ways):
            url = databases.fresh(kind)
            times[name].append(ways[name](url))
            databases.remove(url)
    return times


def load_rows(load: Load, ready: Sequence[Row], url: str) -> float:
    """The seconds of the driver's own load."""

    async def loading() -> float:
        return await load(url, ready)

    return uvloop.run(loading())


def import_text(folder: Path, format_name: str, text: Sequence[bytes], url: str) -> float:
    """The seconds of an import in this process."""

    async def importing() -> float:
        database = Database(settings_for(url, folder))
        async with database.write():  # connected, as a server is
            pass
        start = time.perf_counter()
        report = await import_lines(database, stream(text), get_import_format(format_name), max_bytes=MAX_BYTES)
        seconds = time.perf_counter() - start
        await database.close()
        check(report.added, len(text))
        return seconds

    return uvloop.run(importing())


async def stream(text: Sequence[bytes]) -> AsyncIterator[bytes]:
    """Lines as an import takes them."""
    for line in text:
        yield line


def post_text(folder: Path, format_name: str, text: Sequence[bytes], url: str) -> float:
    """The seconds of one POST to a running server."""
    request = request_bytes(f"/v1/traces?format={format_name}", b"\n".join(text), "application/x-ndjson")
    with running(OURS, url, folder, set(CORES)) as server:
        connection = Connection.to(server.url)
        start = time.perf_counter()
        answer = connection.ask(request)
        seconds = time.perf_counter() - start
        connection.close()
    check(orjson.loads(answer)["added"], len(text))
    return seconds


def check(added: int, wanted: int) -> None:
    """Makes sure that everything was stored.

    Raises:
        RuntimeError: it was not, so that nothing was measured.
    """
    if added != wanted:
        raise RuntimeError(f"{added} of {wanted} lines were stored")
