"""API keys, audit events, and idempotency keys, each with the result of the mutation first sent with it."""

from __future__ import annotations

from enum import Enum

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

from tunix_rt.db.columns import UtcDateTime, code_point_text, json_text, uuid_column
from tunix_rt.db.models.base import METADATA, one_of

api_keys = Table(
    "api_keys",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("name", code_point_text(), nullable=False),
    Column("prefix", code_point_text(), nullable=False, comment="The first characters of the secret, to recognise it."),
    Column("secret_sha256", code_point_text(), nullable=False),
    Column("scopes", code_point_text(), nullable=False, comment="Separated by commas."),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("rotated_at", UtcDateTime()),
    Column("expires_at", UtcDateTime()),
    Column("revoked_at", UtcDateTime()),
    Column("last_used_at", UtcDateTime(), comment="To the minute."),
    UniqueConstraint("name"),
    UniqueConstraint("prefix"),
)


class AuditOutcome(Enum):
    """The outcome of an action in the audit log."""

    DONE = "DONE"
    REFUSED = "REFUSED"


audit_events = Table(
    "audit_events",
    METADATA,
    Column("id", uuid_column(), primary_key=True),
    Column("at", UtcDateTime(), nullable=False),
    Column("key_name", code_point_text()),
    Column("address", code_point_text()),
    Column("action", code_point_text(), nullable=False),
    Column("outcome", code_point_text(), nullable=False),
    Column("object_type", code_point_text()),
    Column("object_uuid", code_point_text(), comment="No foreign key: the object may be deleted."),
    Column("object_count", Integer),
    Column("request_id", code_point_text()),
    one_of("outcome", AuditOutcome),
    Index(None, "at", "id"),
    Index(None, "key_name", "at", "id"),
    Index(None, "object_uuid"),
)

idempotency_keys = Table(
    "idempotency_keys",
    METADATA,
    Column("key", code_point_text(), primary_key=True),
    Column("operation", code_point_text(), nullable=False),
    Column("request_hash", code_point_text(), nullable=False),
    Column("result_ids", json_text(), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("client", code_point_text(), primary_key=True, comment="Empty without an API key; * for any client."),
    Index(None, "created_at"),
)
