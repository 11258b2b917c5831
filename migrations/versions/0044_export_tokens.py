"""Adds the tokens of attempts at exports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0044"
down_revision = "0043"
phase = "expand"

PLACE = "The only one where the attempt is performed, as HOST:FOLDER; null until then."


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    instant = sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
    op.create_table(
        "export_tokens",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", text, nullable=False, comment="Hash of the token."),
        sa.Column("issued_at", instant, nullable=False),
        sa.Column("place", text, nullable=True, comment=PLACE),
        sa.ForeignKeyConstraint(
            ["export_id"], ["exports.id"], name="fk_export_tokens_export_id_exports", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("export_id", "attempt", name="pk_export_tokens"),
    )


def downgrade() -> None:
    op.drop_table("export_tokens")
