"""The tables' shared MetaData, which names all constraints, what tables share, and the schema's own compatibility."""

from enum import Enum

from sqlalchemy import CheckConstraint, Column, MetaData, Table

from tunix_rt.db.columns import code_point_text

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
schema_compatibility = Table(
    "schema_compatibility",
    METADATA,
    Column(
        "oldest_revision",
        code_point_text(),
        primary_key=True,
        comment="Programs that need this revision or a later one work with the schema. There is one row.",
    ),
)


def one_of(column: str, values: type[Enum]) -> CheckConstraint:
    """Returns the CHECK constraint that a column holds one of an enum's values."""
    listed = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)
