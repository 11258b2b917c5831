"""Adds the place where an attempt is performed, and the job that its cluster has for it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0041"
down_revision = "0040"
phase = "expand"

COLUMNS = {
    "place": "The only one where the attempt is performed, as HOST:FOLDER; null until then.",
    "job": "The number of its job, from a cluster that numbers jobs itself.",
}


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    for name, comment in COLUMNS.items():
        op.add_column("attempt_tokens", sa.Column(name, text, nullable=True, comment=comment))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("attempt_tokens", name)
