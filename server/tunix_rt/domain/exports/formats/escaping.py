"""JSON in ASCII, as Python's ``json.dumps`` writes it, and faster where the two agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from json import encoder
from typing import Any

import orjson

DELETE = "\x7f"
"""The one ASCII character that ``json.dumps`` escapes and orjson does not."""


def json_string(text: str) -> str:
    """Returns a text as a JSON string."""
    if text.isascii() and DELETE not in text:
        return orjson.dumps(text).decode()
    return encoder.encode_basestring_ascii(text)


def json_time(value: datetime) -> str:
    """Returns an aware time in UTC as the JSON string of its ``isoformat()``."""
    return orjson.dumps(value).decode()


def reused_encoder() -> Callable[[Any], str]:
    """``json.dumps`` without NaN: made once, since making its encoder takes ``json.dumps`` longer than using it."""
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(allow_nan=False).encode
    encode = make(None, None, encoder.encode_basestring_ascii, None, ": ", ", ", False, False, False)
    return lambda value: "".join(encode(value, 0))


json_text = reused_encoder()
"""A JSON value as text; a ValueError for NaN and infinities, of which stored traces hold none."""
