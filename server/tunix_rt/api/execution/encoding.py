"""JSON as every answer writes it; large answers in parts, off the event loop, and never beyond their bound."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from tunix_rt.db.weighing import too_large

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
PART_BYTES = 262_144
"""Bytes that are sent at once."""


class EncodedAnswer:
    """The data of a large answer as JSON, in parts. No dataclass: orjson would open it."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self.parts = parts


def dumps(value: Any) -> bytes:
    """Returns a value as JSON: UTF-8, times in UTC with ``Z``.

    A lone surrogate, which only a request's own text in a message can hold, becomes a question mark.
    """
    try:
        return orjson.dumps(value, default=fallback, option=OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(without_surrogates(value), default=fallback, option=OPTIONS)


def without_surrogates(value: Any) -> Any:
    """Returns a value of JSON whose texts are all Unicode's."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(inner) for key, inner in value.items()}
    return [without_surrogates(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def fallback(value: Any) -> Any:
    """Returns what orjson writes in place of a value that it does not know.

    A UUID of a driver's own class, such as asyncpg's, is one of those.

    Raises:
        TypeError: for any other object.
    """
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, EncodedAnswer):
        return orjson.Fragment(b"".join(value.parts))
    raise TypeError


async def encode_in_parts(value: Any, max_bytes: int) -> EncodedAnswer:
    """Encodes a large value in a thread; between its objects other requests have their turn.

    Raises:
        AnswerTooLarge: as soon as it has more than ``max_bytes``.
    """
    return await asyncio.to_thread(encode, value, max_bytes)


def encode(value: Any, max_bytes: int) -> EncodedAnswer:
    """Encodes a value object by object; raises as ``encode_in_parts`` does."""
    parts: list[bytes] = []
    part = bytearray()
    size = 0

    def write(text: bytes) -> None:
        nonlocal size, part
        size += len(text)
        if size > max_bytes:
            raise too_large(max_bytes)
        part += text
        if len(part) >= PART_BYTES:
            parts.append(bytes(part))
            part = bytearray()

    write_value(value, write)
    parts.append(bytes(part))
    return EncodedAnswer(parts)


def write_value(value: Any, write: Callable[[bytes], None]) -> None:
    """Writes a value, opened down to the objects that hold nothing but scalars."""
    if isinstance(value, dict) and any(isinstance(inner, (dict, list)) for inner in value.values()):
        for place, (key, inner) in enumerate(value.items()):
            write((b"," if place else b"{") + dumps(key) + b":")
            write_value(inner, write)
        write(b"}")
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        for place, inner in enumerate(value):
            write(b"," if place else b"[")
            write_value(inner, write)
        write(b"]")
    else:
        write(dumps(value))
