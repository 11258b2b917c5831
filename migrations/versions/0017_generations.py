"""Generations, their events, and the origins of generated traces."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

STATUS = "status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')"


def upgrade() -> None:
    create_generations()
    create_generation_events()
    create_trace_origins()


def downgrade() -> None:
    op.drop_table("trace_origins")
    op.drop_table("generation_events")
    op.drop_table("generations")


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


def reference(table: str, column: str, target: str, action: str) -> sa.ForeignKeyConstraint:
    """A foreign key to the id of another table."""
    name = f"fk_{table}_{column}_{target}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=action)


def create_generations() -> None:
    op.create_table(
        "generations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("model_id", words(), nullable=False),
        sa.Column("run_id", sa.Uuid(), comment="Whose model it is."),
        sa.Column("checkpoint_step", sa.Integer, comment="Null for the exported model of a run, and for other models."),
        sa.Column("dataset_id", sa.Uuid()),
        sa.Column("prompt_count", sa.Integer, comment="Null until the prompts are known."),
        sa.Column(
            "too_long_count", sa.Integer, nullable=False, comment="Prompts without answers, since they are too long."
        ),
        sa.Column("answer_count", sa.Integer, nullable=False),
        sa.Column("malformed_count", sa.Integer, nullable=False),
        sa.Column("token_count", sa.BigInteger, nullable=False),
        sa.Column("tokens_per_second", sa.Double),
        sa.Column("eta_seconds", sa.Double),
        *ledger(),
        sa.Column("options", sa.JSON, nullable=False, comment="Sampling parameters, template, scorers."),
        sa.Column("recipe", sa.JSON, nullable=False, comment="Which traces the prompts are taken from."),
        sa.Column("stderr", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_generations"),
        reference("generations", "run_id", "tunix_runs", "SET NULL"),
        reference("generations", "dataset_id", "datasets", "SET NULL"),
        *ledger_checks(),
        sa.CheckConstraint(
            "too_long_count >= 0 AND malformed_count BETWEEN 0 AND answer_count AND token_count >= 0",
            name="count_range",
        ),
    )
    for first in ([], ["status"], ["run_id"], ["dataset_id"]):
        columns = [*first, "created_at", "id"]
        op.create_index(f"ix_generations_{'_'.join(columns)}", "generations", columns)


def create_generation_events() -> None:
    op.create_table(
        "generation_events",
        sa.Column("generation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False, comment="From 1, without gaps."),
        sa.Column("at", instant(), nullable=False),
        sa.Column("status", words(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("answer_count", sa.Integer, nullable=False),
        sa.Column("token_count", sa.BigInteger, nullable=False),
        sa.Column("message", words()),
        sa.PrimaryKeyConstraint("generation_id", "seq", name="pk_generation_events"),
        reference("generation_events", "generation_id", "generations", "CASCADE"),
        sa.CheckConstraint(STATUS, name="status"),
        sqlite_with_rowid=False,
    )


def create_trace_origins() -> None:
    place = ("prompt_position", "sample_index")
    op.create_table(
        "trace_origins",
        sa.Column("trace_id", sa.Uuid(), nullable=False),
        sa.Column("generation_id", sa.Uuid()),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("model_id", words(), nullable=False),
        sa.Column("checkpoint_step", sa.Integer),
        sa.Column("policy_version", sa.Integer, comment="Of rollouts: the number of updates that the policy had seen."),
        sa.Column("prompt_position", sa.Integer, nullable=False),
        sa.Column("sample_index", sa.Integer, nullable=False),
        sa.Column("temperature", sa.Double, nullable=False),
        sa.Column("top_p", sa.Double, nullable=False),
        sa.Column("max_new_tokens", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger),
        sa.Column("template", words()),
        sa.Column("finish_reason", words(), nullable=False),
        sa.Column("token_count", sa.Integer, nullable=False),
        sa.Column("mean_log_probability", sa.Double),
        sa.Column("malformed", sa.Boolean, nullable=False),
        sa.Column("raw_text", sa.Text, nullable=False, comment="As it was generated, before it was parsed."),
        sa.PrimaryKeyConstraint("trace_id", name="pk_trace_origins"),
        reference("trace_origins", "trace_id", "traces", "CASCADE"),
        reference("trace_origins", "generation_id", "generations", "SET NULL"),
        reference("trace_origins", "run_id", "tunix_runs", "SET NULL"),
        sa.CheckConstraint("finish_reason IN ('STOP', 'LENGTH')", name="finish_reason"),
        sa.CheckConstraint("prompt_position >= 0 AND sample_index >= 0 AND token_count >= 0", name="count_range"),
        sa.UniqueConstraint("generation_id", *place, name="uq_trace_origins_answer"),
        sa.UniqueConstraint("run_id", "policy_version", *place, name="uq_trace_origins_rollout"),
    )
    op.create_index("ix_trace_origins_run_id_trace_id", "trace_origins", ["run_id", "trace_id"])
