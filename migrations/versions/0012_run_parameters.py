"""Derives columns from the parameters of runs, so that lists can be filtered and sorted by them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

REAL, WHOLE = ("double precision", sa.Double), ("integer", sa.Integer)
PARAMETERS = {
    "learning_rate": REAL,
    "num_epochs": WHOLE,
    "batch_size": WHOLE,
    "max_seq_length": WHOLE,
    "max_steps": WHOLE,
    "seed": WHOLE,
    "gradient_accumulation_steps": WHOLE,
    "warmup_steps": WHOLE,
    "schedule": None,
    "weight_decay": REAL,
    "max_grad_norm": REAL,
    "lora_rank": WHOLE,
    "lora_alpha": REAL,
}


def upgrade() -> None:
    for name, kind in PARAMETERS.items():
        op.add_column("tunix_runs", sa.Column(name, kind[1] if kind else words()))
    values = ", ".join(f"{name} = {stored(name, kind[0] if kind else None)}" for name, kind in PARAMETERS.items())
    op.execute(f"UPDATE tunix_runs SET {values} WHERE config IS NOT NULL")


def downgrade() -> None:
    for name in reversed(PARAMETERS):
        op.drop_column("tunix_runs", name)


def stored(name: str, kind: str | None) -> str:
    """The value in the stored parameters, as SQL; null where the trainer chooses."""
    outer, _, inner = name.rpartition("_") if name.startswith("lora_") else ("training", "", name)
    if op.get_bind().dialect.name == "sqlite":
        return f"json_extract(config, '$.{outer}.{inner}')"
    text = f"(config #>> '{{{outer},{inner}}}')"
    return text if kind is None else f"{text}::{kind}"


def words() -> sa.types.TypeEngine[str]:
    """Text in code-point order."""
    return sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
