"""Contamination of training by evaluation data, and protected sets of hashed prompts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    create_contaminations()
    create_pairs()
    create_protected_sets()


def create_contaminations() -> None:
    op.create_table(
        "contaminations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("train_dataset_id", sa.Uuid(), nullable=False),
        sa.Column("eval_dataset_id", sa.Uuid(), nullable=False),
        sa.Column(
            "train_prompt_count", sa.BigInteger(), nullable=False, comment="Distinct training prompts in any pair."
        ),
        sa.Column("equal_count", sa.BigInteger(), nullable=False),
        sa.Column("shared_count", sa.BigInteger(), nullable=False),
        sa.Column("near_count", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_contaminations"),
        sa.ForeignKeyConstraint(
            ["train_dataset_id"],
            ["datasets.id"],
            name="fk_contaminations_train_dataset_id_datasets",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["eval_dataset_id"], ["datasets.id"], name="fk_contaminations_eval_dataset_id_datasets", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "train_dataset_id", "eval_dataset_id", name="uq_contaminations_train_dataset_id_eval_dataset_id"
        ),
    )
    op.create_index("ix_contaminations_eval_dataset_id", "contaminations", ["eval_dataset_id"])


def create_pairs() -> None:
    gone = "No foreign key: the trace may be deleted."
    op.create_table(
        "contaminated_pairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contamination_id", sa.Uuid(), nullable=False),
        sa.Column("kind", words(), nullable=False),
        sa.Column("overlap", sa.Double(), nullable=False, comment="Jaccard index."),
        sa.Column("train_trace_id", sa.Uuid(), nullable=False, comment=gone),
        sa.Column("eval_trace_id", sa.Uuid(), nullable=False, comment=gone),
        sa.PrimaryKeyConstraint("id", name="pk_contaminated_pairs"),
        sa.ForeignKeyConstraint(
            ["contamination_id"],
            ["contaminations.id"],
            name="fk_contaminated_pairs_contamination_id_contaminations",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("kind IN ('EQUAL_PROMPT', 'SHARED_NGRAMS', 'NEAR_DUPLICATE')", name="kind"),
        sa.CheckConstraint("overlap > 0 AND overlap <= 1", name="overlap_range"),
    )
    op.create_index(
        "ix_contaminated_pairs_contamination_id_overlap_id",
        "contaminated_pairs",
        ["contamination_id", "overlap", "id"],
    )


def create_protected_sets() -> None:
    op.create_table(
        "protected_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("prompt_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_protected_sets"),
        sa.UniqueConstraint("name", name="uq_protected_sets_name"),
        sa.CheckConstraint("prompt_count > 0", name="prompt_count_range"),
    )
    op.create_table(
        "protected_prompts",
        sa.Column("set_id", sa.Uuid(), nullable=False),
        sa.Column("prompt_hash", sa.LargeBinary(), nullable=False, comment="sha256 of the prompt."),
        sa.PrimaryKeyConstraint("set_id", "prompt_hash", name="pk_protected_prompts"),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["protected_sets.id"],
            name="fk_protected_prompts_set_id_protected_sets",
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_protected_prompts_prompt_hash", "protected_prompts", ["prompt_hash"])


def downgrade() -> None:
    for table in ("protected_prompts", "protected_sets", "contaminated_pairs", "contaminations"):
        op.drop_table(table)


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
