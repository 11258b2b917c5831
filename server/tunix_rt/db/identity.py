"""Primary keys and times, generated in the application, so that both are known before a row is stored."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """Returns a new UUIDv7 (RFC 9562): ordered by time, and increasing within one process."""
    return uuid7()


def now() -> datetime:
    """Returns the current time, aware, in UTC."""
    return datetime.now(UTC)
