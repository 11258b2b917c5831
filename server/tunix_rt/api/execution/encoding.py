"""The JSON encoding of answers; large answers are encoded in parts, off the event loop, up to their size limit."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from tunix_rt.db.weighing import too_large

OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS
PART_BYTES = 262_144
"""Minimum size of a part."""


class EncodedAnswer:
    """The data of a large answer as JSON, in parts. Not a dataclass, which orjson would serialize."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self.parts = parts


def dumps(value: Any) -> bytes:
    """Returns a value as JSON in UTF-8, with times in UTC with ``Z``.

    A lone surrogate, which can only come from a request's text quoted in a message, becomes a question mark.
    """
    try:
        return orjson.dumps(value, default=fallback, option=OPTIONS)
    except orjson.JSONEncodeError:
        return orjson.dumps(without_surrogates(value), default=fallback, option=OPTIONS)


def without_surrogates(value: Any) -> Any:
    """Returns a JSON value with the lone surrogates in its texts replaced."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {without_surrogates(key): without_surrogates(inner) for key, inner in value.items()}
    return [without_surrogates(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def fallback(value: Any) -> Any:
    """Returns the replacement of a value whose type orjson does not support.

    UUIDs of a driver's class, such as asyncpg's, are such values.

    Raises:
        TypeError: for any other object.
    """
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, EncodedAnswer):
        return orjson.Fragment(b"".join(value.parts))
    raise TypeError


async def encode_in_parts(value: Any, max_bytes: int) -> EncodedAnswer:
    """Encodes a large value in a thread, where other requests run between its objects.

    Raises:
        AnswerTooLarge: the JSON has more than ``max_bytes``; raised as soon as it does.
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
    """Writes a value piece by piece, down to the objects that have only scalars."""
    if isinstance(value, dict) and any(isinstance(inner, (dict, list)) for inner in value.values()):
        for position, (key, inner) in enumerate(value.items()):
            write((b"," if position else b"{") + dumps(key) + b":")
            write_value(inner, write)
        write(b"}")
    elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
        for position, inner in enumerate(value):
            write(b"," if position else b"[")
            write_value(inner, write)
        write(b"]")
    else:
        write(dumps(value))
