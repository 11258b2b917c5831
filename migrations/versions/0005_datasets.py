"""Datasets and their members."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    create_datasets()
    create_dataset_traces()


def downgrade() -> None:
    op.drop_table("dataset_traces")
    op.drop_table("datasets")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")


def create_datasets() -> None:
    op.create_table(
        "datasets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", words(), nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("version", words(), nullable=False),
        sa.Column("build_id", sa.Uuid(), nullable=False),
        sa.Column("trace_count", sa.BigInteger, nullable=False),
        sa.Column("sha256", words(), nullable=False, comment="Of the members' content hashes, in order."),
        sa.Column("session_id", words()),
        sa.Column("training_run_id", words()),
        sa.Column("parent_dataset_id", sa.Uuid()),
        sa.Column("created_at", instant(), nullable=False),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("stats", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_datasets"),
        sa.UniqueConstraint("key", name="uq_datasets_key"),
        sa.ForeignKeyConstraint(
            ["parent_dataset_id"], ["datasets.id"], name="fk_datasets_parent_dataset_id_datasets", ondelete="SET NULL"
        ),
        sa.CheckConstraint("trace_count >= 1", name="trace_count_range"),
    )
    for columns in (["created_at", "id"], ["name", "id"], ["trace_count", "id"], ["parent_dataset_id"]):
        op.create_index(f"ix_datasets_{'_'.join(columns)}", "datasets", columns)


def create_dataset_traces() -> None:
    op.create_table(
        "dataset_traces",
        sa.Column("dataset_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("trace_id", sa.Uuid(), nullable=False, comment="No foreign key: a deleted trace leaves its place."),
        sa.Column(
            "content_hash", sa.LargeBinary, nullable=False, comment="sha256 of the trace when the dataset was built."
        ),
        sa.Column("prompt_hash", sa.LargeBinary, nullable=False, comment="sha256 of its prompt."),
        sa.PrimaryKeyConstraint("dataset_id", "position", name="pk_dataset_traces"),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["datasets.id"], name="fk_dataset_traces_dataset_id_datasets", ondelete="CASCADE"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_dataset_traces_trace_id_dataset_id", "dataset_traces", ["trace_id", "dataset_id"])
