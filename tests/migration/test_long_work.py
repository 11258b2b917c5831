"""Datasets, exports and runs through the migrations: what a revision has a table for, it keeps."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, inspect, select

from tests.factories import START, trace_row
from tests.jobs.ledger import export_row, run_row
from tests.migration.conftest import Work
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
            "created_at": START,
            "recipe": {"type": "drawing"},
            "stats": {"trace_count": 1},
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
    run_logs: [ENTRY | {"seq": 2, "stream": "STDOUT", "text": "said\n"}],
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


def stored(connection: Connection) -> dict[str, list[Any]]:
    """The rows of every table that there is."""
    there = set(inspect(connection).get_table_names())
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in ROWS
        if table.name in there
    }


@pytest.mark.parametrize("revision", FIRST)
def test_a_revision_keeps_what_it_has_a_table_for(database_url: str, revision: str, on: Work):
    kept = {table.name for first, tables in FIRST.items() if first <= revision for table in tables}
    on(database_url, store)
    before = on(database_url, stored)
    assert all(before.values())

    downgrade(database_url, revision)
    assert on(database_url, stored) == {name: before[name] for name in kept}

    upgrade(database_url)
    assert on(database_url, stored) == {name: rows if name in kept else [] for name, rows in before.items()}
