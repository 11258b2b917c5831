"""Tables: records out of CSV, columns to fields, cells to traces."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support.factories import texts
from tests.support.tables import NAMES, stream, table, written
from tunix_rt.domain.imports.tables import csv_splitting
from tunix_rt.domain.imports.tables.columns import ColumnMap, column_map
from tunix_rt.domain.imports.tables.csv import cells_of
from tunix_rt.domain.imports.tables.csv_splitting import RecordSplitter, split_records
from tunix_rt.errors import BadUserInput, ValidationErrors


async def records_of(data: bytes, size: int = 1000, max_bytes: int = 1000) -> list[bytes | str]:
    """The records of a CSV; an error as its message."""
    return [
        record.message if isinstance(record, BadUserInput) else record
        async for record in split_records(stream(data, size), RecordSplitter(max_bytes))
    ]


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


async def test_quotes_that_go_wrong_again_and_again_end_the_import(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(csv_splitting, "RESUMED_MAX_BYTES", 1 << 21)
    pairs = b'a","b\n1,2,3\n' * 2000

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
def test_what_is_not_a_record_is_reported(record: bytes, reason: str):
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
