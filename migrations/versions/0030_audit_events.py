"""Audit events: who did what to which object, when and from where."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("key_name", text()),
        sa.Column("address", text()),
        sa.Column("action", text(), nullable=False),
        sa.Column("outcome", text(), nullable=False),
        sa.Column("object_type", text()),
        sa.Column("object_uuid", text(), comment="No foreign key: the object may be deleted."),
        sa.Column("object_count", sa.Integer()),
        sa.Column("request_id", text()),
        sa.CheckConstraint("outcome IN ('DONE', 'REFUSED')", name=op.f("ck_audit_events_outcome")),
        sa.PrimaryKeyConstraint("id", name="pk_audit_events"),
    )
    op.create_index("ix_audit_events_at_id", "audit_events", ["at", "id"])
    op.create_index("ix_audit_events_key_name_at_id", "audit_events", ["key_name", "at", "id"])
    op.create_index("ix_audit_events_object_uuid", "audit_events", ["object_uuid"])


def downgrade() -> None:
    op.drop_table("audit_events")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
