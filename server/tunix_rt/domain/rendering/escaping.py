"""JSON in ASCII, as Python's ``json.dumps`` writes it, and faster where nothing needs an escape of its own."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii
from typing import Any

import orjson

DELETE = "\x7f"
"""The one ASCII character that ``json.dumps`` escapes and orjson does not."""


def quoted(text: str) -> str:
    """A text as a JSON string."""
    if text.isascii() and DELETE not in text:
        return orjson.dumps(text).decode()
    return encode_basestring_ascii(text)


def dumped(value: Any) -> str:
    """A JSON value.

    Raises:
        ValueError: for NaN and infinities, which JSON has no words for; stored traces hold none.
    """
    return encode(value)


encode = json.JSONEncoder(allow_nan=False).encode
