"""Saved views of the web client's pages."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("page", words(), nullable=False),
        sa.Column("name", words(), nullable=False),
        sa.Column("search", words(), nullable=False, comment="The query string of the page's URL."),
        sa.Column("created_at", instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("page", "name", name="uq_saved_views_page_name"),
        sa.CheckConstraint("page IN ('TRACES', 'DATASETS', 'RUNS', 'REVIEW')", name=op.f("ck_saved_views_page")),
    )


def downgrade() -> None:
    op.drop_table("saved_views")


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def instant() -> sa.DateTime:
    return sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
