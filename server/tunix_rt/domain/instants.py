"""Parsing of ISO 8601 times, shared by all readers."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(text: str) -> datetime:
    """Parses a time, with its zone if the text has one; UTC may be written ``Z`` or ``z`` (RFC 3339, 5.6).

    Raises:
        ValueError, TypeError: the text is not a time.
    """
    return datetime.fromisoformat(f"{text[:-1]}Z" if isinstance(text, str) and text.endswith("z") else text)


def as_utc(time: datetime) -> datetime:
    """Returns a time in UTC; a time without a zone is assumed to be in UTC.

    Raises:
        OverflowError: the result is out of the range of years.
    """
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
