"""Evaluations: candidates, frozen scores of prompts, comparisons."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"

STATUS = "status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'CANCELLED')"


def upgrade() -> None:
    create_evaluations()
    create_evaluation_events()
    create_evaluation_candidates()
    create_evaluation_outcomes()
    create_evaluation_pairs()
    create_evaluation_rivals()


def downgrade() -> None:
    op.drop_table("evaluation_rivals")
    op.drop_table("evaluation_pairs")
    op.drop_table("evaluation_outcomes")
    op.drop_table("evaluation_candidates")
    op.drop_table("evaluation_events")
    op.drop_table("evaluations")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def ledger() -> list[sa.Column[Any]]:
    """Returns the columns that all jobs have."""
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
    """Returns the constraints on these columns."""
    return [
        sa.CheckConstraint(STATUS, name="status"),
        sa.CheckConstraint("attempt BETWEEN 0 AND max_attempts", name="attempt_range"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_range"),
        sa.CheckConstraint("(status = 'RUNNING') = (owner IS NOT NULL)", name="owner_while_running"),
        sa.CheckConstraint("(owner IS NULL) = (lease_expires_at IS NULL)", name="lease_of_owner"),
        sa.CheckConstraint("(status IN ('PENDING', 'RUNNING')) = (completed_at IS NULL)", name="completed_at_the_end"),
    ]


def create_evaluations() -> None:
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("dataset_id", sa.Uuid()),
        sa.Column("dataset_key", words(), nullable=False, comment="Kept when the dataset is deleted."),
        sa.Column("scorer", words(), nullable=False),
        sa.Column("samples_per_prompt", sa.Integer, comment="The most answers to a prompt that count; null for all."),
        sa.Column(
            "seed", sa.BigInteger, nullable=False, comment="Of the resampling, and of generations that it starts."
        ),
        sa.Column(
            "prompt_count", sa.Integer, nullable=False, comment="Prompts of the dataset; 0 until they are counted."
        ),
        *ledger(),
        sa.PrimaryKeyConstraint("id", name="pk_evaluations"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_evaluations_dataset_id_datasets", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("name", name="uq_evaluations_name"),
        sa.CheckConstraint("samples_per_prompt BETWEEN 1 AND 64", name="samples_range"),
        sa.CheckConstraint("prompt_count >= 0", name="prompt_count_range"),
        *ledger_checks(),
    )
    op.create_index("ix_evaluations_created_at_id", "evaluations", ["created_at", "id"])
    op.create_index("ix_evaluations_status_created_at_id", "evaluations", ["status", "created_at", "id"])
    op.create_index(
        "ix_evaluations_dataset_id_scorer_created_at_id", "evaluations", ["dataset_id", "scorer", "created_at", "id"]
    )


def create_evaluation_events() -> None:
    op.create_table(
        "evaluation_events",
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False, autoincrement=False, comment="From 1, without gaps."),
        sa.Column("at", instant(), nullable=False),
        sa.Column("status", words(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("message", words()),
        sa.PrimaryKeyConstraint("evaluation_id", "seq", name="pk_evaluation_events"),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name="fk_evaluation_events_evaluation_id_evaluations",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(STATUS, name="status"),
        sqlite_with_rowid=False,
    )


def create_evaluation_candidates() -> None:
    op.create_table(
        "evaluation_candidates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("kind", words(), nullable=False),
        sa.Column("run_id", sa.Uuid()),
        sa.Column("generation_id", sa.Uuid(), comment="No foreign key: its answers may outlive it."),
        sa.Column("model_id", words()),
        sa.Column("mean", sa.Double, comment="Null until completed, and without a score."),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("prompt_count", sa.Integer, nullable=False, comment="Prompts with a score."),
        sa.Column("answer_count", sa.Integer, nullable=False),
        sa.Column("unscored_count", sa.Integer, nullable=False),
        sa.Column("token_count", sa.BigInteger, comment="Of all answers; null if any has none."),
        sa.Column("selection", sa.JSON, comment="The filter of a candidate of kind FILTER."),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_candidates"),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name="fk_evaluation_candidates_evaluation_id_evaluations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["tunix_runs.id"], name="fk_evaluation_candidates_run_id_tunix_runs", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("evaluation_id", "position", name="uq_evaluation_candidates_evaluation_id_position"),
        sa.UniqueConstraint("evaluation_id", "name", name="uq_evaluation_candidates_evaluation_id_name"),
        sa.CheckConstraint("kind IN ('FILTER', 'GENERATION', 'RUN', 'MODEL')", name="kind"),
        sa.CheckConstraint(
            "(mean IS NULL) = (low IS NULL) AND (mean IS NULL) = (high IS NULL)", name="mean_with_interval"
        ),
        sa.CheckConstraint("prompt_count >= 0 AND answer_count >= 0 AND unscored_count >= 0", name="count_range"),
    )
    op.create_index("ix_evaluation_candidates_run_id_id", "evaluation_candidates", ["run_id", "id"])
    op.create_index("ix_evaluation_candidates_generation_id", "evaluation_candidates", ["generation_id"])


def create_evaluation_outcomes() -> None:
    op.create_table(
        "evaluation_outcomes",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column(
            "position", sa.Integer, nullable=False, autoincrement=False, comment="Of the prompt, in the dataset."
        ),
        sa.Column("sample", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("trace_id", sa.Uuid(), nullable=False, comment="No foreign key: a deleted trace leaves its score."),
        sa.Column("score", sa.Double, comment="Null if the scorer gave none."),
        sa.Column("prompt_score", sa.Double, comment="The mean over the prompt's samples; null without a score."),
        sa.PrimaryKeyConstraint("candidate_id", "position", "sample", name="pk_evaluation_outcomes"),
        sa.ForeignKeyConstraint(
            ["candidate_id"],
            ["evaluation_candidates.id"],
            name="fk_evaluation_outcomes_candidate_id_evaluation_candidates",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )


def create_evaluation_pairs() -> None:
    op.create_table(
        "evaluation_pairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("evaluation_id", sa.Uuid(), nullable=False),
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("difference", sa.Double, nullable=False),
        sa.Column("low", sa.Double, nullable=False),
        sa.Column("high", sa.Double, nullable=False),
        sa.Column("test", words(), nullable=False),
        sa.Column("p_value", sa.Double, nullable=False),
        sa.Column("p_holm", sa.Double, nullable=False),
        sa.Column("win_count", sa.Integer, nullable=False),
        sa.Column("loss_count", sa.Integer, nullable=False),
        sa.Column("tie_count", sa.Integer, nullable=False),
        sa.Column("both_wrong_count", sa.Integer, nullable=False),
        sa.Column("detectable_difference", sa.Double),
        sa.Column("prompts_needed", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_evaluation_pairs"),
        sa.ForeignKeyConstraint(
            ["evaluation_id"],
            ["evaluations.id"],
            name="fk_evaluation_pairs_evaluation_id_evaluations",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["a_id"],
            ["evaluation_candidates.id"],
            name="fk_evaluation_pairs_a_id_evaluation_candidates",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["b_id"],
            ["evaluation_candidates.id"],
            name="fk_evaluation_pairs_b_id_evaluation_candidates",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("evaluation_id", "position", name="uq_evaluation_pairs_evaluation_id_position"),
        sa.CheckConstraint("test IN ('MCNEMAR', 'PERMUTATION')", name="test"),
        sa.CheckConstraint("p_value BETWEEN 0 AND 1 AND p_holm BETWEEN 0 AND 1", name="p_value_range"),
    )
    op.create_index("ix_evaluation_pairs_a_id", "evaluation_pairs", ["a_id"])
    op.create_index("ix_evaluation_pairs_b_id", "evaluation_pairs", ["b_id"])


def create_evaluation_rivals() -> None:
    op.create_table(
        "evaluation_rivals",
        sa.Column("a_id", sa.Uuid(), nullable=False),
        sa.Column("b_id", sa.Uuid(), nullable=False),
        sa.Column("difference", sa.Double, nullable=False, comment="Of candidates of two evaluations, a minus b."),
        sa.Column("p_value", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("a_id", "b_id", name="pk_evaluation_rivals"),
        sa.ForeignKeyConstraint(
            ["a_id"],
            ["evaluation_candidates.id"],
            name="fk_evaluation_rivals_a_id_evaluation_candidates",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["b_id"],
            ["evaluation_candidates.id"],
            name="fk_evaluation_rivals_b_id_evaluation_candidates",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("p_value BETWEEN 0 AND 1", name="p_value_range"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_evaluation_rivals_b_id", "evaluation_rivals", ["b_id"])
