"""Containers: the files that exports are, read back by the programs that people read them with."""

from __future__ import annotations

import csv
import errno
import gc
import gzip
import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow
import pytest
from pyarrow import parquet

from tests.support.factories import trace, trace_row
from tests.support.repository import ROOT
from tunix_rt.domain.exports.containers import Container, container_types, get_container_type
from tunix_rt.domain.exports.containers import hugging_face as folders
from tunix_rt.domain.exports.containers import parquet as columns
from tunix_rt.domain.exports.containers.base import WrittenFile
from tunix_rt.domain.exports.containers.export_file import open_file
from tunix_rt.domain.exports.export_shapes import shape_of
from tunix_rt.domain.exports.formats import ExportFormat, StoredTrace, export_formats, get_export_format
from tunix_rt.domain.exports.formats.base import PLAIN
from tunix_rt.errors import ErrorCode, Unavailable

AWKWARD = 'é\u2028🦉 "quoted", \\ \x01\x7f\r\n\t; =1+1 \u00a0\uffff'


def lines_of(format_: ExportFormat, count: int = 5, **fields: Any) -> list[bytes]:
    """The lines of a few traces with awkward texts."""
    record_format = get_export_format(format_)
    found = []
    for number in range(count):
        meta = {"n": number, "of": [1, "a"][number % 2], "text": AWKWARD}
        row = trace_row(trace(f"{number} {AWKWARD}", final_answer=AWKWARD, meta=meta) | fields)
        stored = StoredTrace(str(row["id"]), *(row[name] for name in StoredTrace._fields[1:]))
        found.append(record_format.line(stored))
    return found


def written(path: Path, container: Container, format_: ExportFormat, lines: list[bytes], page: int = 2) -> WrittenFile:
    """A file of those lines, given page by page."""
    with open_file(path, container, shape_of(format_, PLAIN)) as file:
        for start in range(0, len(lines), page):
            file.write(lines[start : start + page])
        return file.finish()


def flat(line: bytes, texts: tuple[str, ...] = ("metadata",)) -> dict[str, Any]:
    """A line's record with some of its fields as the JSON text that the line has."""
    return {name: json.dumps(value) if name in texts else value for name, value in json.loads(line).items()}


def test_every_container_is_packaged():
    assert container_types().keys() == set(Container)
    page = (ROOT / "docs" / "reference" / "formats.md").read_text()
    assert not [kind for kind in Container if f"| `{kind.name}` | `{get_container_type(kind).suffix}` |" not in page]
    assert len({get_container_type(container).suffix for container in Container}) == len(Container)


@pytest.mark.parametrize("container", Container)
@pytest.mark.parametrize("format_", export_formats())
@pytest.mark.parametrize("count", [0, 5])
def test_the_same_lines_are_the_same_file(
    container: Container, format_: ExportFormat, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(columns, "GROUP_ROWS", 2)
    monkeypatch.setattr(folders, "SHARD_BYTES", 600)
    lines = lines_of(format_, count)
    first = written(tmp_path / "first", container, format_, lines)
    second = written(tmp_path / "second", container, format_, lines, page=3)

    data = (tmp_path / "first").read_bytes()
    assert first == second == WrittenFile(count, len(data), hashlib.sha256(data).hexdigest())
    assert (tmp_path / "second").read_bytes() == data


@pytest.mark.parametrize("container", Container)
def test_a_full_disk_is_reported(container: Container, tmp_path: Path):
    (tmp_path / "f").symlink_to("/dev/full")
    text = os.urandom(400_000).hex()  # more than any buffer, compressed or not
    line = f'{{"id": "a", "prompts": "{text}", "final_answer": "", "metadata": {{}}}}'.encode()

    with pytest.raises(OSError, match="No space") as caught:
        written(tmp_path / "f", container, ExportFormat.TUNIX_SFT, [line] * 20)
    assert caught.value.errno == errno.ENOSPC
    del caught
    gc.collect()


@pytest.mark.parametrize("container", Container)
def test_a_file_can_be_given_up(container: Container, tmp_path: Path):
    with open_file(tmp_path / "f", container, shape_of(ExportFormat.TRACE, PLAIN)) as file:
        file.write(lines_of(ExportFormat.TRACE))
        size = file.byte_size
    gc.collect()

    assert file.byte_size == size == (tmp_path / "f").stat().st_size


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


@pytest.mark.parametrize("format_", export_formats())
@pytest.mark.parametrize("count", [0, 5])
def test_csv_has_a_header_and_json_in_its_cells(format_: ExportFormat, count: int, tmp_path: Path):
    lines = lines_of(format_, count)
    written(tmp_path / "f", Container.CSV, format_, lines)

    with (tmp_path / "f").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        assert list(reader) == [flat(line, ("metadata", "trace_steps", "messages")) for line in lines]
        assert reader.fieldnames == [field.name for field in get_export_format(format_).fields]
    assert (tmp_path / "f").read_bytes().endswith(b"\r\n")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_csv_escapes_cells_that_begin_like_a_formula_where_it_is_asked_to(cell: str, tmp_path: Path):
    record = {"id": "a", "prompts": cell, "final_answer": "1 = 1", "metadata": {"=d": 1}}
    for escape, expected in ((False, cell), (True, f"'{cell}")):
        file = open_file(tmp_path / "f", Container.CSV, shape_of(ExportFormat.TUNIX_SFT, PLAIN), escape_formulas=escape)
        with file:
            file.write([json.dumps(record).encode()])
            file.finish()
        with (tmp_path / "f").open(encoding="utf-8", newline="") as written:
            (row,) = csv.DictReader(written)
        assert (row["prompts"], row["final_answer"], row["metadata"]) == (expected, "1 = 1", '{"=d": 1}')


def test_csv_has_no_quotes_where_none_are_needed(tmp_path: Path):
    line = b'{"id": "a", "prompts": "b, c", "final_answer": "", "metadata": {"d": [1, 2]}}'
    written(tmp_path / "f", Container.CSV, ExportFormat.TUNIX_SFT, [line])

    assert (tmp_path / "f").read_bytes() == (b'id,prompts,final_answer,metadata\r\na,"b, c",,"{""d"": [1, 2]}"\r\n')


@pytest.mark.parametrize("format_", export_formats())
@pytest.mark.parametrize("count", [0, 5])
def test_parquet_has_columns_of_fixed_types(format_: ExportFormat, count: int, tmp_path: Path):
    lines = lines_of(format_, count)
    written(tmp_path / "f", Container.PARQUET, format_, lines)

    table = parquet.read_table(tmp_path / "f")
    text = pyarrow.string()
    types = {
        "trace_steps": pyarrow.list_(text),
        "messages": pyarrow.list_(pyarrow.struct({"role": text, "content": text})),
    }
    assert {field.name: field.type for field in table.schema} == {
        field.name: types.get(field.name, text) for field in get_export_format(format_).fields
    }
    assert table.to_pylist() == [flat(line) for line in lines]


def test_parquet_has_groups_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    lines = lines_of(ExportFormat.TRACE, 7)
    monkeypatch.setattr(columns, "GROUP_ROWS", 3)
    written(tmp_path / "rows", Container.PARQUET, ExportFormat.TRACE, lines)
    monkeypatch.setattr(columns, "GROUP_BYTES", len(lines[0]) + 1)
    written(tmp_path / "bytes", Container.PARQUET, ExportFormat.TRACE, lines)

    def groups(name: str) -> list[int]:
        about = parquet.read_metadata(tmp_path / name)
        return [about.row_group(place).num_rows for place in range(about.num_row_groups)]

    assert (groups("rows"), groups("bytes")) == ([3, 3, 1], [2, 2, 2, 1])
    assert parquet.read_metadata(tmp_path / "rows").row_group(0).column(1).compression == "ZSTD"


@pytest.mark.parametrize("container", [Container.PARQUET, Container.HUGGING_FACE])
def test_without_pyarrow_the_install_line_is_reported(
    container: Container, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(columns, "find_spec", lambda _: None)

    with pytest.raises(Unavailable, match=r"pip install 'tunix-rt\[parquet\]'") as caught:
        open_file(tmp_path / "f", container, shape_of(ExportFormat.TRACE, PLAIN))
    assert (caught.value.code, caught.value.path) == (ErrorCode.UNAVAILABLE, ("container",))
    assert not (tmp_path / "f").exists()


def test_the_server_imports_no_pyarrow():
    program = (
        "import sys, tunix_rt.domain.exports.containers as c; c.container_types(); sys.exit('pyarrow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


LOAD = """
import json, sys
from datasets import load_dataset
for folder in sys.argv[1:]:
    rows = load_dataset(folder)["train"]
    print(json.dumps({"columns": rows.column_names, "rows": list(rows)}))
"""


def loaded(home: Path, *folders: Path) -> list[dict[str, Any]]:
    """Returns what ``load_dataset`` reads from folders, one after the other in one process, with a separate cache."""
    settings = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(home), "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", LOAD, *map(str, folders)],
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpacks an archive to a folder, each file with its time in the archive, as other programs do."""
    with ZipFile(archive) as file:
        assert file.testzip() is None
        file.extractall(folder)
        for info in file.infolist():
            at = datetime(*info.date_time, tzinfo=UTC).timestamp()
            os.utime(folder / info.filename, (at, at))
    return folder


def test_hugging_face_loads_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(folders, "SHARD_BYTES", 1000)
    lines = {format_: lines_of(format_, 5, final_answer="2024-01-01") for format_ in export_formats()}
    for format_ in export_formats():
        written(tmp_path / f"{format_.value}.zip", Container.HUGGING_FACE, format_, lines[format_])
    found = [unpacked(tmp_path / f"{format_.value}.zip", tmp_path / format_.value) for format_ in export_formats()]

    assert all(len(list(folder.glob("data/*.parquet"))) > 1 for folder in found)
    assert loaded(tmp_path / "home", *found) == [
        {"columns": list(json.loads(lines[format_][0])), "rows": [flat(line) for line in lines[format_]]}
        for format_ in export_formats()
    ]


def test_hugging_face_sees_that_a_folder_changed(tmp_path: Path):
    counts = []
    for count in (2, 3):
        written(tmp_path / "f.zip", Container.HUGGING_FACE, ExportFormat.TRACE, lines_of(ExportFormat.TRACE, count))
        (answer,) = loaded(tmp_path / "home", unpacked(tmp_path / "f.zip", tmp_path / "folder"))
        counts.append(len(answer["rows"]))

    assert counts == [2, 3]


def test_an_empty_folder_has_its_columns(tmp_path: Path):
    written(tmp_path / "f.zip", Container.HUGGING_FACE, ExportFormat.TRACE, [])
    folder = unpacked(tmp_path / "f.zip", tmp_path / "folder")

    table = parquet.read_table(folder / "data" / "train-00000.parquet")
    assert table.num_rows == 0
    assert table.column_names == [field.name for field in get_export_format(ExportFormat.TRACE).fields]
    assert "`trace_steps`" in (folder / "README.md").read_text()
