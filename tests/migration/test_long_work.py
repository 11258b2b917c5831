"""Datasets, exports and runs through the migrations: what a revision has a table for, it keeps."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, inspect, select

from tests.migration.conftest import Work
from tests.support.factories import START, trace_row
from tests.support.ledger import export_row, run_row
from tunix_rt.db.migrate import downgrade, upgrade
from tunix_rt.db.models import (
    dataset_traces,
    datasets,
    export_events,
    exports,
    run_artifacts,
    run_logs,
    run_metrics,
    run_states,
    traces,
    tunix_runs,
)
from tunix_rt.domain.jobs.ledger import completed_job, new_job

TRACE = trace_row()
DATASET = uuid.UUID(int=1)
EXPORT = export_row(dataset_id=DATASET)
RUN = run_row(dataset_id=DATASET)
ENTRY = {"run_id": RUN["id"], "at": START, "attempt": 1}
ROWS: dict[Table, list[dict[str, Any]]] = {
    traces: [TRACE],
    datasets: [
        {
            "id": DATASET,
            "key": "d-1",
            "name": "d",
            "version": "1",
            "build_id": uuid.UUID(int=2),
            "trace_count": 1,
            "sha256": "0" * 64,
            "recipe": {"type": "drawing"},
            "stats": {"trace_count": 1},
            **completed_job(START),
        }
    ],
    dataset_traces: [
        {
            "dataset_id": DATASET,
            "position": 0,
            "trace_id": TRACE["id"],
            "content_hash": b"\x01" * 32,
            "prompt_hash": b"\xff" * 32,
        }
    ],
    exports: [EXPORT],
    export_events: [
        {
            "export_id": EXPORT["id"],
            "seq": 1,
            "at": START,
            "status": "PENDING",
            "attempt": 0,
            "progress": 0.0,
            "row_count": 0,
            "byte_size": 2**40,
            "message": "é",
        }
    ],
    tunix_runs: [RUN],
    run_states: [ENTRY | {"seq": 1, "status": "RUNNING", "progress": 0.5, "step": 3}],
    run_logs: [ENTRY | {"seq": 2, "stream": "STDOUT", "text": "printed\n"}],
    run_metrics: [
        ENTRY | {"seq": 3, "name": "loss", "step": 1, "value": 0.1, "value_kind": "FINITE"},
        ENTRY | {"seq": 4, "name": "loss", "step": 2, "value": None, "value_kind": "NAN"},
    ],
    run_artifacts: [
        {
            "id": uuid.UUID(int=3),
            "run_id": RUN["id"],
            "name": "model.safetensors",
            "kind": "WEIGHTS",
            "byte_size": 2**40,
            "created_at": START,
        }
    ],
}
FIRST = {"0004": [traces], "0005": [datasets, dataset_traces], "0006": [exports, export_events]}
"""The tables that each revision is the first to have; the rest came with 0007."""


def store(connection: Connection) -> None:
    """Stores a row of each."""
    for table, rows in ROWS.items():
        for row in rows:
            connection.execute(insert(table).values(**row))


def stored(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table that there is, with the columns that it has."""
    seen = inspect(connection)
    rows = {}
    for table in [table for table in ROWS if table.name in seen.get_table_names()]:
        columns = [table.c[column["name"]] for column in seen.get_columns(table.name) if column["name"] in table.c]
        query = select(*columns).order_by(*table.primary_key)
        rows[table.name] = [dict(row._mapping) for row in connection.execute(query)]
    return rows


def known(before: list[dict[str, Any]], now: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they were before, with the columns that there are now."""
    return [{name: row[name] for name in found} for row, found in zip(before, now, strict=True)]


@pytest.mark.parametrize("revision", FIRST)
def test_a_revision_keeps_what_it_has_a_table_for(database_url: str, revision: str, on: Work):
    kept = {table.name for first, tables in FIRST.items() if first <= revision for table in tables}
    on(database_url, store)
    before = on(database_url, stored)
    assert all(before.values())

    downgrade(database_url, revision)
    now = on(database_url, stored)
    assert now == {name: known(before[name], now[name]) for name in kept}

    upgrade(database_url)
    assert on(database_url, stored) == {name: rows if name in kept else [] for name, rows in before.items()}


def test_unfinished_datasets_go_with_the_ledger(database_url: str, on: Work):
    (built,) = ROWS[datasets]
    unfinished = built | new_job(START) | {"id": uuid.UUID(int=9), "key": "d-2", "version": "2", "sha256": None}
    (member,) = ROWS[dataset_traces]

    def store_both(connection: Connection) -> None:
        store(connection)
        connection.execute(insert(datasets).values(**unfinished | {"stats": None, "trace_count": 0}))
        connection.execute(insert(dataset_traces).values(**member | {"dataset_id": unfinished["id"]}))

    on(database_url, store_both)

    downgrade(database_url, "0009")
    upgrade(database_url)

    found = on(database_url, stored)
    assert [row["key"] for row in found["datasets"]] == ["d-1"]
    assert [row["dataset_id"] for row in found["dataset_traces"]] == [DATASET]
