"""Lets users tag runs and write notes on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("tunix_runs", sa.Column("tags", sa.JSON, comment="List of texts; null for none."))
    op.add_column("tunix_runs", sa.Column("notes", words(), comment="Markdown."))


def downgrade() -> None:
    op.drop_column("tunix_runs", "notes")
    op.drop_column("tunix_runs", "tags")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
