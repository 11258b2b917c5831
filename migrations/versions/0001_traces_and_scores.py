"""Traces and scores."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_traces()
    create_scores()
    if op.get_bind().dialect.name == "sqlite":
        state_sqlite_statistics()


def downgrade() -> None:
    op.drop_table("scores")
    op.drop_table("traces")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def create_traces() -> None:
    op.create_table(
        "traces",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=True),
            nullable=False,
            comment="Order of commit: inserting transactions take turns, so a tail never has to look back.",
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("trace_version", words(), nullable=False),
        sa.Column("source", words()),
        sa.Column("prompt_hash", words(), nullable=False),
        sa.Column("content_hash", words(), nullable=False),
        sa.Column("step_count", sa.Integer, nullable=False),
        sa.Column("char_count", sa.Integer, nullable=False),
        sa.Column("prompt_preview", words(), nullable=False),
        sa.Column("final_answer_preview", words(), nullable=False),
        sa.Column("external_id", words()),
        sa.Column("meta", sa.JSON),
        sa.Column("payload", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_traces"),
        sa.UniqueConstraint("id", name="uq_traces_id"),
        sa.CheckConstraint("step_count BETWEEN 1 AND 1000", name="step_count_range"),
        sa.CheckConstraint("char_count >= 3", name="char_count_range"),
        sqlite_autoincrement=True,
    )
    for columns in (
        ["created_at", "id"],
        ["source", "created_at", "id"],
        ["source", "id"],
        ["step_count", "id"],
        ["char_count", "id"],
        ["prompt_hash"],
        ["content_hash"],
        ["external_id", "id"],
    ):
        op.create_index(f"ix_traces_{'_'.join(columns)}", "traces", columns)


def create_scores() -> None:
    op.create_table(
        "scores",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trace_id", sa.Uuid(), nullable=False),
        sa.Column("step_index", sa.Integer, comment="The step's own index; null for the whole trace."),
        sa.Column("scorer", words(), nullable=False),
        sa.Column("scorer_version", words(), nullable=False),
        sa.Column("kind", words(), nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("rationale", words()),
        sa.Column("details", sa.JSON),
        sa.Column("scored_at", instant(), nullable=False),
        sa.Column("run_id", sa.Uuid(), comment="The training run whose model gave the score."),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.ForeignKeyConstraint(["trace_id"], ["traces.id"], name="fk_scores_trace_id_traces", ondelete="CASCADE"),
        sa.CheckConstraint("kind IN ('CODE', 'MODEL', 'HUMAN')", name="kind"),
        sa.CheckConstraint("step_index IS NULL OR step_index >= 0", name="step_index_range"),
    )
    op.create_index("ix_scores_latest", "scores", ["trace_id", "scorer", "step_index", "scored_at", "id"])
    op.create_index("ix_scores_scorer_score_id", "scores", ["scorer", "score", "id"])
    op.create_index("ix_scores_scored_at_id", "scores", ["scored_at", "id"])


def state_sqlite_statistics() -> None:
    """Stores the statistics of scores for SQLite's planner, which otherwise guesses until somebody runs ANALYZE.

    Its guess takes a scorer's scores for fewer than a trace's: each trace in a filter by scores would walk them all.
    """
    op.execute("ANALYZE sqlite_master")
    for index, statistics in (
        ("ix_scores_latest", "1000000 4 2 2 1 1"),
        ("ix_scores_scorer_score_id", "1000000 300000 1000 1"),
        ("ix_scores_scored_at_id", "1000000 1 1"),
    ):
        op.execute(f"INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('scores', '{index}', '{statistics}')")
