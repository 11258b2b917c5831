"""Adds the labels that generations require."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0043"
down_revision = "0042"
phase = "expand"

WHAT = "A worker that takes the generation must have it."


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    op.create_table(
        "generation_labels",
        sa.Column("generation_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", text, nullable=False, comment=WHAT),
        sa.CheckConstraint("position BETWEEN 0 AND 7", name=op.f("ck_generation_labels_position_range")),
        sa.CheckConstraint("length(label) BETWEEN 1 AND 63", name=op.f("ck_generation_labels_label_length")),
        sa.ForeignKeyConstraint(
            ["generation_id"],
            ["generations.id"],
            name="fk_generation_labels_generation_id_generations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("generation_id", "position", name="pk_generation_labels"),
        sa.UniqueConstraint("generation_id", "label", name="uq_generation_labels_generation_id_label"),
    )


def downgrade() -> None:
    op.drop_table("generation_labels")
