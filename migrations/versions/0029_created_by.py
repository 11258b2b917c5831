"""Lets scores and jobs keep the name of the API key that they were created with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"

TABLES = ("scores", "datasets", "exports", "tunix_runs", "generations", "evaluations")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("created_by", text(), comment="The key's name; null without keys."))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "created_by")


def text() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
