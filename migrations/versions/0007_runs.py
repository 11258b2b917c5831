"""Training runs with their states, logs, metrics and artifacts."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

STATUS = "status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')"


def upgrade() -> None:
    create_tunix_runs()
    create_sequence()
    create_run_artifacts()


def downgrade() -> None:
    for table in ("run_artifacts", "run_metrics", "run_logs", "run_states", "tunix_runs"):
        op.drop_table(table)


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
        sa.Column("output_name", words(), comment="The folder below the runs folder."),
        sa.Column("engine", words(), nullable=False),
        sa.Column("engine_ref", words(), comment="How the engine finds the attempt's process again."),
        sa.Column("exit_code", sa.Integer),
        sa.Column("duration_seconds", sa.Double),
        *ledger(),
        *place(),
        sa.Column("last_seq", sa.Integer, nullable=False, server_default="0"),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("config", sa.JSON),
        sa.Column("manifest", sa.Text, comment="The YAML that was used; null until then."),
        sa.Column("read_to", sa.JSON, comment="How far the folder's files are in the sequence: see jobs.relay."),
        sa.Column("stdout", sa.Text, nullable=False),
        sa.Column("stderr", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tunix_runs"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_tunix_runs_dataset_id_datasets", ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["eval_dataset_id"], ["datasets.id"], name="fk_tunix_runs_eval_dataset_id_datasets", ondelete="RESTRICT"
        ),
        sa.UniqueConstraint("output_name", name="uq_tunix_runs_output_name"),
        *ledger_checks(),
        sa.CheckConstraint("mode IN ('DRY_RUN', 'LOCAL')", name="mode"),
        sa.CheckConstraint("method IN ('SFT', 'LORA')", name="method"),
    )
    for columns in (
        ["created_at", "id"],
        ["status", "created_at", "id"],
        ["dataset_key", "created_at", "id"],
        ["model_id", "created_at", "id"],
        ["dataset_id", "created_at", "id"],
        ["eval_dataset_id", "created_at", "id"],
        ["completed_at", "id"],
    ):
        op.create_index(f"ix_tunix_runs_{'_'.join(columns)}", "tunix_runs", columns)


def place() -> list[sa.Column[Any]]:
    """The columns of the training progress."""
    return [
        sa.Column("step", sa.Integer),
        sa.Column("total_steps", sa.Integer),
        sa.Column("epoch", sa.Double),
        sa.Column("eta_seconds", sa.Double),
    ]


def create_entries(table: str, *columns: Any) -> None:
    """Creates a table of entries in the runs' sequences."""
    op.create_table(
        table,
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column(
            "seq", sa.Integer, nullable=False, autoincrement=False, comment="From 1; one counter for all entries."
        ),
        sa.Column("at", instant(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("run_id", "seq", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["tunix_runs.id"], name=f"fk_{table}_run_id_tunix_runs", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )


def create_sequence() -> None:
    create_entries(
        "run_states",
        sa.Column("status", words(), nullable=False),
        sa.Column("progress", sa.Double, nullable=False),
        *place(),
        sa.Column("reason", sa.Text),
        sa.CheckConstraint(STATUS, name="status"),
    )
    create_entries(
        "run_logs",
        sa.Column("stream", words(), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.CheckConstraint("stream IN ('STDOUT', 'STDERR')", name="stream"),
    )
    create_entries(
        "run_metrics",
        sa.Column("name", words(), nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("value", sa.Double, comment="Null unless finite."),
        sa.Column("value_kind", words(), nullable=False),
        sa.CheckConstraint(
            "value_kind IN ('FINITE', 'NAN', 'POSITIVE_INFINITY', 'NEGATIVE_INFINITY')", name="value_kind"
        ),
        sa.CheckConstraint("(value_kind = 'FINITE') = (value IS NOT NULL)", name="value_while_finite"),
    )
    op.create_index("ix_run_metrics_run_id_name_step_seq", "run_metrics", ["run_id", "name", "step", "seq"])


def create_run_artifacts() -> None:
    op.create_table(
        "run_artifacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("name", words(), nullable=False, comment="Its path below the run's folder."),
        sa.Column("kind", words(), nullable=False),
        sa.Column("step", sa.Integer, comment="The checkpoint's step."),
        sa.Column("byte_size", sa.BigInteger, nullable=False),
        sa.Column("sha256", words(), comment="Null for a folder, such as a checkpoint."),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_run_artifacts"),
        sa.UniqueConstraint("run_id", "name", name="uq_run_artifacts_run_id_name"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["tunix_runs.id"], name="fk_run_artifacts_run_id_tunix_runs", ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "kind IN ('MANIFEST', 'LOG', 'EVENTS', 'WEIGHTS', 'ADAPTER', 'TOKENIZER', 'CONFIG', 'CARD', 'CHECKPOINT',"
            " 'OTHER')",
            name="kind",
        ),
        sa.CheckConstraint("byte_size >= 0", name="byte_size_range"),
    )
