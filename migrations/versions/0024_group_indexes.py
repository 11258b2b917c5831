"""Lets groups be graded from indexes alone: the table of traces need not be read for that, nor that of scores."""

from alembic import op

revision = "0024"
down_revision = "0023"

LATEST = ["trace_id", "scorer", "step_index", "scored_at", "id"]


def upgrade() -> None:
    op.drop_index("ix_traces_group_key_seq", "traces")
    op.create_index("ix_traces_group_key_id_seq", "traces", ["group_key", "id", "seq"])
    op.drop_index("ix_scores_latest", "scores")
    op.create_index("ix_scores_latest", "scores", [*LATEST, "score"])


def downgrade() -> None:
    op.drop_index("ix_scores_latest", "scores")
    op.create_index("ix_scores_latest", "scores", LATEST)
    op.drop_index("ix_traces_group_key_id_seq", "traces")
    op.create_index("ix_traces_group_key_seq", "traces", ["group_key", "seq"])
