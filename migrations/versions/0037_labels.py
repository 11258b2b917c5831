"""Adds labels: those that runs require, and those that workers have."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"

WHAT = "A worker that takes the run must have it."


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "run_labels",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", text, nullable=False, comment=WHAT),
        sa.CheckConstraint("position BETWEEN 0 AND 7", name=op.f("ck_run_labels_position_range")),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 63", name=op.f("ck_run_labels_label_length")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["tunix_runs.id"], name="fk_run_labels_run_id_tunix_runs", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "position", name="pk_run_labels"),
        sa.UniqueConstraint("run_id", "label", name="uq_run_labels_run_id_label"),
    )
    labels = sa.Column("labels", text, nullable=True, comment="Separated by commas; null for none.")
    op.add_column("workers", labels)
    no, what = sa.false(), "Whether it has no database."
    op.add_column("workers", sa.Column("remote", sa.Boolean(), nullable=False, server_default=no, comment=what))


def downgrade() -> None:
    op.drop_column("workers", "remote")
    op.drop_column("workers", "labels")
    op.drop_table("run_labels")
