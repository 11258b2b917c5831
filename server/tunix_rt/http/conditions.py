"""Preconditions and ranges of requests for files, as RFC 9110 has them (sections 13 and 14)."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime

from starlette.datastructures import Headers
from starlette.requests import Request

from tunix_rt.http.errors import HttpError

BYTES = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.DOTALL)
RANGE = re.compile(r"([0-9]+)\s*-\s*([0-9]*)|-\s*([0-9]+)")
DIGITS_MAX = 20
"""Digits of a position that are read: no file has that many bytes."""


def is_known(request: Request, tag: str, modified: datetime | None) -> bool:
    """Returns whether the client has a file already, so that the response is 304 without content.

    The preconditions are evaluated in the order of RFC 9110, 13.2.2. A date that cannot be parsed is ignored.

    Args:
        tag: the file's entity tag without its quotes.
        modified: when the file was modified; None if it is not known, and dates are ignored.

    Raises:
        HttpError: 412 if ``If-Match`` names other files, or the file was modified after ``If-Unmodified-Since``.
    """
    headers = request.headers
    if (wanted := header_list(headers, "if-match")) is not None:
        if not has_tag(wanted, tag, weak=False):
            raise HttpError(412, "The file does not match If-Match.")
    elif is_newer(modified, headers.get("if-unmodified-since")) is True:
        raise HttpError(412, "The file was modified after If-Unmodified-Since.")
    if (known := header_list(headers, "if-none-match")) is not None:
        return has_tag(known, tag, weak=True)
    return is_newer(modified, headers.get("if-modified-since")) is False


def header_list(headers: Headers, name: str) -> str | None:
    """Returns a header whose value is a list, which may be in several lines; None without one."""
    lines = headers.getlist(name)
    return ", ".join(lines) if lines else None


def has_tag(tags: str, tag: str, *, weak: bool) -> bool:
    """Returns whether a list of entity tags has the one of a file.

    Args:
        weak: whether a weak tag matches, too.
    """
    listed = {found.strip().removeprefix("W/" if weak else "") for found in tags.split(",")}
    return "*" in listed or f'"{tag}"' in listed


def is_newer(modified: datetime | None, date: str | None) -> bool | None:
    """Returns whether a file was modified after a date, to the second; None if one of the two is not known."""
    if modified is None or date is None:
        return None
    try:
        return int(modified.timestamp()) > parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def bytes_range(header: str, size: int) -> str | None:
    """Returns ``Range`` without the ranges that a file does not have; all of them if it has none.

    None if its unit is another one than bytes, which is ignored.

    Raises:
        HttpError: 400 if it is malformed.
    """
    found = BYTES.fullmatch(header)
    if found is None:
        if header.strip().lower() == "bytes":
            raise malformed_range()
        return None
    ranges = [bounds_of(part.strip(), size) for part in found[1].split(",") if part.strip()]
    if not ranges:
        raise malformed_range()
    satisfiable = [(first, last) for first, last in ranges if first < size]
    return "bytes=" + ",".join(f"{first}-{last}" for first, last in satisfiable or ranges)


def bounds_of(part: str, size: int) -> tuple[int, int]:
    """Returns the first and the last position of a range; the first one is ``size`` if the file does not have it.

    Raises:
        HttpError: 400 if it is malformed.
    """
    found = RANGE.fullmatch(part)
    if found is None:
        raise malformed_range()
    if found[3] is not None:
        length = position(found[3])
        return (max(0, size - length), size - 1) if length and size else (size, size)
    first, last = position(found[1]), position(found[2]) if found[2] else size
    if found[2] and last < first:
        raise malformed_range()
    return (first, min(last, size - 1)) if first < size else (size, size)


def position(digits: str) -> int:
    """Parses any number of digits; a number larger than any file's size is only known to be large."""
    return int(digits.lstrip("0")[:DIGITS_MAX] or "0")


def malformed_range() -> HttpError:
    """Returns the error of a ``Range`` in bytes that is not written as RFC 9110 has it."""
    return HttpError(400, "Range must be written as bytes=FIRST-LAST.")
