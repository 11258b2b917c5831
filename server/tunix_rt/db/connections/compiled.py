"""The cache of compiled statements, which all engines of this process share."""

from __future__ import annotations

from typing import Any

from sqlalchemy.util import LRUCache

STATEMENTS = 1000
"""The number of statements that are kept; SQLAlchemy's caches keep 500 for each engine."""


class CompiledStatements(LRUCache[Any, Any]):
    """Compiled statements by database, so that a statement is compiled once for all engines that read and write it.

    SQLAlchemy's keys begin with the dialect, an object of each engine. All engines of one database, in one version,
    are created with the same options, and their dialects compile the same.
    """

    def get(self, key: Any, default: Any = None, **_: Any) -> Any:
        """Returns the compiled statement of SQLAlchemy's key; ``default`` if there is none."""
        return super().get(shared_key(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(shared_key(key), value)


def shared_key(key: Any) -> Any:
    """Returns SQLAlchemy's key of a statement with the database and its version in place of the engine's dialect."""
    dialect, *statement = key
    return (dialect.name, dialect.server_version_info, *statement)


COMPILED = CompiledStatements(STATEMENTS)
