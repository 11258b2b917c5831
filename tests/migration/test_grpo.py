"""The step that accepts the method GRPO keeps other runs both ways; an older version cannot represent runs of GRPO."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import IntegrityError

from tests.migration.conftest import Work
from tests.support.ledger import run_row
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import tunix_runs


def store(connection: Connection) -> None:
    """Stores a run of each method."""
    for method in ("SFT", "LORA", "DPO", "GRPO"):
        connection.execute(insert(tunix_runs).values(**run_row(method=method)))


def methods(connection: Connection) -> list[str]:
    """Returns the methods of all runs."""
    return sorted(connection.scalars(select(tunix_runs.c.method)))


def test_other_runs_are_kept_both_ways(database_url: str, on: Work):
    on(database_url, store)

    downgrade(database_url, "0026")
    assert on(database_url, methods) == ["DPO", "LORA", "SFT"]
    with pytest.raises(IntegrityError, match="method"):
        on(database_url, lambda connection: connection.execute(text("UPDATE tunix_runs SET method = 'GRPO'")))

    upgrade(database_url)
    assert on(database_url, methods) == ["DPO", "LORA", "SFT"]
    on(database_url, lambda connection: connection.execute(text("UPDATE tunix_runs SET method = 'GRPO'")))
    assert on(database_url, methods) == ["GRPO", "GRPO", "GRPO"]
