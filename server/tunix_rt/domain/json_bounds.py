"""A limit on the number of values in a JSON text, checked before it is decoded.

Decoding is a single call that cannot be interrupted, and a value of three bytes (``[],``) becomes an object of sixty
bytes. So the number of values limits both time and memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tunix_rt.errors import TooCostly

JSON_MAX_VALUES = 300_000
"""The maximum number of values in a JSON text: about 60,000 steps, decoded in about 50 ms."""
PIECE_BYTES = 1 << 20
MARKS = (b",", b"[", b"{")
"""The characters before values: each value but the outermost follows one of them, outside of strings."""
QUOTE = ord('"')
OUTSIDE = re.compile(rb'[^"]{0,65536}+')
INSIDE = re.compile(rb'(?:[^"\\]{1,1024}+|\\.){0,64}+', re.DOTALL)
"""Parts of the text outside and inside of strings, bounded so that a single match does not block other threads."""


def require_few_values(raw: bytes, maximum: int = JSON_MAX_VALUES) -> None:
    """Refuses a JSON text with more values than ``maximum``, whether it is well-formed or not.

    A text with few commas and brackets passes at once; only one with many is scanned, to exclude those inside of
    strings. Call it where ``decode_json`` is called: in a thread if the text is large.

    Raises:
        TooCostly: there are too many values; the message names the limit.
    """
    if len(raw) < maximum or marks_within(raw, maximum) < maximum:
        return
    count = 1
    for outside in outside_texts(raw):
        count += sum(map(outside.count, MARKS))
        if count > maximum:
            raise TooCostly(f"One JSON text may hold at most {maximum} values; an empty list or object counts twice.")


def marks_within(raw: bytes, maximum: int) -> int:
    """Returns the number of marks, including those inside of strings; the count stops beyond ``maximum``."""
    found = 0
    for start in range(0, len(raw), PIECE_BYTES):
        found += sum(raw.count(mark, start, start + PIECE_BYTES) for mark in MARKS)
        if found > maximum:
            break
    return found


def outside_texts(raw: bytes) -> Iterator[bytes]:
    """Yields the parts of a JSON text outside of strings, in order."""
    position = 0
    while position < len(raw):
        if raw[position] == QUOTE:
            position = end_of_text(raw, position + 1)
            continue
        piece = OUTSIDE.match(raw, position)
        yield piece[0] if piece else b""
        position += len(piece[0]) if piece else 1


def end_of_text(raw: bytes, position: int) -> int:
    """Returns the position after a string's closing quote; beyond the end of the text if it is unclosed."""
    while piece := INSIDE.match(raw, position):
        if piece.end() == position:
            break
        position = piece.end()
    return position + 1
