"""Parquet: rows out of files of any shape, and files that are none."""

from __future__ import annotations

import io
import signal
import sys
import tempfile
from datetime import UTC, date, datetime, time
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tunix_rt.domain.imports.formats import get_import_format
from tunix_rt.domain.imports.importing import BATCH_LINES, ImportReport, read_batch
from tunix_rt.domain.imports.line_imports import RecordOptions
from tunix_rt.domain.imports.tables.columns import ColumnMap, Rest
from tunix_rt.domain.imports.tables.parquet import next_frame, parquet_records, parquet_source, reading
from tunix_rt.domain.imports.tables.parquet_process import READ_ROWS
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, NotInstalled, ValidationErrors

MAX_BYTES = 1_048_576


def parquet(columns: dict[str, Any], **options: Any) -> io.BytesIO:
    """A Parquet file with those columns."""
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, **options)
    return file


def rows(number: int, size: int = 10) -> dict[str, Any]:
    """Returns the columns of ``number`` valid traces."""
    return {
        "prompt": [f"p{place}" for place in range(number)],
        "final_answer": list(range(number)),
        "steps": [["one", "x" * size]] * number,
    }


async def table(file: io.BytesIO, map_: ColumnMap | None = None) -> tuple[list[TraceDraft], ImportReport, list[int]]:
    """Returns the traces of a file, the report on its rows, and how many were read at once."""
    report, drafts, sizes = ImportReport(), [], []
    with tempfile.TemporaryFile() as kept:
        kept.write(file.getvalue())
        kept.flush()
        async with parquet_source(kept, map_ or ColumnMap(), MAX_BYTES) as (source, _):
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
    at = "2023-11-14T22:13:20.123456789+00:00"
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
    assert await table(parquet(rows(0))) == ([], ImportReport(), [])


async def test_bad_rows_are_reported_by_their_numbers():
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


async def test_nanoseconds_inside_of_other_values_are_exact_too():
    at, nanoseconds = 1_700_000_000_123_456_789, pa.timestamp("ns", "UTC")
    columns = rows(1) | {
        "took": pa.array([1_500_000_001], pa.duration("ns")),
        "list": pa.array([[at]], pa.list_(nanoseconds)),
        "struct": pa.array([{"at": at}], pa.struct([("at", nanoseconds)])),
        "map": pa.array([[("k", at)]], pa.map_(pa.string(), nanoseconds)),
    }

    (draft,), _, _ = await table(parquet(columns))

    text = "2023-11-14T22:13:20.123456789+00:00"
    assert draft.payload.meta == {
        "took": "0:00:01.500000001",
        "list": [text],
        "struct": {"at": text},
        "map": {"k": text},
    }


NANOSECONDS: list[tuple[int, pa.DataType, str]] = [
    (1_700_000_000_000_000_000, pa.timestamp("ns"), "2023-11-14T22:13:20"),
    (1_700_000_000_123_456_000, pa.timestamp("ns"), "2023-11-14T22:13:20.123456"),
    (1_700_000_000_000_000_007, pa.timestamp("ns"), "2023-11-14T22:13:20.000000007"),
    (-1, pa.timestamp("ns"), "1969-12-31T23:59:59.999999999"),
    (-(2**63) + 1, pa.timestamp("ns"), "1677-09-21T00:12:43.145224193"),
    (2**63 - 1, pa.timestamp("ns", "UTC"), "2262-04-11T23:47:16.854775807+00:00"),
    (1, pa.timestamp("ns", "+05:30"), "1970-01-01T05:30:00.000000001+05:30"),
    (1, pa.timestamp("ns", "Europe/Berlin"), "1970-01-01T01:00:00.000000001+01:00"),
    (3_600_000_000_001, pa.time64("ns"), "01:00:00.000000001"),
    (3_600_000_000_000, pa.time64("ns"), "01:00:00"),
    (1_000_000_001, pa.duration("ns"), "0:00:01.000000001"),
    (-1, pa.duration("ns"), "-1 day, 23:59:59.999999999"),
]


async def test_nanoseconds_are_exact():
    columns = {f"c{place}": pa.array([value, None]).cast(kind) for place, (value, kind, _) in enumerate(NANOSECONDS)}

    drafts, _, _ = await table(parquet(rows(2) | columns), ColumnMap({"external_id": "c2"}))

    expected = {f"c{place}": text for place, (_, _, text) in enumerate(NANOSECONDS)}
    assert [draft.external_id for draft in drafts] == [expected.pop("c2"), None]
    assert [draft.payload.meta for draft in drafts] == [expected, None]


TEXTS: list[tuple[Any, str]] = [
    (date(2024, 2, 29), "2024-02-29"),
    (datetime(2024, 2, 29, 1, tzinfo=UTC), "2024-02-29T01:00:00+00:00"),
    (time(1, 2, 3), "01:02:03"),
    (True, "true"),
    (1.5, "1.5"),
    (2**63 - 1, "9223372036854775807"),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=[text for _, text in TEXTS])
async def test_what_is_mapped_to_a_text_becomes_one(value: Any, text: str):
    columns = rows(1) | {"prompt": pa.array([value]), "id": pa.array([value])}

    (draft,), _, _ = await table(parquet(columns), ColumnMap({"external_id": "id"}))

    assert (draft.payload.prompt, draft.external_id) == (text, text)


@pytest.mark.parametrize(
    ("field", "column", "kind"),
    [
        ("external_id", pa.array([["a"]]), "a list"),
        ("external_id", pa.array([{"a": 1}]), "an object"),
        ("external_id", pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())), "an object"),
        ("external_id", pa.array([b"a"]), "bytes"),
        ("prompt", pa.array([["a"]]), "a list"),
        ("trace_version", pa.array([b"a"]), "bytes"),
    ],
    ids=["list", "struct", "map", "bytes", "prompt", "version"],
)
async def test_what_is_no_text_refuses_its_row_by_its_field(field: str, column: pa.Array, kind: str):
    columns = rows(1) | {"odd": column}

    _, report, _ = await table(parquet(columns), ColumnMap({field: "odd"}, rest=Rest.DROP))

    (refusal,) = report.refusals
    assert (refusal.field, refusal.code.value) == (field, "BAD_USER_INPUT")
    assert kind in refusal.reason


@pytest.mark.parametrize("store_schema", [True, False])
async def test_a_text_that_all_rows_share_counts_for_each(store_schema: bool):
    rows_ = rows(60) | {"note": pa.DictionaryArray.from_arrays([0, 1] * 30, ["x" * 2_200_000, "y"])}

    drafts, report, _ = await table(parquet(rows_, store_schema=store_schema))

    assert (len(drafts), report.rejected) == (30, 30)
    assert report.refusals[0].reason.startswith("A row must have at most 2097152 bytes; this one has 22000")


@pytest.mark.parametrize("kind", [pa.null(), pa.int8()])
async def test_the_values_in_lists_are_counted(kind: pa.DataType):
    lists = pa.ListArray.from_arrays([0, 300_001, 300_003], pa.nulls(300_003, kind))

    drafts, report, _ = await table(parquet(rows(2) | {"list": lists}))

    assert [draft.payload.meta for draft in drafts] == [{"list": [None, None]}]
    assert [(refusal.line, refusal.reason) for refusal in report.refusals] == [
        (1, "A row may hold at most 300000 values in lists; this one has 300003.")
    ]


async def test_a_file_that_takes_too_much_memory_is_refused():
    shared = pa.DictionaryArray.from_arrays([0] * 100, ["x" * 60_000_000])
    file = parquet(rows(100) | {"note": shared}, store_schema=False, compression="zstd")
    assert file.getbuffer().nbytes < 20_000

    with pytest.raises(BadUserInput, match="The file's values are too large"):
        await table(file)


async def test_a_long_page_is_read():
    long = rows(100) | {"note": [f"{number}" + "x" * 1_000_000 for number in range(100)]}

    drafts, report, _ = await table(parquet(long, use_dictionary=False))

    assert (len(drafts), report.rejected) == (100, 0)


async def test_the_process_ends_with_the_block():
    with tempfile.TemporaryFile() as file:
        file.write(parquet(rows(1)).getvalue())
        file.flush()
        async with reading(file) as process:
            assert (await next_frame(process))[2] == 1
            assert process.returncode is None

    assert process.returncode == -signal.SIGKILL


async def test_an_answer_that_is_not_a_number_is_none():
    _, report, _ = await table(parquet(rows(1) | {"final_answer": [float("nan")]}))

    assert "it is null" in report.refusals[0].reason


async def test_columns_that_are_wrong_are_reported():
    with pytest.raises(ValidationErrors, match="no column 'question'"):
        await table(parquet(rows(1)), ColumnMap({"prompt": "question"}))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"prompt,steps\n", b"PAR1" + b"\xff" * 100 + b"PAR1"])
async def test_what_is_no_parquet_is_reported(content: bytes):
    with pytest.raises(BadUserInput, match="Not a Parquet file that can be read"):
        await table(io.BytesIO(content))


async def test_a_damaged_page_is_reported():
    content = bytearray(parquet(rows(1000), compression="gzip").getvalue())
    content[200:400] = b"\xff" * 200

    with pytest.raises(BadUserInput, match="Not a Parquet file that can be read"):
        await table(io.BytesIO(bytes(content)))


async def test_without_pyarrow_the_line_that_installs_it_is_reported(monkeypatch: pytest.MonkeyPatch):
    file = parquet(rows(1))
    for name in [name for name in sys.modules if name.partition(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(NotInstalled, match=r"pip install 'tunix-rt\[parquet\]'"):
        await table(file)


async def test_records_of_a_file_need_columns_of_different_names():
    table = pa.Table.from_arrays([pa.array(["q"]), pa.array(["a"])], names=["prompt", "prompt"])
    file = io.BytesIO()
    pq.write_table(table, file)

    with tempfile.TemporaryFile() as kept:
        kept.write(file.getvalue())
        kept.flush()
        with pytest.raises(BadUserInput, match="The table has the column 'prompt' twice"):
            async with parquet_records(kept, RecordOptions(get_import_format("prompt_completion"), MAX_BYTES)):
                pass


async def test_a_value_that_json_lacks_refuses_the_record_of_its_row():
    columns = {"prompt": ["q", "q"], "completion": ["a\n\n4", "a\n\n4"], "image": [None, b"\xff"]}

    drafts, report = [], ImportReport()
    with tempfile.TemporaryFile() as kept:
        kept.write(parquet(columns).getvalue())
        kept.flush()
        options = RecordOptions(get_import_format("prompt_completion"), MAX_BYTES)
        async with parquet_records(kept, options) as (source, count):
            async for batch in source.batches:
                drafts += read_batch(batch, source.read, report)

    assert (count, [draft.payload.final_answer for draft in drafts]) == (2, ["4"])
    assert [(refusal.line, refusal.field) for refusal in report.refusals] == [(2, "image")]
