"""The step that separates the idempotency keys of clients keeps those that are stored, for all clients."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from tests.migration.conftest import Work
from tunix_rt.db.identity import now
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import idempotency_keys


def store(connection: Connection) -> None:
    """Stores keys of two clients, of which one text is equal."""
    for client, key in (("key:ada", "same"), ("key:bob", "same"), ("key:bob", "other")):
        row = {"client": client, "key": key, "operation": client, "request_hash": "h", "result_ids": ["i"]}
        connection.execute(insert(idempotency_keys).values(**row, created_at=now()))


def facts(connection: Connection) -> list[Any]:
    """Returns the facts of all keys."""
    found = idempotency_keys.c
    query = select(found.client, found.key, found.operation, found.result_ids).order_by(found.client, found.key)
    return [tuple(row) for row in connection.execute(query)]


def test_keys_are_kept_both_ways(database_url: str, on: Work):
    on(database_url, store)

    downgrade(database_url, "0037")
    upgrade(database_url)

    assert on(database_url, facts) == [("*", "other", "key:bob", ["i"]), ("*", "same", "key:ada", ["i"])]
