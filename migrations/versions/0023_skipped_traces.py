"""Lets an export count the traces that it leaves out because they have no score by its scorer."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("exports", sa.Column("skipped_count", sa.BigInteger, nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("exports", "skipped_count")
