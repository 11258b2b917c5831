"""JSON in ASCII with the output of ``json.dumps``, encoded faster where the encoders agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from json import encoder
from typing import Any

import orjson

DELETE = "\x7f"
"""The only ASCII character that ``json.dumps`` escapes and orjson does not."""


def json_string(text: str) -> str:
    """Returns a text as a JSON string."""
    if text.isascii() and DELETE not in text:
        return orjson.dumps(text).decode()
    return encoder.encode_basestring_ascii(text)


def json_time(value: datetime) -> str:
    """Returns an aware time in UTC as the JSON string of its ``isoformat()``."""
    return orjson.dumps(value).decode()


def make_encoder() -> Callable[[Any], str]:
    """Returns an encoder that rejects NaN; ``json.dumps`` creates one for each call, which costs more than its use."""
    make: Any = getattr(encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(allow_nan=False).encode
    encode = make(None, None, encoder.encode_basestring_ascii, None, ": ", ", ", False, False, False)
    return lambda value: "".join(encode(value, 0))


json_text = make_encoder()
"""Encodes a JSON value; raises ValueError for NaN and infinities, which stored traces do not have."""
