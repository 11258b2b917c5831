"""Tables: records out of CSV, columns to fields, cells to traces."""

from __future__ import annotations

import csv
import gzip
import io
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support.factories import texts
from tunix_rt.domain.imports.importing import ImportReport, ImportSource, read_batch
from tunix_rt.domain.imports.lines import decompress_chunks
from tunix_rt.domain.imports.tables.columns import ColumnMap, Rest, Split, bind, column_map
from tunix_rt.domain.imports.tables.csv import cells_of, csv_source
from tunix_rt.domain.imports.tables.csv_splitting import RecordSplitter, split_records
from tunix_rt.domain.imports.tables.rows import parse_row
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, ValidationErrors, errors_of

MAX_BYTES = 1_048_576
NAMES = ["prompt", "final_answer", "steps"]


async def stream(data: bytes, size: int) -> AsyncIterator[bytes]:
    """``data`` in chunks of ``size`` bytes."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def records_of(data: bytes, size: int = 1000, max_bytes: int = 1000) -> list[bytes | str]:
    """The records of a CSV; an error as its message."""
    return [
        record.message if isinstance(record, BadUserInput) else record
        async for record in split_records(stream(data, size), RecordSplitter(max_bytes))
    ]


def written(rows: Sequence[Sequence[str]], ending: str = "\r\n") -> bytes:
    """Rows as CSV."""
    text = io.StringIO(newline="")
    if ending == "\r\n":
        csv.writer(text).writerows(rows)
    else:  # here Python would leave a \r without quotes
        csv.writer(text, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


async def table(
    data: bytes, map_: ColumnMap | None = None, max_bytes: int = MAX_BYTES
) -> tuple[list[TraceDraft], ImportReport]:
    """Returns the traces of a CSV file, and the report on its rows."""
    source: ImportSource = await csv_source(decompress_chunks(stream(data, 7)), map_ or ColumnMap(), max_bytes)
    report, drafts = ImportReport(), []
    async for batch in source.batches:
        drafts.extend(read_batch(batch, source.read, report))
    return drafts, report


# Records.


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a,b", [b"a,b"]),
        (b"a,b\nc,d\n", [b"a,b", b"c,d"]),
        (b"a,b\r\nc,d\r\n", [b"a,b\r", b"c,d\r"]),
        (b'"a\nb",c\nd\n', [b'"a\nb",c', b"d"]),
        (b'a,"b\n\n"\nc', [b'a,"b\n\n"', b"c"]),
        (b'"a""\n""b"\nc', [b'"a""\n""b"', b"c"]),
        (b'""\n"a"""\nb', [b'""', b'"a"""', b"b"]),
        (b'a"b\nc"d\n', [b'a"b', b'c"d']),
        (b'a,b"\nc', [b'a,b"', b"c"]),
        (b'"a"b"\nc', [b'"a"b"', b"c"]),
        (b'"never closed\n,\n', [b'"never closed\n,\n']),
        (b"\n\n", [b"", b""]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_a_record_ends_at_a_newline_outside_quotes(data: bytes, expected: list[bytes], size: int):
    assert await records_of(data, size) == expected


@given(
    st.lists(st.lists(texts(0, 6), min_size=2, max_size=4), max_size=5),
    st.integers(1, 5),
    st.sampled_from(["\r\n", "\n"]),
)
async def test_what_is_written_is_read(rows: list[list[str]], size: int, ending: str):
    records = await records_of(written(rows, ending), size, 100_000)

    assert [cells_of(record) for record in records if isinstance(record, bytes)] == rows


@given(st.text(st.sampled_from('a,"\n\r '), max_size=12), st.integers(1, 4))
async def test_records_end_where_pythons_reader_ends_them(text: str, size: int):
    """Taken apart by any chunks, a text whose quotes are right has the records that Python sees in the whole of it."""
    whole = text.replace("\r", "")
    records = await records_of(whole.encode(), size, 100_000)

    found = [next(csv.reader([record.decode()]), []) for record in records if isinstance(record, bytes)]
    try:
        expected = list(csv.reader(whole.splitlines(keepends=True), strict=True))
    except csv.Error:
        event("quotes are wrong")
        return
    event("several records" if len(expected) > 1 else "one record at most")
    assert found == expected


@pytest.mark.parametrize("size", [1, 4, 1000])
async def test_a_long_record_is_reported_with_its_size_and_the_next_one_is_read(size: int):
    long = b'"' + b"x" * 50 + b"\n" + b"y" * 50 + b'"'

    found = await records_of(b"a\n" + long + b"\nb\n" + b"z" * 101, size, 100)

    assert found == [
        b"a",
        "A row must have at most 100 bytes; this one has 103.",
        b"b",
        "A row must have at most 100 bytes; this one has 101.",
    ]


async def test_a_quote_that_is_never_closed_is_never_held_whole():
    async def endless() -> AsyncIterator[bytes]:
        yield b'"'
        for _ in range(10_000):
            yield b"x" * 999 + b"\n"

    (record,) = [record async for record in split_records(endless(), RecordSplitter(100))]
    assert isinstance(record, BadUserInput)
    assert record.message == "A row must have at most 100 bytes; this one has 1000."


UNCLOSED = (
    "Not valid CSV: a quote is not closed. The next line that is a complete row was taken as the start of the next row."
)
FOLLOWED = UNCLOSED.replace("a quote is not closed", "a closing quote is not followed by the delimiter")


@pytest.mark.parametrize("size", [1, 5, 1000])
@pytest.mark.parametrize(
    ("bad", "after", "expected"),
    [
        (b'"x,y,z', [b"1,2,3", b"4,5,6"], [UNCLOSED, b"1,2,3", b"4,5,6"]),
        (b'x,"y,z', [b'"1","2","3"', b'4,"5\n5",6'], [FOLLOWED, b'"1","2","3"', b'4,"5\n5",6']),
        (b'"x,y,z', [b'a"b,2,3', b"4,5", b"4,5,6\r"], [FOLLOWED, b"4,5,6\r"]),
        (b'"x,y,z', [b'"p\nq",2,3', b"4,5,6"], [FOLLOWED, b"4,5,6"]),
        (b'"x,y,z', [], [b'"x,y,z']),
        (b'"x""y"z,2,3', [b"4,5,6"], [b'"x""y"z,2,3', b"4,5,6"]),
    ],
)
async def test_a_quote_that_is_not_closed_ends_before_the_next_whole_row(
    size: int, bad: bytes, after: list[bytes], expected: list[bytes | str]
):
    data = b"\n".join([b"a,b,c", bad, *after])

    found = await records_of(data, size)

    assert found == [b"a,b,c", *(UNCLOSED if after == [] else one for one in expected)]


@given(
    st.lists(
        st.lists(st.text(st.sampled_from("a \u00e9;"), max_size=4), min_size=3, max_size=3), min_size=1, max_size=8
    ),
    st.integers(0, 7),
    st.integers(0, 2),
    st.integers(1, 9),
)
async def test_one_quote_that_is_not_closed_costs_one_row(rows: list[list[str]], at: int, column: int, size: int):
    bad = at % len(rows)
    lines = [",".join(row) for row in rows]
    rows[bad][column] = f'"{rows[bad][column]}'
    broken = [*lines[:bad], ",".join(rows[bad]), *lines[bad + 1 :]]

    found = await records_of("\n".join(["a,b,c", *broken]).encode(), size)

    assert found == [b"a,b,c", *(line.encode() for line in lines[:bad]), UNCLOSED] + [
        line.encode() for line in lines[bad + 1 :]
    ]


async def test_a_thousand_rows_but_one_are_taken_where_a_quote_is_not_closed():
    rows = [f"{number} + 1?,{number + 1},Count." for number in range(1000)]
    rows[5] = f'"{rows[5]}'

    drafts, report = await table("\n".join(["prompt,final_answer,steps", *rows]).encode())

    assert len(drafts) == 999
    assert (report.lines, report.rejected) == (1000, 1)
    assert [(refusal.line, refusal.reason) for refusal in report.refusals] == [(6, UNCLOSED)]


async def test_quotes_that_go_wrong_again_and_again_end_the_import():
    pairs = b'a","b\n1,2,3\n' * 8000

    with pytest.raises(BadUserInput, match="Too many rows have unclosed quotes"):
        await records_of(b"a,b,c\n" + pairs, 1 << 18, 1 << 20)


@pytest.mark.parametrize(
    "row",
    [b"," * 2000, b'"",' * 2000, b'"a,b"' + b"," * 2000, b"," * 3_000_000],
    ids=["empty", "quoted", "a comma between quotes", "millions"],
)
def test_columns_are_counted_before_they_are_parsed(row: bytes):
    with pytest.raises(BadUserInput, match="at most 2000 columns"):
        cells_of(row)


def test_commas_between_quotes_part_no_columns():
    assert cells_of(b'"' + b"," * 3000 + b'",b') == ["," * 3000, "b"]
    assert len(cells_of(b"," * 1999)) == 2000


async def test_a_table_has_2000_columns_at_most():
    names = [*NAMES, *(f"c{number}" for number in range(1997))]

    (draft,), _ = await table(f"{','.join(names)}\np,a,s{',x' * 1997}\n".encode())
    assert len(draft.payload.meta or {}) == 1997
    with pytest.raises(BadUserInput, match="at most 2000 columns"):
        await table(f"{','.join([*names, 'one'])}\np,a,s{',x' * 1998}\n".encode())


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (b"\xff", "UTF-8: invalid byte at position 0"),
        (b'"a"b', "CSV: ',' expected after '\"'"),
        (b'"a', "CSV: a quote is not closed"),
        (b"a\rb", "CSV: a carriage return is outside quotes"),
    ],
)
def test_what_is_no_record_is_reported(record: bytes, reason: str):
    with pytest.raises(BadUserInput, match=f"Not valid {reason}"):
        cells_of(record)


@given(
    st.lists(st.lists(st.text(st.sampled_from('a,;\t"\n'), max_size=6), min_size=2, max_size=4), max_size=5),
    st.integers(1, 5),
    st.sampled_from([";", "\t", "|"]),
)
async def test_what_is_written_by_another_delimiter_is_read(rows: list[list[str]], size: int, delimiter: str):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    records = split_records(stream(text.getvalue().encode(), size), RecordSplitter(100_000, delimiter))

    assert [cells_of(record, delimiter) async for record in records if isinstance(record, bytes)] == rows


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
async def test_a_table_by_another_delimiter(delimiter: str):
    data = 'prompt;final_answer;"steps"\n"a;b\nc";"1,5";"x"\n'.replace(";", delimiter).encode()

    (draft,), _ = await table(data, ColumnMap(delimiter=delimiter))

    assert (draft.payload.prompt, draft.payload.final_answer) == (f"a{delimiter}b\nc", "1,5")


@pytest.mark.parametrize(("delimiter", "likely"), [(",", ";"), (",", "\t"), (";", ",")])
async def test_a_header_by_another_delimiter_is_reported(delimiter: str, likely: str):
    with pytest.raises(ValidationErrors) as caught:
        await table(f"prompt{likely}final_answer{likely}steps\n".encode(), ColumnMap(delimiter=delimiter))

    assert caught.value.errors[-1].path == ("delimiter",)


@pytest.mark.parametrize(("text", "sign"), [(";", ";"), ("tab", "\t"), (r"\t", "\t"), ("\t", "\t"), ("x", "x")])
def test_a_delimiter_as_it_is_written(text: str, sign: str):
    assert column_map([], [], "=", delimiter=text).delimiter == sign


@pytest.mark.parametrize("text", ["", ";;", '"', "\n", "\r", "\0", "é", "\ud800"])
def test_what_is_no_delimiter_is_reported(text: str):
    with pytest.raises(BadUserInput, match="one ASCII character") as caught:
        column_map([], [], "=", delimiter=text)

    assert caught.value.path == ("delimiter",)


# Columns.


def errors(map_: ColumnMap, columns: Sequence[str]) -> list[str]:
    """Returns the errors of a column map for a table."""
    with pytest.raises(ValidationErrors) as caught:
        bind(map_, columns)
    return [error.message for error in caught.value.errors]


def test_columns_of_the_fields_own_names_need_no_map():
    bound = bind(ColumnMap(), ["source", *NAMES, "external_id", "k"])

    assert bound.names == ("source", *NAMES, "external_id", "k")
    assert dict(bound.positions) == {"prompt": 1, "final_answer": 2, "steps": 3, "external_id": 4, "source": 0}
    assert dict(bound.meta) == {"k": 5}


def test_columns_that_are_not_wanted_are_not_read():
    columns = ["a", "question", "b", "final_answer", "steps", ""]

    bound = bind(ColumnMap({"prompt": "question", "meta.x": "b"}, rest=Rest.DROP), columns)

    assert bound.names == ("question", "b", "final_answer", "steps")
    assert dict(bound.meta) == {"x": 1}
    assert bind(ColumnMap({"prompt": "question"}), columns).names == ("a", "question", "b", "final_answer", "steps")


def test_a_column_may_be_called_as_a_key_of_the_metadata():
    bound = bind(ColumnMap(rest=Rest.DROP), [*NAMES, "meta.level", "meta.", "level"])

    assert dict(bound.meta) == {"level": 3}
    assert dict(bind(ColumnMap({"meta.level": "l"}), [*NAMES, "meta.level", "l"]).meta) == {"meta.level": 3, "level": 4}


@pytest.mark.parametrize(
    ("columns", "names", "field"),
    [
        ({}, ["level", "meta.level"], "meta.level"),
        ({"meta.level": "l"}, ["level", "l"], "meta.level"),
        ({"source": "from"}, ["source", "from"], "source"),
    ],
)
def test_two_columns_cannot_become_one_field(columns: dict[str, str], names: list[str], field: str):
    (error,) = errors(ColumnMap(columns), [*NAMES, *names])

    assert error.startswith("The columns ")
    assert f"would both become {field}" in error
    assert bind(ColumnMap(columns, rest=Rest.DROP), [*NAMES, *names])


def test_what_is_set_goes_before_a_column():
    values = {"prompt": "p", "final_answer": "a", "steps": "s", "source": "there", "level": "5"}

    trace = parsed(values, ColumnMap(constants={"source": "here", "meta.level": "1"}))

    assert trace["meta"] == {"source": "here", "level": "1"}


def test_every_column_that_is_wrong_is_reported():
    assert errors(ColumnMap({"prompt": "questoin", "final_answer": "a"}), ["question", "a", "a"]) == [
        "The table has the column 'a' twice.",
        "There is no column 'questoin'. The columns are: question, a, a.",
        "No column is mapped to steps. The columns are: question, a, a.",
    ]
    assert errors(ColumnMap(rest=Rest.REFUSE), [*NAMES, "k", "l"]) == ["These columns are not mapped: k, l."]
    (long,) = errors(ColumnMap({"meta.x": "y"}), [*NAMES, *(f"c{number}" for number in range(100))])
    assert long.endswith("c26 and 73 more.")


def test_a_column_map_as_it_is_written():
    map_ = column_map(["prompt=a=b", "meta.x=c"], ["source=mine", "meta.y=1"], "=", Split.JSON, Rest.DROP)

    assert map_ == ColumnMap({"prompt": "a=b", "meta.x": "c"}, {"source": "mine", "meta.y": "1"}, Split.JSON, Rest.DROP)


@pytest.mark.parametrize(
    ("columns", "constants", "path", "reason"),
    [
        (["prompt"], [], ("map",), "FIELD=VALUE"),
        (["prompt="], [], ("map",), "FIELD=VALUE"),
        (["answer=a"], [], ("map",), "no field 'answer'"),
        (["meta.=a"], [], ("map",), "no field 'meta.'"),
        (["prompt=a", "prompt=b"], [], ("map",), "twice"),
        ([], ["prompt=x"], ("set",), "no field 'prompt'"),
        (["source=a"], ["source=x"], ("set",), "both"),
    ],
)
def test_a_bad_column_map_is_reported(columns: list[str], constants: list[str], path: tuple[str, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        column_map(columns, constants, "=")

    assert caught.value.path == path


# Cells.


def parsed(values: dict[str, Any], map_: ColumnMap | None = None) -> dict[str, Any]:
    """The trace of a row, its external id included."""
    bound = bind(map_ or ColumnMap(), list(values))
    found = parse_row(bound, [values[name] for name in bound.names])
    return found.trace | {"external_id": found.external_id}


def contents(steps: Any, split: Split = Split.LINES) -> list[Any]:
    """The contents of the steps of a cell."""
    trace = parsed({"prompt": "p", "final_answer": "a", "steps": steps}, ColumnMap(split=split))
    return [step["content"] for step in trace["steps"]]


def test_a_row_becomes_a_trace():
    values = {"prompt": "p", "final_answer": 4, "steps": "one\n two ", "external_id": 7, "level": "5", "empty": ""}

    assert parsed(values, ColumnMap(constants={"source": "mine", "meta.split": "train"})) == {
        "trace_version": "1.0",
        "prompt": "p",
        "final_answer": "4",
        "steps": [
            {"i": 0, "type": "reasoning", "content": "one"},
            {"i": 1, "type": "reasoning", "content": "two"},
        ],
        "meta": {"level": "5", "source": "mine", "split": "train"},
        "external_id": "7",
    }


def test_what_is_not_given_is_left_out():
    trace = parsed(
        {"prompt": "p", "final_answer": "a", "steps": "s", "external_id": "", "trace_version": "", "k": None}
    )

    assert (trace["meta"], trace["external_id"], trace["trace_version"]) == (None, None, "1.0")


def test_a_version_and_a_source_of_ones_own():
    values = {"prompt": "p", "final_answer": "a", "steps": "s", "v": "2", "from": "there"}
    trace = parsed(values, ColumnMap({"trace_version": "v", "source": "from"}))

    assert (trace["trace_version"], trace["meta"]) == ("2", {"source": "there"})
    assert parsed(values, ColumnMap(constants={"trace_version": "3"}, rest=Rest.DROP))["trace_version"] == "3"


@pytest.mark.parametrize("whole", ['{"a": [1], "k": 0}', {"a": [1], "k": 0}])
def test_metadata_of_a_column(whole: Any):
    assert parsed({"prompt": "p", "final_answer": "a", "steps": "s", "meta": whole, "k": "1"})["meta"] == {
        "a": [1],
        "k": "1",
    }


@pytest.mark.parametrize(
    ("cell", "split", "expected"),
    [
        ("a\n\nb\r\n c \n", Split.LINES, ["a", "b", "c"]),
        ("", Split.LINES, []),
        ("a\nb\n\nc\n \n\nd", Split.PARAGRAPHS, ["a\nb", "c", "d"]),
        ("a\r\n\r\nb", Split.PARAGRAPHS, ["a", "b"]),
        ('["a", "b\\nc"]', Split.JSON, ["a", "b\nc"]),
        ('[{"content": "a"}, {"content": "b", "type": "t"}, 3]', Split.JSON, ["a", "b", "3"]),
        (["a\nb", "c"], Split.LINES, ["a\nb", "c"]),
        ([{"content": "a", "type": None}], Split.JSON, ["a"]),
    ],
)
def test_a_cell_becomes_steps(cell: Any, split: Split, expected: list[str]):
    assert contents(cell, split) == expected


def test_steps_may_have_types_and_indexes():
    cell = '[{"content": "a", "type": "check", "i": 5}, {"content": "b"}]'
    trace = parsed({"prompt": "p", "final_answer": "a", "steps": cell}, ColumnMap(split=Split.JSON))

    assert trace["steps"] == [{"i": 5, "type": "check", "content": "a"}, {"i": 1, "type": "reasoning", "content": "b"}]


@pytest.mark.parametrize(
    ("fields", "split", "path", "reason"),
    [
        ({"steps": "not json"}, Split.JSON, ("steps",), "steps: Not valid JSON"),
        ({"steps": '{"a": 1}'}, Split.JSON, ("steps",), "list"),
        ({"steps": ""}, Split.JSON, ("steps",), "list"),
        ({"meta": "[1]"}, Split.LINES, ("meta",), "object"),
        ({"meta": "{"}, Split.LINES, ("meta",), "meta: Not valid JSON"),
        ({"image": b"x"}, Split.LINES, ("meta", "image"), "bytes"),
    ],
)
def test_a_bad_cell_is_reported(fields: dict[str, Any], split: Split, path: tuple[str, ...], reason: str):
    with pytest.raises(BadUserInput, match=reason) as caught:
        parsed({"prompt": "p", "final_answer": "a", "steps": "s"} | fields, ColumnMap(split=split))

    assert caught.value.path == path


def test_values_that_only_parquet_has():
    values = {
        "prompt": "p",
        "final_answer": Decimal("1.50"),
        "steps": ["s"],
        "at": datetime(2024, 1, 2, tzinfo=UTC),
        "day": date(2024, 1, 2),
        "n": 1.5,
        "nan": float("nan"),
        "id": uuid.UUID(int=1),
        "nested": {"a": [Decimal(2), float("nan")], 1: None},
    }

    trace = parsed(values)

    assert trace["final_answer"] == "1.50"
    assert trace["meta"] == {
        "at": "2024-01-02T00:00:00+00:00",
        "day": "2024-01-02",
        "n": 1.5,
        "id": str(uuid.UUID(int=1)),
        "nested": {"a": ["2", None], "1": None},
    }


# CSV as a whole.


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
async def test_a_csv_becomes_traces(pack: Any):
    rows = [["question", "answer", "why"], ['What is "2+2"?', "4", "Two,\nand two."], ["é?", "🦉", "x"]]
    data = b"\xef\xbb\xbf" + written(rows)

    drafts, report = await table(
        pack(data), ColumnMap({"prompt": "question", "final_answer": "answer", "steps": "why"})
    )

    assert (report.lines, report.rejected) == (2, 0)
    assert [draft.payload.prompt for draft in drafts] == ['What is "2+2"?', "é?"]
    assert [step.content for step in drafts[0].payload.steps] == ["Two,", "and two."]


async def test_bad_rows_are_reported_by_their_numbers():
    data = (
        written([NAMES, ["p", "a", "s"], ["p", "a"], ["", "a", ""], ["q", "a", "s", "t"]]) + b'\n"x"y,b,c\nq,\xff,s\n'
    )

    drafts, report = await table(data)

    assert [draft.payload.prompt for draft in drafts] == ["p"]
    reported = [(refusal.line, refusal.field, refusal.reason.split(":")[0]) for refusal in report.refusals]
    assert reported == [
        (2, "", "The row has 2 columns, the header has 3."),
        (3, "prompt", "prompt must have 1 to 50000 characters; it has 0."),
        (3, "steps", "steps must be a list of 1 to 10000 steps; it has 0."),
        (4, "", "The row has 4 columns, the header has 3."),
        (6, "", "Not valid CSV"),
        (7, "", "Not valid UTF-8"),
    ]
    assert report.lines == 7


async def test_a_row_may_be_so_long():
    data = written([NAMES, ["p", "a", "s" * 5000], ["q", "a", "s"]])

    drafts, report = await table(data, max_bytes=1024)

    assert [draft.payload.prompt for draft in drafts] == ["q"]
    assert [refusal.reason for refusal in report.refusals] == ["A row must have at most 2048 bytes; this one has 5005."]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no header"),
        (b"\nprompt\n", "no header"),
        (b"\xff\n", "UTF-8"),
        (b'"prompt', "CSV"),
        (b"prompt,final_answer\n", "mapped to steps"),
        (b"x" * 5000, "at most 2048 bytes"),
    ],
)
async def test_a_bad_header_is_reported(data: bytes, reason: str):
    with pytest.raises(BadUserInput) as caught:
        await table(data, max_bytes=1024)

    assert reason in " ".join(error.message for error in errors_of(caught.value))


async def test_a_header_alone_is_an_empty_table():
    assert await table(written([NAMES])) == ([], ImportReport())
