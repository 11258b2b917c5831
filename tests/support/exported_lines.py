"""A trace in the export formats, as a line of a file."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from tests.support.factories import trace_draft
from tunix_rt.domain.exports.formats import ExportFormat, FormatOptions, StoredTrace, get_export_format
from tunix_rt.domain.traces.storage import row_of
from tunix_rt.domain.traces.trace import TraceDraft

ID = uuid.UUID("01970000-0000-7000-8000-000000000001")


AT = datetime(2026, 11, 23, 12, 1, 48, 150000, UTC)


SUM = {
    "trace_version": "1.0",
    "prompt": "What is 2 + 2?",
    "final_answer": "4",
    "steps": [
        {"i": 0, "type": "reasoning", "content": "Identify addends"},
        {"i": 1, "type": "reasoning", "content": "2 + 2 = 4"},
    ],
    "meta": {"source": "ex"},
}


def stored(value: dict[str, Any] | None = None, external_id: str | None = None) -> StoredTrace:
    """A trace as it is read from the database."""
    return stored_draft(trace_draft(value or SUM, external_id), ID)


def stored_draft(draft: TraceDraft, identity: uuid.UUID) -> StoredTrace:
    """A draft as it is read from the database once it is stored."""
    row = row_of(draft, AT)
    known = (row[name] for name in ("external_id", "reference_answer", "group_key", "payload"))
    return StoredTrace(str(identity), AT, *known)


def exported(value: TraceDraft, format_: ExportFormat, options: FormatOptions) -> bytes:
    """A trace's line, as if it were stored with always the same id and time."""
    return get_export_format(format_).line(stored_draft(value, uuid.UUID(int=1)), options)
