"""Parquet: rows out of files of any shape, and files that are none."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunix_rt.domain.imports import BATCH_LINES, Report, read_batch
from tunix_rt.domain.payload import Draft
from tunix_rt.domain.tables.mapping import ColumnMap, Rest
from tunix_rt.domain.tables.parquet import READ_ROWS, parquet_source
from tunix_rt.errors import BadUserInput, Faults, NotInstalled

MAX_BYTES = 1_048_576


def parquet(columns: dict[str, Any], **options: Any) -> io.BytesIO:
    """A Parquet file with those columns."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file


def rows(number: int, size: int = 10) -> dict[str, Any]:
    """The columns of so many good traces."""
    return {
        "prompt": [f"p{place}" for place in range(number)],
        "final_answer": list(range(number)),
        "steps": [["one", "x" * size]] * number,
    }


async def table(file: io.BytesIO, map_: ColumnMap | None = None) -> tuple[list[Draft], Report, list[int]]:
    """The traces of a file, what became of its rows, and how many were read at once."""
    source, _ = await parquet_source(file, map_ or ColumnMap(), MAX_BYTES)
    report, drafts, sizes = Report(), [], []
    async for batch in source.batches:
        sizes.append(len(batch))
        drafts.extend(read_batch(batch, source.read, report))
    return drafts, report, sizes


async def test_rows_become_traces():
    columns = rows(2) | {
        "external_id": [7, None],
        "level": pa.array([1, None], pa.int8()),
        "tags": [["a", "b"], []],
        "at": pa.array([1_700_000_000_123_456_789, None], pa.timestamp("ns", "UTC")),
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
    }

    drafts, report, _ = await table(parquet(columns))

    assert (report.lines, report.rejected) == (2, 0)
    first, second = (draft.payload for draft in drafts)
    assert (first.prompt, first.final_answer, [step.content for step in first.steps]) == ("p0", "0", ["one", "x" * 10])
    at = datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC).isoformat()
    assert first.meta == {"level": 1, "tags": ["a", "b"], "at": at, "map": {"k": 1}}
    assert second.meta == {"tags": []}
    assert [draft.external_id for draft in drafts] == ["7", None]


async def test_only_wanted_columns_are_read():
    columns = rows(1) | {"image": [b"\xff" * 10]}

    _, report, _ = await table(parquet(columns))
    assert [(refusal.line, refusal.field) for refusal in report.refusals] == [(1, "meta.image")]
    drafts, _, _ = await table(parquet(columns), ColumnMap(rest=Rest.DROP))
    assert [draft.payload.meta for draft in drafts] == [None]


async def test_columns_with_dots_and_steps_with_types():
    steps = [[{"content": "a", "type": "check"}, {"content": "b", "type": None}]]
    file = parquet({"q.text": ["p"], "q": [{"text": "other"}], "final_answer": [True], "steps": steps})

    (draft,), _, _ = await table(file, ColumnMap({"prompt": "q.text"}))

    assert (draft.payload.prompt, draft.payload.final_answer) == ("p", "true")
    assert [(step.type, step.content) for step in draft.payload.steps] == [("check", "a"), ("reasoning", "b")]
    assert draft.payload.meta == {"q": {"text": "other"}}


async def test_rows_are_read_some_at_a_time():
    drafts, _, sizes = await table(parquet(rows(BATCH_LINES * 2 + 1)))
    assert (len(drafts), sizes) == (BATCH_LINES * 2 + 1, [BATCH_LINES, BATCH_LINES, 1])

    again = rows(200) | {"note": pa.DictionaryArray.from_arrays([0] * 200, ["x" * 1_000_000])}
    file = parquet(again)
    assert file.getbuffer().nbytes < 100_000
    _, _, sizes = await table(file)
    assert (max(sizes), sum(sizes)) == (READ_ROWS, 200)

    long = rows(100) | {"note": [f"{number}" + "x" * 1_000_000 for number in range(100)]}
    _, _, sizes = await table(parquet(long, use_dictionary=False))
    assert max(sizes) <= 16


async def test_no_rows_at_all():
    assert await table(parquet(rows(0))) == ([], Report(), [])


async def test_bad_rows_are_told_by_their_numbers():
    columns = rows(3) | {"prompt": ["p", None, "a\0b"]}

    _, report, _ = await table(parquet(columns))

    assert [(refusal.line, refusal.field) for refusal in report.refusals] == [(2, "prompt"), (3, "prompt")]


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([0, 2**62], pa.timestamp("us")), "out of range"),
        (pa.array([0, 2**31 - 1], pa.date32()), "out of range"),
        (pa.array([0, 2**62], pa.duration("ms")), "out of range"),
        (pa.array([[("k", 1)], [("k", 1), ("k", 2)]], pa.map_(pa.string(), pa.int8())), "key twice"),
    ],
)
async def test_a_value_that_python_has_not_refuses_its_row(column: pa.Array, reason: str):
    drafts, report, _ = await table(parquet(rows(2) | {"odd": column}))

    assert [draft.payload.prompt for draft in drafts] == ["p0"]
    assert [(refusal.line, refusal.field) for refusal in report.refusals] == [(2, "odd")]
    assert reason in report.refusals[0].reason


async def test_times_inside_of_others_end_at_the_microsecond_too():
    at, nanoseconds = 1_700_000_000_123_456_789, pa.timestamp("ns", "UTC")
    columns = rows(1) | {
        "took": pa.array([1_500_000_001], pa.duration("ns")),
        "list": pa.array([[at]], pa.list_(nanoseconds)),
        "struct": pa.array([{"at": at}], pa.struct([("at", nanoseconds)])),
        "map": pa.array([[("k", at)]], pa.map_(pa.string(), nanoseconds)),
    }

    (draft,), _, _ = await table(parquet(columns))

    text = datetime(2023, 11, 14, 22, 13, 20, 123456, tzinfo=UTC).isoformat()
    assert draft.payload.meta == {
        "took": "0:00:01.500000",
        "list": [text],
        "struct": {"at": text},
        "map": {"k": text},
    }


async def test_an_answer_that_is_no_number_is_none():
    _, report, _ = await table(parquet(rows(1) | {"final_answer": [float("nan")]}))

    assert "it is null" in report.refusals[0].reason


async def test_columns_that_are_wrong_are_told():
    with pytest.raises(Faults, match="no column 'question'"):
        await table(parquet(rows(1)), ColumnMap({"prompt": "question"}))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"prompt,steps\n", b"PAR1" + b"\xff" * 100 + b"PAR1"])
async def test_what_is_no_parquet_is_told(content: bytes):
    with pytest.raises(BadUserInput, match="Not a Parquet file that can be read"):
        await table(io.BytesIO(content))


async def test_a_damaged_page_is_told():
    content = bytearray(parquet(rows(1000), compression="gzip").getvalue())
    content[200:400] = b"\xff" * 200

    with pytest.raises(BadUserInput, match="Not a Parquet file that can be read"):
        await table(io.BytesIO(bytes(content)))


async def test_without_pyarrow_the_line_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch):
    file = parquet(rows(1))
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(NotInstalled, match=r"pip install 'tunix-rt\[parquet\]'"):
        await table(file)
