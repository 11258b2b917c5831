"""Lets a trace have a reference answer, which stands behind the payload, since lists do not read it."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    text = sa.Text(collation="C") if op.get_bind().dialect.name == "postgresql" else sa.Text()
    op.add_column("traces", sa.Column("reference_answer", text))


def downgrade() -> None:
    op.drop_column("traces", "reference_answer")
