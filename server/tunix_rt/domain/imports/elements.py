"""Splits a stream of bytes with a JSON array into its elements, in bounded memory: the array is never held whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator

from tunix_rt.errors import BadUserInput

OPEN, CLOSE = b"[", b"]"
BLANKS = b" \t\r\n"
DEPTH_MAX = 1000
TEXT_REST = re.compile(rb'(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+')
"""The rest of a JSON string: up to its end, to an invalid character, or to the end of the buffer."""
WHOLE_TEXT = rb'"(?:[^"\\\x00-\x1f]++|\\[^\x00-\x1f])*+"'
INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + WHOLE_TEXT + rb")*+")
BETWEEN = re.compile(rb'(?:[^"\[\]{},]++|' + WHOLE_TEXT + rb")*+")
"""The text to skip up to the next structural character: inside an element (``INSIDE``), and between elements."""
CLOSERS = {ord("["): ord("]"), ord("{"): ord("}")}
ENDS_WITHIN = "The JSON array is incomplete: it ends within this element, or its ] is missing."
NOT_APART = "Not valid JSON: the end of this element cannot be found, so the rest of the array was not read."


class ArraySplitter:
    """Splits an array while it is received; ``ended`` is set at its end, or at an error that hides its end.

    Args:
        max_bytes: the longest element; a longer one is never held whole.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.ended = False
        self.held = bytearray()
        self.start = 0
        self.position = 0
        self.dropped = 0
        self.count = 0
        self.in_text = False
        self.closers = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes | BadUserInput]:
        """Yields the elements that end in a chunk of the stream; the first chunk begins after the array's ``[``."""
        if self.ended:
            yield from self.after(chunk)
            return
        self.held += chunk
        while not self.ended and (found := self.next_mark()) is not None:
            yield from self.at_mark(found)
        if not self.ended:
            self.let_go()

    def finish(self) -> Iterator[BadUserInput]:
        """Yields the error of an array that is incomplete at the end of the stream."""
        if not self.ended:
            yield BadUserInput(ENDS_WITHIN)

    def next_mark(self) -> int | None:
        """Returns the position of the next structural character; None if it is not in the buffer yet."""
        passing = TEXT_REST if self.in_text else INSIDE if self.closers else BETWEEN
        passed = passing.match(self.held, self.position)
        mark = passed.end() if passed else self.position  # each pattern also matches the empty text
        is_there = bytes(self.held[mark : mark + 2]) not in {b"", b"\\"}  # the escaped character is in the next chunk
        self.position = mark + 1 if is_there else mark
        return mark if is_there else None

    def at_mark(self, position: int) -> Iterator[bytes | BadUserInput]:
        """Processes a structural character."""
        sign = self.held[position]
        if self.in_text:
            if sign != ord('"'):
                yield self.give_up()
            self.in_text = False
        elif sign == ord('"'):
            self.in_text = True
        elif sign in CLOSERS:
            self.closers.append(CLOSERS[sign])
            if len(self.closers) > DEPTH_MAX:
                yield self.give_up()
        elif self.closers:
            if self.closers.pop() != sign:
                yield self.give_up()
        elif sign == ord("}"):
            yield self.give_up()
        else:
            yield from self.element(position, is_last=sign == ord("]"))

    def element(self, end: int, *, is_last: bool) -> Iterator[bytes | BadUserInput]:
        """Yields the element that ends at a position; an empty array has none."""
        size = self.dropped + end - self.start
        text = b"" if size > self.max_bytes else bytes(self.held[self.start : end]).strip(BLANKS)
        self.start, self.dropped, self.ended = end + 1, 0, is_last
        if size > self.max_bytes:
            yield BadUserInput(f"An element must have at most {self.max_bytes} bytes; this one has {size}.")
        elif text:
            yield text
        elif not is_last or self.count:
            yield BadUserInput("Not valid JSON: an element is missing after a comma.")
        self.count += 1
        if is_last:
            yield from self.after(bytes(self.held[self.start :]))

    def after(self, chunk: bytes) -> Iterator[BadUserInput]:
        """Yields the error of data after the end of the array, once."""
        self.held.clear()
        if not self.dropped and chunk.strip(BLANKS):
            self.dropped = len(chunk)
            yield BadUserInput("There is data after the end of the array; it was not read.")

    def give_up(self) -> BadUserInput:
        """Ends the splitting and returns the error, since the end of the element cannot be found."""
        self.ended, self.dropped = True, 1
        self.held.clear()
        return BadUserInput(NOT_APART)

    def let_go(self) -> None:
        """Discards emitted elements, and the bytes of one that is too long."""
        if self.dropped + len(self.held) - self.start > self.max_bytes:
            self.dropped += self.position - self.start
            self.start = self.position
        del self.held[: self.start]
        self.position -= self.start
        self.start = 0


async def split_elements(chunks: AsyncIterable[bytes], max_bytes: int) -> AsyncIterator[bytes | BadUserInput]:
    """Yields each element of an array from a stream that begins after the ``[``.

    Yields an error for an element that is longer than ``max_bytes`` or incomplete.
    """
    splitter = ArraySplitter(max_bytes)
    async for chunk in chunks:
        for element in splitter.feed(chunk):
            yield element
    for error in splitter.finish():
        yield error
