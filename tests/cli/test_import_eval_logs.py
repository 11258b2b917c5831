"""``tunix-rt import`` of Inspect's logs in their container: a ZIP archive, by either of its compressions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pyarrow as pa
import pytest

from tests.support.import_rows import INSPECT, INSPECT_SAMPLE
from tests.support.program import Program, stored

ZSTANDARD = 93
HEADER = {name: value for name, value in INSPECT.items() if name != "samples"}
SAMPLES = [INSPECT_SAMPLE, INSPECT_SAMPLE | {"id": "sum-2", "events": [{"event": "state"}] * 100}]


def write_log(path: Path, compression: int, header: str = "header.json", samples: list[Any] | None = None) -> Path:
    """Writes a log as Inspect does."""
    given = SAMPLES if samples is None else samples
    files: dict[str, Any] = {f"samples/{one['id']}_epoch_{one['epoch']}.json": one for one in given}
    files |= {"summaries.json": [], header: HEADER}
    with ZipFile(path, "w", ZIP_STORED if compression == ZSTANDARD else compression) as archive:
        for name, value in files.items():
            content = json.dumps(value, indent=1).encode()
            if compression != ZSTANDARD:
                archive.writestr(name, content)
                continue
            archive.writestr(name, bytes(pa.compress(content, "zstd", asbytes=True)))
            info = archive.getinfo(name)
            info.compress_type, info.file_size = ZSTANDARD, len(content)
    return path


@pytest.mark.parametrize("compression", [ZIP_DEFLATED, ZSTANDARD])
def test_the_samples_of_a_log_are_imported_once(embedded: Program, compression: int):
    log = write_log(embedded.folder / "sums.eval", compression)

    shown = embedded.run("import", "auto", log)[1]
    assert f"{log}: inspect." in shown
    assert "The 2 samples: 2 traces." in shown
    assert embedded.run("import", "inspect", log) == (0, "2 traces added, 6 scores added (2 samples read).\n", "")
    assert embedded.run("import", "auto", log, "--yes")[1].endswith("Nothing new: 2 traces stored already.\n")
    assert [row[:2] for row in stored(embedded)] == [("sum-1/2", "inspect"), ("sum-2/2", "inspect")]


def test_a_log_that_was_not_finished_has_its_samples(embedded: Program):
    log = write_log(embedded.folder / "cut.eval", ZIP_DEFLATED, "_journal/start.json")

    assert "2 traces added" in embedded.run("import", "inspect", log)[1]


def test_what_is_no_log_is_named(embedded: Program):
    other = embedded.folder / "other.eval"
    other.write_bytes(b"PK no archive")
    empty = write_log(embedded.folder / "empty.eval", ZIP_DEFLATED, samples=[])
    headless = write_log(embedded.folder / "headless.eval", ZIP_DEFLATED, "nothing.json")
    damaged = write_log(embedded.folder / "damaged.eval", ZSTANDARD)
    content = bytearray(damaged.read_bytes())
    content[60:90] = b"\0" * 30
    damaged.write_bytes(content)

    for log, reason in (
        (other, "other.eval is damaged, or not an Inspect log"),
        (empty, "There are no samples in"),
        (headless, "headless.eval is not an Inspect log: it has no header.json."),
        (damaged, "damaged.eval is damaged: samples/sum-1_epoch_2.json"),
    ):
        for name in ("inspect", "auto"):
            status, _, messages = embedded.run("import", name, log)
            assert status != 0
            assert reason in messages
    log = write_log(embedded.folder / "sums.eval", ZIP_DEFLATED)
    assert "sums.eval is a log of Inspect; import it as inspect." in embedded.run("import", "atif", log)[2]
    assert stored(embedded) == []


def test_a_sample_that_is_too_large_is_refused_alone(embedded: Program):
    large = INSPECT_SAMPLE | {"id": "sum-0", "events": ["x" * 20_000]}
    log = write_log(embedded.folder / "large.eval", ZIP_DEFLATED, samples=[large, INSPECT_SAMPLE])

    status, output, messages = embedded.run(
        "import", "inspect", log, "--on-error", "skip", TUNIX_RT_TRACE_MAX_BYTES="4096"
    )

    assert (status, output) == (0, "1 trace added, 3 scores added, 1 sample refused (2 samples read).\n")
    assert "sample 1: sum-0_epoch_2.json: It has more than" in messages
