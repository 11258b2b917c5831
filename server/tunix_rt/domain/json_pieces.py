"""Decoding a large JSON text a piece at a time, so that no single call keeps the interpreter's lock for long."""

from __future__ import annotations

from typing import Any

import msgspec

from tunix_rt.domain.json_bounds import outside_texts
from tunix_rt.errors import TooCostly

PIECE_BYTES = 1 << 20
"""What one call decodes: a few milliseconds."""

DEPTH_MAX = 32
"""How many levels are taken apart; each is looked through once more for every level above it."""

TEXT_MAX_BYTES = 8 << 20
"""The longest text, as it is written: it cannot be taken apart. As many bytes as a trace may have."""

OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
PLACE = " (byte "


def decode_in_pieces(raw: bytes) -> Any:
    """Returns the result of ``msgspec.json.decode``; call it in a thread for large texts.

    Only where a large text is malformed, the error does not name the place.

    Raises:
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: as ``msgspec.json.decode``.
        TooCostly: a text in it is longer than ``TEXT_MAX_BYTES``.
    """
    if len(raw) <= PIECE_BYTES:
        return msgspec.json.decode(raw)
    try:
        return of_piece(raw.lstrip() if raw[:1].isspace() else raw, 0)
    except msgspec.DecodeError as error:
        raise msgspec.DecodeError(str(error).partition(PLACE)[0]) from None


def of_piece(piece: bytes | msgspec.Raw, depth: int) -> Any:
    """Returns the value of a piece that begins with no space: a large object or list by its members, anything else
    whole.
    """
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
    """Returns how many keys a well-formed JSON text has, those that are there twice included: the colons outside its
    texts.
    """
    return sum(outside.count(b":") for outside in outside_texts(raw))
