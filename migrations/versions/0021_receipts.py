"""Receipts of runs: what each attempt ran with, and the hashes of its weights."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    create("run_receipts", ["run_id", "attempt"], sa.Column("content", sa.JSON, nullable=False))
    create(
        "run_weights",
        ["run_id", "attempt", "step"],
        sa.Column("step", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("sha256", sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"), nullable=False),
        sa.CheckConstraint("step >= 0", name="step_range"),
    )


def downgrade() -> None:
    op.drop_table("run_weights")
    op.drop_table("run_receipts")


def create(name: str, key: list[str], *more: "sa.schema.SchemaItem") -> None:
    """Creates a table of what attempts reported."""
    op.create_table(
        name,
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False, autoincrement=False),
        *more,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["run_id"], ["tunix_runs.id"], name=f"fk_{name}_run_id_tunix_runs", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
