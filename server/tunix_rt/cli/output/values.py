"""Values of the API as text."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")

FOUR_DIGITS = 9_999.5
"""From here on four digits are rounded to 10,000 or more."""
LONGEST_WHOLE = 1e15
"""From here on numbers are written with an exponent: floats have no more whole digits."""


def value_at(found: Mapping[str, Any], path: str) -> Any:
    """Returns the value of a field; None if an object on its path is null."""
    value: Any = found
    for name in path.split("."):
        if value is None:
            return None
        value = value[name]
    return value


def text_of(value: Any) -> str:
    """Returns a value as text: times in UTC to the second, nothing for null.

    Numbers have four digits, and those from 10,000 on all digits before the point.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        is_whole = value.is_integer() or abs(value) >= FOUR_DIGITS
        return f"{value:,.0f}" if is_whole and abs(value) < LONGEST_WHOLE else f"{value:.4g}"
    if isinstance(value, str):
        return time_of(value)
    return json.dumps(value, ensure_ascii=False)


def time_of(text: str) -> str:
    """Returns an instant as ``2026-01-31 12:00:00Z``; any other text unchanged."""
    found = INSTANT.fullmatch(text)
    return f"{found[1]} {found[2]}Z" if found else text


def percent(value: float | None) -> str:
    """Returns a fraction in percent."""
    return "" if value is None else f"{100 * value:.0f} %"


def decimals(value: float, sign: str = "") -> str:
    """Returns a number with three decimals, halves rounded away from zero as the web client does.

    Args:
        sign: ``+`` to write the sign of positive numbers too.
    """
    return format(Decimal(value).quantize(Decimal("0.001"), ROUND_HALF_UP), f"{sign}f")


def bytes_of(value: int | None) -> str:
    """Returns a size with a unit."""
    if value is None:
        return ""
    size = float(value)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{value:,} bytes" if unit == "bytes" else f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"
