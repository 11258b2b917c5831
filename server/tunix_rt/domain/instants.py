"""Times in the text of ISO 8601, as everything that reads one understands them."""

from __future__ import annotations

from datetime import UTC, datetime


def read_time(text: str) -> datetime:
    """Returns a time, with its zone if it names one; UTC may be written ``Z`` or ``z`` (RFC 3339, 5.6).

    Raises:
        ValueError, TypeError: it is none.
    """
    return datetime.fromisoformat(f"{text[:-1]}Z" if isinstance(text, str) and text.endswith("z") else text)


def as_utc(time: datetime) -> datetime:
    """Returns a time in UTC; one without a zone is taken to be in UTC.

    Raises:
        OverflowError: it would be before the first year or after the last.
    """
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
