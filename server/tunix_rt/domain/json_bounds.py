"""The number of values in a JSON text, counted before it is decoded.

Decoding is one call, which nothing interrupts, and a value of three bytes (``[],``) becomes an object of sixty. So the
number of values is what bounds both the time and the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunix_rt.errors import TooCostly

JSON_MAX_VALUES = 300_000
"""Values in one JSON text: some 60,000 steps, decoded in about 50 ms."""
PIECE_BYTES = 1 << 20
MARKS = (b",", b"[", b"{")
"""Each value but the outermost follows one of these, outside texts."""
QUOTE = ord('"')
OUTSIDE = re.compile(rb'[^"]{0,65536}+')
INSIDE = re.compile(rb'(?:[^"\\]{1,1024}+|\\.){0,64}+', re.DOTALL)
"""Pieces of what is outside and inside texts, short enough that one match keeps nobody waiting."""


def require_few_values(raw: bytes, most: int = JSON_MAX_VALUES) -> None:
    """Refuses a JSON text with more values than ``most``, whether it is well-formed or not.

    A text with few marks is passed at once; only one with many commas or brackets is read closely, to leave out those
    inside its texts. Run it where ``decode_json`` runs: in a thread if the text is large.

    Raises:
        TooCostly: naming the limit.
    """
    if len(raw) < most or marks_within(raw, most) < most:
        return
    count = 1
    for outside in outside_texts(raw):
        count += sum(map(outside.count, MARKS))
        if count > most:
            raise TooCostly(f"One JSON text may hold at most {most} values; an empty list or object counts twice.")


def marks_within(raw: bytes, most: int) -> int:
    """Returns how many marks there are, texts included; counted no further than to see that they are too many."""
    found = 0
    for start in range(0, len(raw), PIECE_BYTES):
        found += sum(raw.count(mark, start, start + PIECE_BYTES) for mark in MARKS)
        if found > most:
            break
    return found


def outside_texts(raw: bytes) -> Iterator[bytes]:
    """Yields the parts of a JSON text that are outside its texts, in order."""
    position = 0
    while position < len(raw):
        if raw[position] == QUOTE:
            position = end_of_text(raw, position + 1)
            continue
        piece = OUTSIDE.match(raw, position)
        yield piece[0] if piece else b""
        position += len(piece[0]) if piece else 1


def end_of_text(raw: bytes, position: int) -> int:
    """Returns the place after the quote that closes a text, or after the end where none does."""
    while piece := INSIDE.match(raw, position):
        if piece.end() == position:
            break
        position = piece.end()
    return position + 1
