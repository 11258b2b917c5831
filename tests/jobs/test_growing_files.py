"""Growing files, read line by line: examples at the edges of a chunk, of a limit and of a character."""

from __future__ import annotations

from pathlib import Path

import pytest

from tunix_rt.jobs.supervision.lines import (
    CHUNK_BYTES,
    TEXT_MAX_BYTES,
    Line,
    LineFile,
    last_line,
    tail_of,
    text_of,
    whole_lines,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a file that a test appends to."""
    return tmp_path / "stdout.log"


def append(path: Path, content: bytes) -> None:
    """Appends to a file, as the trainer does."""
    with path.open("ab") as file:
        file.write(content)


def test_a_line_is_taken_once_it_has_its_end(path: Path):
    file = LineFile(path)
    append(path, b"one\n\ntw")
    assert (file.take(), file.offset) == ([Line(b"one", 3), Line(b"", 0)], 5)
    assert (file.take(), file.offset) == ([], 5)

    append(path, b"o\n")
    assert (file.take(), file.offset) == ([Line(b"two", 3)], 9)
    append(path, b"\n")
    assert (file.take(), file.offset) == ([Line(b"", 0)], 10)
    append(path, b"end")
    assert (file.take(last=True), file.offset) == ([Line(b"end", 3)], 13)
    assert (file.take(last=True), file.offset) == ([], 13)


@pytest.mark.parametrize(
    "length", [CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES - 1]
)
def test_a_long_line_is_taken_with_its_length_and_its_beginning(path: Path, length: int):
    """It grows by pieces that end within chunks and between them, and its end is searched in each piece once."""
    file, line = LineFile(path), b"x" * length
    append(path, line[: CHUNK_BYTES + 5])
    assert file.take() == []
    append(path, line[CHUNK_BYTES + 5 :])
    assert file.take() == []
    append(path, b"\nnext\n")

    assert [*file.take(), *file.take()] == [Line(line[:CHUNK_BYTES], length), Line(b"next", 4)]
    assert file.offset == length + 6
    append(path, line + b"\n")
    assert file.take() == [Line(line[:CHUNK_BYTES], length)]
    append(path, line)
    assert file.take() == []
    assert file.take(last=True) == [Line(line[:CHUNK_BYTES], length)]
    assert file.offset == path.stat().st_size


def test_the_search_for_the_end_of_a_long_line_goes_on_where_it_was(path: Path):
    file = LineFile(path)
    append(path, b"x" * (2 * CHUNK_BYTES))
    assert file.take() == []
    with path.open("r+b") as changed:  # an end that is put where it was searched already is not found
        changed.seek(CHUNK_BYTES + 1)
        changed.write(b"\n")
    assert file.take() == []
    append(path, b"\n")

    assert file.take() == [Line(b"x" * CHUNK_BYTES, 2 * CHUNK_BYTES)]


def test_whole_lines_are_bounded_by_their_number_not_by_their_length(path: Path):
    assert whole_lines(path, 3, 2) == ([], 3)
    long = b"x" * (CHUNK_BYTES + 1) + b"\n"
    append(path, b"a\n" + long + b"b\nunfinished")

    assert whole_lines(path, 0, 2) == ([b"a\n", long], 2 + len(long))
    assert whole_lines(path, 2 + len(long), 2) == ([b"b\n"], 4 + len(long))
    assert whole_lines(path, 4 + len(long), 2) == ([], 4 + len(long))
    assert whole_lines(path, 1, 1) == ([b"\n"], 2)


@pytest.mark.parametrize(
    ("raw", "most", "text"),
    [
        (b"abc", 3, "abc"),
        (b"abc\r", 4, "abc"),
        (b"a\r\r", 3, "a\r"),
        (b"a\0b\xffc", 9, "a\ufffdb\ufffdc"),
        (b"abcd", 3, "abc… [1 more bytes in the file]"),
        (b"ab\rd", 3, "ab\r… [1 more bytes in the file]"),
        ("ab€".encode(), 4, "ab… [1 more bytes in the file]"),
        (b"x" * (TEXT_MAX_BYTES + 1234), TEXT_MAX_BYTES, "x" * TEXT_MAX_BYTES + "… [1,234 more bytes in the file]"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_the_text_of_a_line_is_cut_between_characters(raw: bytes, most: int, text: str):
    assert text_of(Line(raw, len(raw)), most) == text
    assert text_of(Line(raw[:most], len(raw)), most) == text, "the line's end need not be in memory"


NOTE = "[200 bytes in total, these are the last]\n"


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"x" * 199 + b"y", "x" * 20 + "y"),
        (b"x" * 177 + "€".encode() + b"y" * 20, "y" * 20),
        (b"x" * 178 + "€".encode() + b"y" * 19, "y" * 19),
        (b"x" * 176 + "€".encode() + b"y" * 21, "y" * 21),
        (b"x" * 179 + "€".encode() + b"y" * 18, "€" + "y" * 18),
        (b"x" * 177 + "\U0001f600".encode() + b"y" * 19, "y" * 19),
        (b"x" * 178 + "\U0001f600".encode() + b"y" * 18, "y" * 18),
        (b"x" * 179 + b"\0\xff" + b"y" * 19, "\ufffd\ufffd" + "y" * 19),
        (b"x" * 179 + b"\x80" * 21, "\ufffd" * 21),
    ],
    ids=range(9),
)
def test_the_end_of_a_file_begins_with_a_character(path: Path, content: bytes, kept: str):
    append(path, content)

    assert tail_of(path, len(NOTE) + 21) == NOTE + kept
    for most in (200, 300):
        assert tail_of(path, most) == content.decode("utf-8", "replace").replace("\0", "\ufffd")


def test_what_is_no_readable_file_has_no_end(path: Path):
    path.mkdir()

    assert tail_of(path, 100) == ""


def test_the_last_line_is_found_behind_blank_ones_and_within_a_limit(path: Path):
    append(path, b"first\n  second \0\xff\n \n\n")

    assert last_line(path, 0) == "second \ufffd\ufffd"
    assert last_line(path, path.stat().st_size - 3) == ""
    assert last_line(path, 0, 9) == "nd \ufffd\ufffd"
    append(path, b"x" * 1200)
    assert last_line(path, 0) == "x" * 1000
