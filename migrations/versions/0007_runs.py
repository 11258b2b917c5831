"""The registry of training runs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

STATUS = "status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')"


def upgrade() -> None:
    create_tunix_runs()


def downgrade() -> None:
    op.drop_table("tunix_runs")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def ledger() -> list[sa.Column[Any]]:
    """The columns that all long work has."""
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
    """What must hold of them."""
    return [
        sa.CheckConstraint(STATUS, name="status"),
        sa.CheckConstraint("attempt BETWEEN 0 AND max_attempts", name="attempt_range"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_range"),
        sa.CheckConstraint("(status = 'RUNNING') = (owner IS NOT NULL)", name="owner_while_running"),
        sa.CheckConstraint("(owner IS NULL) = (lease_expires_at IS NULL)", name="lease_of_owner"),
        sa.CheckConstraint("(status IN ('PENDING', 'RUNNING')) = (completed_at IS NULL)", name="completed_at_the_end"),
    ]


def create_tunix_runs() -> None:
    op.create_table(
        "tunix_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid()),
        sa.Column("eval_dataset_id", sa.Uuid()),
        sa.Column("dataset_key", words(), nullable=False),
        sa.Column("model_id", words(), nullable=False),
        sa.Column("mode", words(), nullable=False),
        sa.Column("method", words(), nullable=False),
        sa.Column("output_name", words()),
        sa.Column("engine", words(), nullable=False),
        sa.Column("engine_ref", words()),
        sa.Column("exit_code", sa.Integer),
        sa.Column("duration_seconds", sa.Double),
        *ledger(),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("config", sa.JSON),
        sa.Column("stdout", sa.Text, nullable=False),
        sa.Column("stderr", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tunix_runs"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_tunix_runs_dataset_id_datasets", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["eval_dataset_id"], ["datasets.id"], name="fk_tunix_runs_eval_dataset_id_datasets", ondelete="RESTRICT"
        ),
        *ledger_checks(),
        sa.CheckConstraint("mode IN ('DRY_RUN', 'LOCAL')", name="mode"),
        sa.CheckConstraint("method IN ('SFT', 'LORA')", name="method"),
    )
    for columns in (
        ["created_at", "id"],
        ["status", "created_at", "id"],
        ["dataset_key", "created_at", "id"],
        ["dataset_id", "created_at", "id"],
        ["eval_dataset_id"],
    ):
        op.create_index(f"ix_tunix_runs_{'_'.join(columns)}", "tunix_runs", columns)
