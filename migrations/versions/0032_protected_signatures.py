"""Signatures of protected prompts, by which near duplicates are found, and the comparisons that were made with them."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.add_column("protected_sets", sa.Column("signature_count", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column(
        "protected_prompts",
        sa.Column("signature", sa.LargeBinary(), comment="MinHash of the prompt; null if only its hash is known."),
    )
    op.create_table(
        "protected_comparisons",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("near_count", sa.BigInteger(), nullable=False, comment="Prompts of the dataset, without equal ones."),
        sa.PrimaryKeyConstraint("set_id", "dataset_id", name="pk_protected_comparisons"),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["protected_sets.id"],
            name="fk_protected_comparisons_set_id_protected_sets",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["dataset_id"],
            ["datasets.id"],
            name="fk_protected_comparisons_dataset_id_datasets",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_protected_comparisons_dataset_id", "protected_comparisons", ["dataset_id"])


def downgrade() -> None:
    op.drop_table("protected_comparisons")
    op.drop_column("protected_prompts", "signature")
    op.drop_column("protected_sets", "signature_count")
