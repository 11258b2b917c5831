"""Decodes a large JSON text in pieces, so that no single call holds the interpreter lock for long."""

from __future__ import annotations

from typing import Any

import msgspec

from tunix_rt.domain.json_bounds import outside_texts
from tunix_rt.errors import TooCostly

PIECE_BYTES = 1 << 20
"""The size of the text that one call decodes, in a few milliseconds."""

DEPTH_MAX = 32
"""The maximum number of levels to split; each is scanned once more for every level above it."""

TEXT_MAX_BYTES = 8 << 20
"""The maximum size of a string in the JSON text, which cannot be split; a trace has the same limit."""

OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
PLACE = " (byte "


def decode_in_pieces(raw: bytes) -> Any:
    """Returns the result of ``msgspec.json.decode``; call it in a thread for large texts.

    The only difference: the error of a malformed large text does not have the position.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: as ``msgspec.json.decode`` does.
        TooCostly: a string is longer than ``TEXT_MAX_BYTES``.
    """
    if len(raw) <= PIECE_BYTES:
        return msgspec.json.decode(raw)
    try:
        return of_piece(raw.lstrip() if raw[:1].isspace() else raw, 0)
    except msgspec.DecodeError as error:
        raise msgspec.DecodeError(str(error).partition(PLACE)[0]) from None


def of_piece(piece: bytes | msgspec.Raw, depth: int) -> Any:
    """Decodes a piece without leading spaces: a large object or list member by member, any other value at once."""
    if len(piece) <= PIECE_BYTES or depth >= DEPTH_MAX:
        return msgspec.json.decode(piece)
    first = bytes(memoryview(piece)[:1])
    if first == b"{":
        return {key: of_piece(inner, depth + 1) for key, inner in OBJECT.decode(piece).items()}
    if first == b"[":
        return [of_piece(inner, depth + 1) for inner in ARRAY.decode(piece)]
    if len(piece) > TEXT_MAX_BYTES:
        raise TooCostly(f"One text in JSON may have at most {TEXT_MAX_BYTES} bytes; this one has {len(piece)}.")
    return msgspec.json.decode(piece)


def keys_written(raw: bytes) -> int:
    """Returns the number of keys in a well-formed JSON text, including repeated ones: the colons outside of strings."""
    return sum(outside.count(b":") for outside in outside_texts(raw))
