"""The step that adds signatures keeps protected sets both ways; those of an older version have hashes alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from tests.migration.conftest import Work
from tunix_rt.db.identity import new_id, now
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import protected_prompts, protected_sets


def store(connection: Connection) -> None:
    """Stores a protected set of a prompt with a signature."""
    row = {"id": new_id(), "name": "set", "prompt_count": 1, "signature_count": 1, "created_at": now()}
    connection.execute(insert(protected_sets).values(**row))
    prompt = {"set_id": row["id"], "prompt_hash": b"h" * 32, "signature": b"s" * 63}
    connection.execute(insert(protected_prompts).values(**prompt))


def facts(connection: Connection) -> list[Any]:
    """Returns the facts of all protected prompts."""
    sets, prompts = protected_sets.c, protected_prompts.c
    query = select(sets.name, sets.signature_count, prompts.prompt_hash, prompts.signature)
    return [tuple(row) for row in connection.execute(query.join(protected_prompts, prompts.set_id == sets.id))]


def test_protected_sets_are_kept_both_ways(database_url: str, on: Work):
    on(database_url, store)
    assert on(database_url, facts) == [("set", 1, b"h" * 32, b"s" * 63)]

    downgrade(database_url, "0031")
    upgrade(database_url)

    assert on(database_url, facts) == [("set", 0, b"h" * 32, None)]
