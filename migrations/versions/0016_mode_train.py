"""Renames the mode LOCAL to TRAIN: where a run trains is its engine."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

CHECK = "mode IN ('DRY_RUN', '{mode}')"
JSON_SPELLINGS = ('"mode":"{mode}"', '"mode": "{mode}"')
"""The mode in the stored parameters, as the serializers of this project and of Python write it."""
VIEW_SPELLINGS = ("%22mode%22%3A%7B%22eq%22%3A%22{mode}%22", '"mode":{{"eq":"{mode}"')
"""The condition in the query string of a saved view, percent-encoded and not."""


def upgrade() -> None:
    rename("LOCAL", "TRAIN")


def downgrade() -> None:
    rename("TRAIN", "LOCAL")


def rename(old: str, new: str) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        replace_in_schema(CHECK.format(mode=old), CHECK.format(mode=new))
    else:
        op.drop_constraint(op.f("ck_tunix_runs_mode"), "tunix_runs", type_="check")
    config = replaced("config" if sqlite else "config::text", JSON_SPELLINGS, old, new)
    op.execute(f"UPDATE tunix_runs SET mode = '{new}' WHERE mode = '{old}'")
    op.execute(f"UPDATE tunix_runs SET config = {config if sqlite else f'({config})::json'} WHERE config IS NOT NULL")
    op.execute(f"UPDATE saved_views SET search = {replaced('search', VIEW_SPELLINGS, old, new)} WHERE page = 'RUNS'")
    if not sqlite:
        op.create_check_constraint(op.f("ck_tunix_runs_mode"), "tunix_runs", CHECK.format(mode=new))


def replaced(value: str, spellings: tuple[str, ...], old: str, new: str) -> str:
    """Returns the SQL of a text in which each spelling of the old mode is one of the new."""
    for spelling in spellings:
        before, after = (spelling.format(mode=mode).replace(":", r"\:") for mode in (old, new))
        value = f"replace({value}, '{before}', '{after}')"
    return value


def replace_in_schema(old: str, new: str) -> None:
    """Rewrites the constraint in SQLite's schema, which its manual allows for changes of constraints.

    Copying the table with its indexes would be slower. The caller updates the rows right after it.
    """
    connection = op.get_bind()
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    connection.execute(sa.text("PRAGMA writable_schema = ON"))
    changed = connection.execute(
        sa.text(
            "UPDATE sqlite_schema SET sql = replace(sql, :old, :new) "
            "WHERE type = 'table' AND name = 'tunix_runs' AND instr(sql, :old) > 0"
        ),
        {"old": f"({old})", "new": f"({new})"},
    )
    if changed.rowcount != 1:
        raise RuntimeError(f"the table tunix_runs does not have the constraint {old!r}")
    connection.execute(sa.text(f"PRAGMA schema_version = {version + 1}"))
    connection.execute(sa.text("PRAGMA writable_schema = RESET"))
