"""What text and JSON may be stored: refused at the door, the same on both databases.

PostgreSQL stores neither NUL nor a lone surrogate, SQLite stores one and chokes on the other; NaN and Infinity are not
JSON; an integer beyond 64 bits would come back as another number.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from tunix_rt.errors import BadUserInput, PathPart

JSON_MAX_DEPTH = 32
INT64 = range(-(2**63), 2**63)


def text_fault(value: str) -> str | None:
    """Why a text cannot be stored, or None."""
    if "\0" in value:
        return f"holds a NUL character at position {value.index(chr(0))}"
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"holds a lone surrogate at position {error.start}"
    return None


def require_text(value: str, low: int, high: int, path: Sequence[PathPart]) -> str:
    """``value``, if it can be stored and has ``low`` to ``high`` code points.

    Raises:
        BadUserInput: naming the limit and the size.
    """
    for fault in text_faults(value, low, high, path):
        raise fault
    return value


def text_faults(value: str, low: int, high: int, path: Sequence[PathPart]) -> Iterator[BadUserInput]:
    """Why a text cannot be stored, or is shorter than ``low`` or longer than ``high`` code points."""
    name = path_text(path)
    if not low <= len(value) <= high:
        yield BadUserInput(f"{name} must have {low} to {high} characters, it has {len(value)}.", path)
    elif fault := text_fault(value):
        yield BadUserInput(f"{name} {fault}.", path)


def json_faults(value: Any, path: Sequence[PathPart], depth: int = 0) -> Iterator[BadUserInput]:
    """Each reason why a decoded JSON value cannot be stored."""
    name = path_text(path)
    if depth > JSON_MAX_DEPTH:
        yield BadUserInput(f"{name} is nested deeper than {JSON_MAX_DEPTH} levels.", path)
    elif isinstance(value, str):
        if fault := text_fault(value):
            yield BadUserInput(f"{name} {fault}.", path)
    elif isinstance(value, float) and not math.isfinite(value):
        yield BadUserInput(f"{name} is {value}, which JSON cannot hold.", path)
    elif isinstance(value, int) and value not in INT64:
        yield BadUserInput(f"{name} is an integer beyond 64 bits.", path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if fault := text_fault(key):
                yield BadUserInput(f"A key of {name} {fault}.", path)
            yield from json_faults(inner, (*path, clip(key)), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from json_faults(inner, (*path, index), depth + 1)


def clip(text: str, most: int = 64) -> str:
    """``text`` short enough and clean enough to stand in a message."""
    printable = text[:most].encode(errors="replace").decode().replace("\0", "?")
    return printable if len(text) <= most else printable + "…"


def path_text(path: Sequence[PathPart]) -> str:
    """A path as people write it: ``steps[0].content``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "The value"


def decode_json(raw: bytes | str) -> Any:
    """A JSON text as Python values, integers exact.

    What strict JSON forbids (NaN, lone surrogates) is let through, so that the field which holds it can be named.

    Raises:
        BadUserInput: if it is not JSON at all.
    """
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return json.loads(raw if isinstance(raw, str) else raw.decode("utf-8-sig"))  # bytes would pass as UTF-16, too
    except json.JSONDecodeError as error:
        raise BadUserInput(f"Not valid JSON: {error.msg} at character {error.pos}.") from None
    except UnicodeDecodeError as error:
        raise BadUserInput(f"Not valid UTF-8: a wrong byte at position {error.start}.") from None
    except (RecursionError, ValueError):
        raise BadUserInput("Not valid JSON: nested too deeply, or a number too long.") from None
