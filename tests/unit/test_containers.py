"""Containers: the files that exports are, read back by the programs that people read them with."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import pytest

from tests.factories import trace, trace_row
from tunix_rt.domain.containers import Container, Written, open_file, packaging_of, packagings
from tunix_rt.domain.rendering import ExportFormat, StoredTrace, rendering_of

AWKWARD = 'é\u2028🦉 "quoted", \\ \x01\x7f\r\n\t; =1+1'


def lines_of(format_: ExportFormat, count: int = 5, **fields: Any) -> list[bytes]:
    """The lines of a few traces with awkward texts."""
    rendering = rendering_of(format_)
    found = []
    for number in range(count):
        meta = {"n": number, "of": [1, "a"][number % 2], "text": AWKWARD}
        row = trace_row(trace(f"{number} {AWKWARD}", final_answer=AWKWARD, meta=meta) | fields)
        found.append(rendering.line(StoredTrace(row["id"], row["created_at"], None, row["payload"])))
    return found


def written(path: Path, container: Container, format_: ExportFormat, lines: list[bytes], page: int = 2) -> Written:
    """A file of those lines, given page by page."""
    with open_file(path, container, rendering_of(format_)) as file:
        for start in range(0, len(lines), page):
            file.write(lines[start : start + page])
        return file.finish()


def test_every_container_has_a_suffix_of_its_own():
    suffixes = [packaging_of(container).suffix for container in packagings()]
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize("container", packagings())
@pytest.mark.parametrize("format_", ExportFormat)
@pytest.mark.parametrize("count", [0, 5])
def test_the_same_lines_are_the_same_file(container: Container, format_: ExportFormat, count: int, tmp_path: Path):
    lines = lines_of(format_, count)
    first = written(tmp_path / "first", container, format_, lines)
    second = written(tmp_path / "second", container, format_, lines, page=3)

    data = (tmp_path / "first").read_bytes()
    assert first == second == Written(count, len(data), hashlib.sha256(data).hexdigest())
    assert (tmp_path / "second").read_bytes() == data


def test_jsonl_is_the_lines(tmp_path: Path):
    lines = lines_of(ExportFormat.TRACE)
    written(tmp_path / "f", Container.JSONL, ExportFormat.TRACE, lines)

    assert (tmp_path / "f").read_bytes() == b"".join(line + b"\n" for line in lines)


@pytest.mark.parametrize("count", [0, 5])
def test_gzip_inflates_to_the_lines(count: int, tmp_path: Path):
    lines = lines_of(ExportFormat.TRACE, count)
    written(tmp_path / "f", Container.JSONL_GZ, ExportFormat.TRACE, lines)

    data = (tmp_path / "f").read_bytes()
    assert gzip.decompress(data) == b"".join(line + b"\n" for line in lines)
    assert data[3:8] == bytes(5), "no flags, no time"
