"""Reads a growing file line by line: each complete line once, in order, in bounded memory even for long lines."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO, NamedTuple

CHUNK_BYTES = 1 << 18
LINES_MAX = 2048
"""The maximum number of lines that are taken at once."""
TEXT_MAX_BYTES = 16_384
"""The maximum size of a line in the database; the file has the whole line."""
TAIL_BYTES = 10_240
"""The size of the end of each stream that is stored with a job."""


class Line(NamedTuple):
    """A line without its end: at most its first ``CHUNK_BYTES``, and its full length in bytes."""

    head: bytes
    length: int


class LineFile:
    """A file that another process appends to.

    Args:
        offset: the start of the first line that is still to be read.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self._searched = 0

    def take(self, *, last: bool = False) -> list[Line]:
        """Returns the next complete lines, about a quarter of a megabyte; an empty list if there are none yet.

        Args:
            last: nothing more will be appended, so a last line without its end counts as complete.
        """
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return []
        with file:
            file.seek(self.offset)
            chunk = file.read(CHUNK_BYTES)
            end = chunk.rfind(b"\n")
            if end >= 0:
                lines = chunk[:end].split(b"\n")[:LINES_MAX]
                self._advance(sum(map(len, lines)) + len(lines))
                return [Line(line, len(line)) for line in lines]
            if len(chunk) == CHUNK_BYTES:
                return self._take_long(file, chunk, last=last)
        return self._take_rest(Line(chunk, len(chunk))) if last and chunk else []

    def _take_long(self, file: BinaryIO, head: bytes, *, last: bool) -> list[Line]:
        """Reads a line longer than a chunk; the search for its end continues where the previous one stopped."""
        length = max(self._searched, CHUNK_BYTES)
        file.seek(self.offset + length)
        while piece := file.read(CHUNK_BYTES):
            end = piece.find(b"\n")
            if end >= 0:
                self._advance(length + end + 1)
                return [Line(head, length + end)]
            length += len(piece)
        self._searched = length
        return self._take_rest(Line(head, length)) if last else []

    def _take_rest(self, line: Line) -> list[Line]:
        self._advance(line.length)
        return [line]

    def _advance(self, length: int) -> None:
        self.offset += length
        self._searched = 0


def whole_lines(path: Path, offset: int, maximum: int) -> tuple[list[bytes], int]:
    """Returns the next complete lines of a growing file after an offset, whole, and the offset after them.

    Args:
        maximum: the maximum number of lines.
    """
    lines: list[bytes] = []
    try:
        with path.open("rb") as file:
            file.seek(offset)
            while len(lines) < maximum and (line := file.readline()).endswith(b"\n"):
                lines.append(line)
    except FileNotFoundError:
        return [], offset
    return lines, offset + sum(map(len, lines))


def text_of(line: Line, maximum: int = TEXT_MAX_BYTES) -> str:
    """Returns a line as text for the database, without NUL. A long line is cut, with a note of the omitted size."""
    kept = line.head[:maximum]
    whole = len(kept) == line.length
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(kept, final=whole).replace("\0", "\ufffd")
    if whole:
        return text.removesuffix("\r")
    return f"{text}… [{line.length - len(kept):,} more bytes in the file]"


def tail_of(path: Path, maximum: int) -> str:
    """Returns the last ``maximum`` bytes of a text file, cut between characters, with a note of the full size.

    It is empty if there is no such file.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size <= maximum:
                file.seek(0)
                return file.read(maximum).decode("utf-8", "replace").replace("\0", "\ufffd")
            note = f"[{size:,} bytes in total, these are the last]\n"
            file.seek(size - (maximum - len(note)))
            kept = file.read(maximum - len(note))
    except OSError:
        return ""
    start = next((position for position in range(min(4, len(kept))) if kept[position] & 0xC0 != 0x80), 0)
    return note + kept[start:].decode("utf-8", "replace").replace("\0", "\ufffd")


def last_line(path: Path, start: int, maximum: int = 1000) -> str:
    """Returns the last line of a text file after ``start`` that is not blank; empty if there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(start, size - maximum))
            lines = file.read().decode("utf-8", "replace").replace("\0", "\ufffd").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
