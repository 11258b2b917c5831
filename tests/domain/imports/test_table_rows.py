"""Rows of tables become traces, and bad cells are reported."""

from __future__ import annotations

import gzip
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.tables import NAMES, parsed, table, written
from tunix_rt.domain.imports.importing import ImportReport
from tunix_rt.domain.imports.tables.columns import ColumnMap, Rest, Split
from tunix_rt.errors import BadUserInput, errors_of


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
