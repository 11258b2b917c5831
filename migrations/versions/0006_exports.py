"""Exports and their events."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

STATUS = "status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')"


def upgrade() -> None:
    create_exports()
    create_export_events()


def downgrade() -> None:
    op.drop_table("export_events")
    op.drop_table("exports")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def ledger() -> list[sa.Column[Any]]:
    """The columns that all jobs have."""
    return [
        sa.Column("status", words(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("max_attempts", sa.Integer, nullable=False),
        sa.Column("owner", words(), comment="The process that works on it; null unless it is running."),
        sa.Column("lease_expires_at", instant()),
        sa.Column("cancel_requested", sa.Boolean, nullable=False),
        sa.Column("progress", sa.Double, nullable=False, comment="0 to 1."),
        sa.Column("error_code", words()),
        sa.Column("error_message", words()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("started_at", instant()),
        sa.Column("completed_at", instant()),
    ]


def ledger_checks() -> list[sa.CheckConstraint]:
    """The constraints of these columns."""
    return [
        sa.CheckConstraint(STATUS, name="status"),
        sa.CheckConstraint("attempt BETWEEN 0 AND max_attempts", name="attempt_range"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_range"),
        sa.CheckConstraint("(status = 'RUNNING') = (owner IS NOT NULL)", name="owner_while_running"),
        sa.CheckConstraint("(owner IS NULL) = (lease_expires_at IS NULL)", name="lease_of_owner"),
        sa.CheckConstraint("(status IN ('PENDING', 'RUNNING')) = (completed_at IS NULL)", name="completed_at_the_end"),
    ]


def create_exports() -> None:
    op.create_table(
        "exports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid()),
        sa.Column("format", words(), nullable=False),
        sa.Column("container", words(), nullable=False),
        sa.Column("file_name", words(), nullable=False, comment="Of the file that is offered for download."),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column(
            "missing_count", sa.BigInteger, nullable=False, comment="Members of the selection that were deleted."
        ),
        sa.Column("byte_size", sa.BigInteger, nullable=False),
        sa.Column("sha256", words()),
        sa.Column("path", words(), comment="Below the exports folder; null until completed and once removed."),
        sa.Column("expires_at", instant()),
        *ledger(),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("recipe", sa.JSON, nullable=False, comment="Which traces: thousands of ids at most."),
        sa.PrimaryKeyConstraint("id", name="pk_exports"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_exports_dataset_id_datasets", ondelete="SET NULL"
        ),
        *ledger_checks(),
        sa.CheckConstraint("row_count >= 0 AND missing_count >= 0 AND byte_size >= 0", name="count_range"),
    )
    for columns in (["created_at", "id"], ["status", "created_at", "id"], ["dataset_id", "created_at", "id"]):
        op.create_index(f"ix_exports_{'_'.join(columns)}", "exports", columns)


def create_export_events() -> None:
    op.create_table(
        "export_events",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False, comment="From 1, without gaps."),
        sa.Column("at", instant(), nullable=False),
        sa.Column("status", words(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("row_count", sa.BigInteger, nullable=False),
        sa.Column("byte_size", sa.BigInteger, nullable=False),
        sa.Column("message", words()),
        sa.PrimaryKeyConstraint("export_id", "seq", name="pk_export_events"),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_events_export_id_exports", ondelete="CASCADE"
        ),
        sa.CheckConstraint(STATUS, name="status"),
        sqlite_with_rowid=False,
    )
