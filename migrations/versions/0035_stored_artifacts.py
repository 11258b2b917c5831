"""Adds to each artifact the attempt under which it is in the storage."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    stored = "Whose folder in the storage has it; null if only the run's folder has."
    op.add_column("run_artifacts", sa.Column("attempt", sa.Integer(), nullable=True, comment=stored))


def downgrade() -> None:
    op.drop_column("run_artifacts", "attempt")
