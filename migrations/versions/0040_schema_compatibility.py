"""Adds the oldest revision whose programs work with the schema, so that older servers can use a newer database."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    what = "Programs that need this revision or a later one work with the schema. There is one row."
    op.create_table(
        "schema_compatibility",
        sa.Column("oldest_revision", text, nullable=False, comment=what),
        sa.PrimaryKeyConstraint("oldest_revision", name="pk_schema_compatibility"),
    )


def downgrade() -> None:
    op.drop_table("schema_compatibility")
