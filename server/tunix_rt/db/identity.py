"""Primary keys and the clock: made in the application, so that a row is known before it is stored."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from uuid_utils.compat import uuid7


def new_id() -> uuid.UUID:
    """Returns a fresh UUIDv7 (RFC 9562): time-ordered, and increasing within one process."""
    return uuid7()


def now() -> datetime:
    """Returns the current instant, aware, in UTC."""
    return datetime.now(UTC)
