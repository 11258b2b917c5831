"""Adds the tokens of attempts at generations, and the number of the next batch of answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0042"
down_revision = "0041"
phase = "expand"

PLACE = "The only one where the attempt is performed, as HOST:FOLDER; null until then."


def upgrade() -> None:
    text = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    instant = sa.DateTime(timezone=op.get_bind().dialect.name == "postgresql")
    op.create_table(
        "generation_tokens",
        sa.Column("generation_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", text, nullable=False, comment="Hash of the token."),
        sa.Column("issued_at", instant, nullable=False),
        sa.Column("place", text, nullable=True, comment=PLACE),
        sa.ForeignKeyConstraint(
            ["generation_id"],
            ["generations.id"],
            name="fk_generation_tokens_generation_id_generations",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("generation_id", "attempt", name="pk_generation_tokens"),
    )
    what = "Of workers elsewhere: not stored yet."
    op.add_column(
        "generations", sa.Column("next_batch", sa.Integer(), nullable=False, server_default="0", comment=what)
    )


def downgrade() -> None:
    op.drop_column("generations", "next_batch")
    op.drop_table("generation_tokens")
