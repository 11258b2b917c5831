"""Lines out of a stream of bytes, plain or gzip."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunix_rt.domain.imports.importing import BATCH_BYTES, BATCH_LINES, batches
from tunix_rt.domain.imports.lines import INFLATE_BYTES, SPLIT_BYTES, decompress_chunks, line_count, split_lines
from tunix_rt.errors import BadUserInput


async def stream(chunks: Iterable[Any]) -> AsyncIterator[Any]:
    """Chunks as they might come from a file or a socket."""
    for chunk in chunks:
        yield chunk


async def lines_of(chunks: Iterable[bytes], max_bytes: int = 100) -> list[bytes | str]:
    """The lines of chunks; an error as its message, and a blank line as an empty one."""
    return [
        single
        async for line in split_lines(decompress_chunks(stream(chunks)), max_bytes)
        for single in [line.message if isinstance(line, BadUserInput) else line] * line_count(line)
    ]


def cut(data: bytes, size: int) -> list[bytes]:
    """``data`` in chunks of ``size`` bytes."""
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [b""]),
        (b"a", [b"a"]),
        (b"a\n", [b"a"]),
        (b"a\nb", [b"a", b"b"]),
        (b"a\n\nb\n", [b"a", b"", b"b"]),
        (b"a\r\nb", [b"a\r", b"b"]),
        ("é\u2028ü\n".encode(), ["é\u2028ü".encode()]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
async def test_lines_end_at_newlines_wherever_chunks_end(data: bytes, expected: list[bytes], size: int):
    assert await lines_of(cut(data, size)) == expected
    assert await lines_of(cut(gzip.compress(data), size)) == expected


@given(st.lists(st.binary(max_size=20), max_size=10), st.integers(1, 7))
async def test_lines_are_what_split_gives(chunks: list[bytes], size: int):
    data = b"".join(chunks)
    if data.startswith(b"\x1f\x8b"):
        data = b"x" + data
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()

    found = await lines_of(cut(data, size), 1000)
    assert [line.strip() for line in found if isinstance(line, bytes)] == [line.strip() for line in expected]


@pytest.mark.parametrize("blank", [b"\n", b"\r\n", b" \n"])
async def test_blank_lines_in_a_row_are_one_result(blank: bytes):
    content = b"a\n" + blank * (SPLIT_BYTES * 4) + b"b\n"
    found = [line async for line in split_lines(stream([content]), SPLIT_BYTES)]

    assert sum(map(line_count, found)) == SPLIT_BYTES * 4 + 2
    assert [line for line in found if isinstance(line, bytes) and line.strip()] == [b"a", b"b"]
    assert len(found) < SPLIT_BYTES * 3


async def test_a_blank_line_that_is_too_long_is_reported():
    assert await lines_of([b" " * 101 + b"\n"]) == ["A line must have at most 100 bytes; this one has 101."]


@pytest.mark.parametrize("size", [1, 4, 1000])
async def test_a_long_line_is_reported_with_its_size_and_the_next_one_is_read(size: int):
    chunks = cut(b"short\n" + b"x" * 101 + b"\n" + b"y" * 100 + b"\nend", size)

    too_long = "A line must have at most 100 bytes; this one has 101."
    assert await lines_of(chunks) == [b"short", too_long, b"y" * 100, b"end"]


async def test_a_long_last_line_is_reported_too():
    assert await lines_of([b"x" * 250]) == ["A line must have at most 100 bytes; this one has 250."]


async def test_a_long_line_is_never_held_whole():
    piece = b"x" * 1000

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(10_000):
            yield piece

    (line,) = [line async for line in split_lines(endless(), 100)]
    assert isinstance(line, BadUserInput)
    assert "10000000" in line.message


async def test_others_have_their_turn_between_the_lines_of_one_chunk():
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(others())
        assert await lines_of([b"\n" * (10 * SPLIT_BYTES)]) == [b""] * (10 * SPLIT_BYTES)
        waiting.cancel()

    assert turns >= 10


async def test_gzip_is_inflated_in_bounded_pieces():
    packed = gzip.compress(b"0" * (8 * INFLATE_BYTES))

    sizes = [len(piece) async for piece in decompress_chunks(stream([packed]))]

    assert sum(sizes) == 8 * INFLATE_BYTES
    assert max(sizes) <= INFLATE_BYTES


@pytest.mark.parametrize("size", [1, 5, 10_000])
async def test_gzip_files_can_be_joined(size: int):
    joined = gzip.compress(b"a\nb") + gzip.compress(b"c\n") + gzip.compress(b"") + gzip.compress(b"d")

    assert await lines_of(cut(joined, size)) == [b"a", b"bc", b"d"]


@pytest.mark.parametrize("kept", [3, 10, 20, -1])
async def test_a_gzip_stream_that_ends_too_early_is_refused(kept: int):
    packed = gzip.compress(b"some lines\n" * 10)

    with pytest.raises(BadUserInput, match="truncated"):
        await lines_of([packed[:kept]])


async def test_a_damaged_gzip_stream_is_refused():
    packed = bytearray(gzip.compress(b"some lines\n" * 100))
    packed[20] ^= 0xFF

    with pytest.raises(BadUserInput, match=r"damaged|too early"):
        await lines_of([bytes(packed)])


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("zeros", [1, 512, 5000])
async def test_zeros_after_a_gzip_stream_are_padding(size: int, zeros: int):
    packed = gzip.compress(b"a\n") + bytes(zeros)

    assert await lines_of(cut(packed, size)) == [b"a"]
    assert await lines_of(cut(packed + gzip.compress(b"b\n") + bytes(zeros), size)) == [b"a", b"b"]
    with pytest.raises(BadUserInput, match="damaged"):
        await lines_of(cut(packed + b"plain text", size))


async def test_text_after_a_gzip_stream_is_damage():
    with pytest.raises(BadUserInput, match="damaged"):
        await lines_of([gzip.compress(b"a\n") + b"plain text"])


async def test_batches_are_bounded_in_lines_and_in_bytes():
    short, long, bad = [b"x"] * (BATCH_LINES + 1), [b"x" * (BATCH_BYTES // 2)] * 5, BadUserInput("too long")

    assert [len(batch) async for batch in batches(stream(short))] == [BATCH_LINES, 1]
    assert [len(batch) async for batch in batches(stream([*long, bad]))] == [2, 2, 2]
    assert [batch async for batch in batches(stream([]))] == []
