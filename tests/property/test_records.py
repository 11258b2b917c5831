"""Records of a stream: lines, or the elements of an array, however the stream is cut and wherever it breaks off."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support.factories import json_values
from tunix_rt.domain.imports import elements
from tunix_rt.domain.imports.records import ELEMENT, LINE, RecordStream
from tunix_rt.errors import BadUserInput

MAX_BYTES = 200
BLANKS = st.text(" \t\r\n", max_size=3)
MARKS = ["[", "]", "{", "}", ",", ":", '"', "\\", "\n", "1", "a", " "]


async def cut(body: bytes, sizes: list[int]) -> AsyncIterator[bytes]:
    """A body in pieces."""
    place = 0
    for number in range(len(body) + 1):
        size = sizes[number % len(sizes)]
        if place >= len(body):
            return
        yield body[place : place + size]
        place += size


async def read(body: bytes, sizes: list[int], max_bytes: int = 1_000_000) -> tuple[list[bytes | str], str]:
    """The records of a body, errors as their message, and what they are called."""
    records = RecordStream(cut(body, sizes), max_bytes)
    found = [record if isinstance(record, bytes) else record.message async for record in records]
    return found, records.unit


SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=4)


@given(values=st.lists(json_values(12), max_size=6), blanks=st.lists(BLANKS, min_size=2, max_size=2), sizes=SIZES)
async def test_each_element_comes_out(values: list[Any], blanks: list[str], sizes: list[int]):
    first, second = blanks
    body = f"{first}[{second}" + f"{first},{second}".join(map(json.dumps, values)) + f"{second}]{first}"

    found, unit = await read(body.encode(), sizes)

    assert unit == ELEMENT
    assert [json.loads(record) for record in found] == values


@given(values=st.lists(json_values(12), max_size=5), indent=st.integers(0, 3), sizes=SIZES, mark=st.booleans())
async def test_an_array_may_stand_on_many_lines(values: list[Any], indent: int, sizes: list[int], mark: bool):
    body = json.dumps(values, indent=indent, ensure_ascii=False).encode("utf-8-sig" if mark else "utf-8")

    found, _ = await read(body, sizes)

    assert [json.loads(record) for record in found] == values


@given(values=st.lists(json_values(12), min_size=1, max_size=4), sizes=SIZES, data=st.data())
def test_where_an_array_breaks_off_is_reported(values: list[Any], sizes: list[int], data: st.DataObject):
    body = json.dumps(values).encode()
    short = body[1 : data.draw(st.integers(1, len(body) - 1))]
    splitter = elements.ArraySplitter(1_000_000)

    found = [*splitter.feed(short), *splitter.finish()]

    *whole, error = found
    event(f"{min(len(whole), 2)} whole")
    assert isinstance(error, BadUserInput)
    assert [json.loads(record) for record in whole if isinstance(record, bytes)] == values[: len(whole)]


@given(text=st.lists(st.sampled_from(MARKS), max_size=40).map("".join), sizes=SIZES)
async def test_garbage_gives_the_same_however_it_is_cut(text: str, sizes: list[int]):
    body = b"[" + text.encode()

    found, _ = await read(body, sizes, 12)

    assert found == (await read(body, [len(body)], 12))[0]
    try:
        values = json.loads(body)
    except json.JSONDecodeError:
        event("no JSON")
        return
    event("JSON")
    assert [record for record in found if isinstance(record, str)] == [] or any(
        len(json.dumps(value)) > 1 for value in values
    )


@pytest.mark.parametrize(
    ("body", "records"),
    [
        (b"[]", []),
        (b"[ 1 , 2 ]", [b"1", b"2"]),
        (b"[1,]", [b"1", "an element is missing"]),
        (b"[,1]", ["an element is missing", b"1"]),
        (b"[1", ["ends within"]),
        (b"[1,", [b"1", "ends within"]),
        (b"[", ["ends within"]),
        (b"[1] [2]", [b"1", "data after the end"]),
        (b"[1]\n\n", [b"1"]),
        (b'["a\n", 2]', ["end of this element cannot be found"]),
        (b'["a\\\n", 2]', ["end of this element cannot be found"]),
        (b"[1, {], 3]", [b"1", "end of this element cannot be found"]),
        (b"[1}, 3]", ["end of this element cannot be found"]),
        (b'["]", "\\"]", "\\\\"]', [b'"]"', b'"\\"]"', b'"\\\\"']),
        (b"[1, " + b"[" * 1001, [b"1", "end of this element cannot be found"]),
        (b'["' + b"x" * 500 + b'", 2]', ["at most 200 bytes; this one has 502", b"2"]),
        (b"[" + b" " * 500 + b"1, 2]", ["at most 200 bytes", b"2"]),
        (b"", []),
        (b"\n 1\n\n2", [b"", b" 1", b"", b"2"]),
        (b" " * 150_000 + b"[1]", ["at most 200 bytes"]),
        (b'{"a": 1}\n[2]', [b'{"a": 1}', b"[2]"]),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_what_a_stream_gives(body: bytes, records: list[bytes | str], size: int):
    found, unit = await read(body, [size], MAX_BYTES)

    assert unit == (ELEMENT if body.lstrip().startswith(b"[") and len(body) < 100_000 else LINE)
    assert len(found) == len(records)
    for record, wanted in zip(found, records, strict=True):
        assert record == wanted or (isinstance(wanted, str) and isinstance(record, str) and wanted in record)


async def test_an_endless_element_is_never_held():
    async def endless() -> AsyncIterator[bytes]:
        yield b'[{"a": "'
        for _ in range(1000):
            yield b"x" * 1000
        yield b'"}, 1]'

    found = [record async for record in RecordStream(endless(), MAX_BYTES)]

    assert "this one has 1000009" in getattr(found[0], "message", "")
    assert found[1:] == [b"1"]
