"""Adds the key that has registered a worker without the database: no other one may remove the worker."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    what = "The key that registered a worker without the database; null without keys."
    op.add_column("workers", sa.Column("account", sa.Uuid(), nullable=True, comment=what))


def downgrade() -> None:
    op.drop_column("workers", "account")
