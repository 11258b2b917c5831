"""The step that lets origins lack what external runs do not report keeps the others both ways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.migration.conftest import Work
from tests.support.factories import origin_draft, trace, trace_row
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import trace_origins, traces

UNKNOWN = ("prompt_position", "sample_index", "temperature", "top_p", "max_new_tokens", "finish_reason", "token_count")


def store(connection: Connection) -> None:
    """Stores a trace of which everything is known, and one for each column that is not."""
    for place, name in enumerate((None, *UNKNOWN)):
        row = trace_row(trace(f"prompt {place}"), seconds=place)
        connection.execute(insert(traces).values(**row))
        origin = origin_draft(model_id=name or "all").row(row["id"])
        connection.execute(insert(trace_origins).values(**origin | ({} if name is None else {name: None})))


def facts(connection: Connection) -> list[Any]:
    """Returns the facts of all origins."""
    columns = trace_origins.c
    query = select(columns.model_id, columns.temperature, columns.finish_reason, columns.token_count, columns.raw_text)
    return [tuple(row) for row in connection.execute(query.order_by(columns.trace_id))]


def forget(name: str) -> Callable[[Connection], Any]:
    """Returns a function that makes a column null."""
    return lambda connection: connection.execute(text(f"UPDATE trace_origins SET {name} = NULL"))


def test_origins_are_kept_both_ways(database_url: str, on: Work):
    on(database_url, store)
    assert [fact[0] for fact in on(database_url, facts)] == ["all", *UNKNOWN]

    downgrade(database_url, "0033")
    assert on(database_url, facts) == [("all", 0.5, "STOP", 4, "4")]
    for name in UNKNOWN:
        with pytest.raises(IntegrityError):
            on(database_url, forget(name))

    upgrade(database_url)
    assert on(database_url, facts) == [("all", 0.5, "STOP", 4, "4")]
    for name in UNKNOWN:
        on(database_url, forget(name))
