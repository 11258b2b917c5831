"""Splits a stream of CSV bytes into records, which are not parsed yet, in bounded memory.

A newline between quotes does not end a record, so an unclosed quote would include the rest of the file in its record.
Such a record is refused, and ends before the next line that is a complete row.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator
from enum import Enum
from typing import TypeAlias

from tunix_rt.domain.imports.tables.columns import COMMA
from tunix_rt.errors import BadUserInput
from tunix_rt.offload import off_loop

Record: TypeAlias = "bytes | BadUserInput"

QUOTE = b'"'
INSIDE = re.compile(rb'(?:[^"]{1,4096}+|""){0,64}+')
"""A part of a quoted text, bounded so that a single match does not block other threads for long."""
LONGEST_RESUMED = 1 << 20
"""The longest line that may end a malformed record."""
RESUMED_MAX_BYTES = 1 << 25
"""The maximum number of bytes of a table that are processed again because of malformed records."""
ROW_OVERHEAD = 2
"""The maximum size of a row, as a multiple of a stored trace: quotes are doubled."""
WEIGHT = 4
"""The factor on a chunk's size in the choice of a thread, since short lines are costly: from 16 KiB on."""


class End(Enum):
    """The state of a record at the end of a line."""

    COMPLETE = "complete"
    BETWEEN_QUOTES = "a quote is not closed"
    WRONG = "a closing quote is not followed by the delimiter"


class RecordSplitter:
    """Splits chunks of one table, in order; ``width`` is the number of columns of its first record.

    Args:
        max_bytes: the longest record; a longer one is never held whole.
    """

    def __init__(self, max_bytes: int, delimiter: str = COMMA) -> None:
        self.width: int | None = None
        self._max_bytes = max_bytes
        self._mark = delimiter.encode()
        self._fields = Fields(self._mark)
        self._line = bytearray()
        self._line_size = 0
        self._line_has_quote = False
        self._lines: list[bytes] = []
        self._size = 0
        self._is_resuming = False
        self._resumed = 0

    def feed(self, chunk: bytes) -> list[Record]:
        """Returns the records that end in the next chunk, with an error for each that is too long or malformed.

        Raises:
            BadUserInput: too many records are malformed.
        """
        found: list[Record] = []
        first, *others = chunk.split(b"\n")
        self._hold(first)
        if not others:
            return found
        self._take(found)
        *whole, rest = others
        if QUOTE not in chunk and self._is_between_records and len(chunk) <= self._max_bytes:
            found += whole
        else:
            for part in whole:
                self._hold(part)
                self._take(found)
        self._hold(rest)
        return found

    @property
    def _is_between_records(self) -> bool:
        """True if the next line starts a record other than the first one."""
        return self.width is not None and not self._lines and not self._is_resuming

    def finish(self) -> list[Record]:
        """Returns the records that end at the end of the table; raises as ``feed`` does."""
        found: list[Record] = []
        ends_by_newline = not self._line_size
        if not ends_by_newline:
            self._take(found)
        if self._lines and self.width is None:
            self._emit(b"\n".join([*self._lines, *[b""] * ends_by_newline]), found)
        while self._lines:
            waiting: deque[bytes] = deque()
            self._give_up(End.BETWEEN_QUOTES.value, waiting, found)
            self._take_all(waiting, found)
        return found

    def _hold(self, part: bytes) -> None:
        """Buffers a part of a line; discards the line once it is too long."""
        self._line_size += len(part)
        self._line_has_quote = self._line_has_quote or QUOTE in part
        if self._line_size <= self._max_bytes:
            self._line += part
        else:
            self._line.clear()

    def _take(self, found: list[Record]) -> None:
        """Processes the buffered line, which is complete."""
        line, size, has_quote = bytes(self._line), self._line_size, self._line_has_quote
        self._line.clear()
        self._line_size, self._line_has_quote = 0, False
        waiting: deque[bytes] = deque()
        if size <= self._max_bytes:
            waiting.append(line)
        elif self._lines:
            self._give_up(End.BETWEEN_QUOTES.value, waiting, found)
        elif not self._is_resuming:
            found.append(too_long(size, self._max_bytes))
            self._is_resuming = has_quote  # it is unknown then whether the next line starts a record
        self._take_all(waiting, found)

    def _take_all(self, waiting: deque[bytes], found: list[Record]) -> None:
        """Processes complete lines in order; the lines of a malformed record are processed again."""
        while waiting:
            line = waiting.popleft()
            if self._is_resuming and not self._is_row(line):
                continue
            self._is_resuming = False
            if not self._lines and QUOTE not in line:
                self._emit(line, found)
                continue
            end = self._fields.end_of(line, between_quotes=bool(self._lines)) if QUOTE in line else End.BETWEEN_QUOTES
            self._lines.append(line)
            self._size += len(line) + 1
            if end is End.COMPLETE or (end is End.WRONG and len(self._lines) == 1):
                self._emit(b"\n".join(self._lines), found)
            elif end is End.WRONG or self._size > self._max_bytes:
                self._give_up(end.value, waiting, found)

    def _emit(self, record: bytes, found: list[Record]) -> None:
        """Emits a complete record."""
        if self.width is None:
            self.width = self._fields.count(record) if record else None
        found.append(record if len(record) <= self._max_bytes else too_long(len(record), self._max_bytes))
        self._lines, self._size = [], 0

    def _give_up(self, reason: str, waiting: deque[bytes], found: list[Record]) -> None:
        """Refuses the current record; all of its lines but the first are processed again."""
        self._resumed += self._size
        if self._resumed > RESUMED_MAX_BYTES:
            raise BadUserInput("Too many rows have unclosed quotes; is the delimiter correct?")
        found.append(
            BadUserInput(
                f"Not valid CSV: {reason}. The next line that is a complete row was taken as the start of the next row."
            )
        )
        waiting.extendleft(reversed(self._lines[1:]))
        self._lines, self._size, self._is_resuming = [], 0, True

    def _is_row(self, line: bytes) -> bool:
        """Returns whether a line is a complete record with the first record's number of columns and valid quotes."""
        if self.width is None or not line or len(line) > LONGEST_RESUMED:
            return False
        return self._fields.are_strict(line) and self._fields.count(line) == self.width


class Fields:
    """The patterns of a record's fields for a delimiter."""

    def __init__(self, mark: bytes) -> None:
        sign = re.escape(mark)
        plain = rb'[^"' + sign + rb"][^" + sign + rb"]{0,256}+" + sign
        quoted = rb'"(?:[^"]{1,256}+|""){0,4}+"' + sign
        self._mark = mark
        self._short = re.compile(b"(?:" + plain + b"|" + quoted + b"|" + sign + b"){0,1024}+")
        field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"' + sign + rb"]*+)"
        self._strict = re.compile(field + b"(?:" + sign + field + b")*+\r?")

    def end_of(self, line: bytes, *, between_quotes: bool = False) -> End:
        """Returns the state at the end of a line that starts with a field or between quotes."""
        position = 0
        while True:
            if not between_quotes:
                position = self._after_plain(line, position)
                if position >= len(line):
                    return End.COMPLETE
            position = after_quoted(line, position + (not between_quotes))
            between_quotes = False
            if position > len(line):
                return End.BETWEEN_QUOTES
            if position >= len(line) or (position == len(line) - 1 and line.endswith(b"\r")):
                return End.COMPLETE
            if not line.startswith(self._mark, position):
                return End.WRONG
            position += 1

    def _after_plain(self, line: bytes, position: int) -> int:
        """Returns the position of the next quoted field, or of the end of the line."""
        while position < len(line):
            before = position
            if short := self._short.match(line, position):
                position = short.end()
            if position > before:
                continue
            if line.startswith(QUOTE, position):
                break
            position = line.find(self._mark, position) + 1 or len(line)
        return position

    def count(self, record: bytes, maximum: int | None = None) -> int:
        """Returns the number of a record's fields; the count stops at the first one beyond ``maximum``."""
        position, found = 0, 1
        while position < len(record) and (maximum is None or found <= maximum):
            if record.startswith(QUOTE, position):
                position = after_quoted(record, position + 1)
            position = record.find(self._mark, position) + 1
            if not position:
                break
            found += 1
        return found

    def are_strict(self, line: bytes) -> bool:
        """Returns whether quotes are only around fields, and doubled inside of quoted fields."""
        return self._strict.fullmatch(line) is not None


def after_quoted(line: bytes, position: int) -> int:
    """Returns the position after a field's closing quote, from a position inside it; beyond the end if unclosed."""
    while piece := INSIDE.match(line, position):
        if piece.end() == position:
            break
        position = piece.end()
    return position + 1


async def split_records(chunks: AsyncIterable[bytes], splitter: RecordSplitter) -> AsyncIterator[Record]:
    """Yields the records of a table; raises as ``RecordSplitter.feed`` does."""
    async for chunk in chunks:
        for record in await off_loop(len(chunk) * WEIGHT, splitter.feed, chunk):
            yield record
    for record in await off_loop(0, splitter.finish):
        yield record


def too_long(size: int, max_bytes: int) -> BadUserInput:
    """Returns the error of a record of ``size`` bytes."""
    return BadUserInput(f"A row must have at most {max_bytes} bytes; this one has {size}.")
