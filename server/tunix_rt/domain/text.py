"""Validation of text and JSON before they are stored, the same for both databases.

PostgreSQL can store neither NUL nor a lone surrogate, SQLite stores the one and fails on the other; NaN and Infinity
are not JSON; an integer beyond 64 bits would be read back as another number.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec

from tunix_rt.domain.json_bounds import PIECE_BYTES, require_few_values
from tunix_rt.domain.json_pieces import decode_in_pieces, keys_written
from tunix_rt.errors import BadUserInput, PathPart, ValidationErrors

JSON_MAX_DEPTH = 32
ERRORS_MAX = 100
KEY_END = re.compile(r'"\s*:')
KEY_END_BYTES = re.compile(rb'"\s*:')
INT64 = range(-(2**63), 2**63)
LENIENT_BYTES = 1 << 20
"""The maximum size for lenient decoding, which is slow and blocks other threads; longer texts must be strict JSON."""


def text_error(value: str) -> str | None:
    """Returns the reason why a text cannot be stored; None if it can."""
    if "\0" in value:
        return f"contains a NUL character at position {value.index(chr(0))}"
    try:
        value.encode()
    except UnicodeEncodeError as error:
        return f"contains a lone surrogate at position {error.start}"
    return None


def require_text(value: str, low: int, high: int, path: Sequence[PathPart]) -> str:
    """Returns ``value``, which must be storable and have ``low`` to ``high`` code points.

    Raises:
        BadUserInput: it cannot be stored, or its length is out of range; the message names the limit and the size.
    """
    for error in text_errors(value, low, high, path):
        raise error
    return value


def text_errors(value: str, low: int, high: int, path: Sequence[PathPart]) -> Iterator[BadUserInput]:
    """Yields an error if a text cannot be stored, or has fewer than ``low`` or more than ``high`` code points."""
    name = path_text(path)
    if not low <= len(value) <= high:
        yield BadUserInput(f"{name} must have {low} to {high} characters; it has {len(value)}.", path)
    elif error := text_error(value):
        yield BadUserInput(f"{name} {error}.", path)


def json_errors(value: Any, path: Sequence[PathPart], depth: int = 0) -> Iterator[BadUserInput]:
    """Yields an error for each reason why a decoded JSON value cannot be stored."""
    name = path_text(path)
    if depth > JSON_MAX_DEPTH:
        yield BadUserInput(f"{name} is nested deeper than {JSON_MAX_DEPTH} levels.", path)
    elif isinstance(value, str):
        if error := text_error(value):
            yield BadUserInput(f"{name} {error}.", path)
    elif isinstance(value, float) and not math.isfinite(value):
        yield BadUserInput(f"{name} is {value}, which JSON cannot represent.", path)
    elif isinstance(value, int) and value not in INT64:
        yield BadUserInput(f"{name} is an integer of more than 64 bits.", path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if error := text_error(key):
                yield BadUserInput(f"A key of {name} {error}.", path)
            yield from json_errors(inner, (*path, clip(key)), depth + 1)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from json_errors(inner, (*path, index), depth + 1)


def clip(text: str, maximum: int = 64) -> str:
    """Returns a text shortened and cleaned for a message."""
    printable = text[:maximum].encode(errors="replace").decode().replace("\0", "?")
    return printable if len(text) <= maximum else printable + "…"


def quantity(count: int, noun: str) -> str:
    """Returns a count with its noun: ``1 trace``, ``2,000 traces``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def path_text(path: Sequence[PathPart]) -> str:
    """Returns a path in the notation ``steps[0].content``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") or "The value"


def decode_json(raw: bytes | str) -> Any:
    """Decodes a JSON text, with exact integers and without repeated keys.

    Texts of up to a mebibyte may have values that strict JSON forbids (NaN, lone surrogates), so that later checks can
    name the field.

    Raises:
        BadUserInput: the text is not JSON, or an object has a repeated key.
        TooCostly: the text has too many values; see ``require_few_values``.
    """
    return decode_any(raw)[0]


def decode_strict_json(raw: bytes | str) -> Any:
    """Decodes a JSON text whose texts and numbers must be storable, except for integers beyond 64 bits.

    So callers can parse the values safely: a lone surrogate in place of a number breaks libraries.

    Raises:
        BadUserInput: as ``decode_json`` does.
        ValidationErrors: some values cannot be stored; has an error for each of the first hundred.
    """
    value, is_strict = decode_any(raw)
    if not is_strict and (errors := [*islice(json_errors(value, ()), ERRORS_MAX)]):
        raise ValidationErrors(errors)
    return value


def decode_any(raw: bytes | str) -> tuple[Any, bool]:
    """Decodes a JSON text and returns its value and whether it is strict JSON; raises as ``decode_json`` does."""
    require_few_values(raw.encode(errors="replace") if isinstance(raw, str) else raw)
    try:
        value = decode_in_pieces(raw) if isinstance(raw, bytes) else msgspec.json.decode(raw)
        if may_repeat_keys(value, raw):
            require_unique_keys(raw)
        return value, True
    except (msgspec.DecodeError, UnicodeDecodeError, UnicodeEncodeError, RecursionError) as error:
        if len(raw) > LENIENT_BYTES:
            raise BadUserInput(f"Not valid JSON: {error}.") from None
        return decode_leniently(raw), False


def require_unique_keys(raw: bytes | str) -> None:
    """Refuses a text with a repeated key; the error names the key if the text is short enough to be decoded again."""
    if isinstance(raw, bytes) and len(raw) > LENIENT_BYTES:
        raise BadUserInput("Not valid JSON: an object has a key twice.")
    decode_leniently(raw)


def decode_leniently(raw: bytes | str) -> Any:
    """Decodes like ``decode_json`` with Python's slower decoder, which reports each key and value."""
    try:  # json.loads would also accept bytes in UTF-16
        return json.loads(raw if isinstance(raw, str) else raw.decode("utf-8-sig"), object_pairs_hook=unique_pairs)
    except json.JSONDecodeError as error:
        raise BadUserInput(f"Not valid JSON: {error.msg} at character {error.pos}.") from None
    except UnicodeDecodeError as error:
        raise BadUserInput(f"Not valid UTF-8: invalid byte at position {error.start}.") from None
    except (RecursionError, ValueError):
        raise BadUserInput("Not valid JSON: nesting is too deep, or a number is too long.") from None


def unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Returns the object with the given pairs.

    Raises:
        BadUserInput: a key is repeated, so its value is ambiguous.
    """
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise BadUserInput(f"Not valid JSON: an object has the key {clip(twice)!r} twice.")
    return found


def may_repeat_keys(value: Any, raw: bytes | str) -> bool:
    """Returns whether a decoded value has fewer keys than its text might have; false only if no key is repeated.

    A key is followed by a colon, so there are at most as many keys as colons, or as quotes before a colon.
    """
    count = key_count(value)
    if isinstance(raw, str):
        return raw.count(":") != count and len(KEY_END.findall(raw)) != count
    if len(raw) > LENIENT_BYTES:
        return colons_in(raw) != count and keys_written(raw) != count
    return raw.count(b":") != count and len(KEY_END_BYTES.findall(raw)) != count


def colons_in(raw: bytes) -> int:
    """Returns the number of colons, counted in pieces."""
    return sum(raw.count(b":", start, start + PIECE_BYTES) for start in range(0, len(raw), PIECE_BYTES))


def key_count(value: Any) -> int:
    """Returns the number of keys in a decoded value, at any depth."""
    count = 0
    containers = [value] if type(value) in (dict, list) else []
    for container in containers:  # the list grows during the loop
        is_object = type(container) is dict
        count += len(container) if is_object else 0
        for inner in container.values() if is_object else container:
            kind = type(inner)
            if kind is dict or kind is list:
                containers.append(inner)
    return count


def sha256(data: bytes) -> str:
    """Returns the SHA-256 digest in hex."""
    return hashlib.sha256(data).hexdigest()
