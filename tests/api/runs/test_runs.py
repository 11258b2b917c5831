"""The registry of runs through the API: lists, filters, orders, one run whole, runs side by side."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.no_worker import settings
from tests.support.run_requests import ENDED, at, entered, uuids
from tests.support.traces import code_of, on_sqlite
from tunix_rt.db.session import Database

__all__ = ["settings"]


LIST = """
query ($where: RunWhere, $orderBy: [RunOrder!], $first: Int, $after: String) {
  runs(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    nodes { uuid status }
    pageInfo { hasNextPage endCursor }
  }
}
"""


async def test_there_are_no_runs(ask: Ask):
    assert (await ask(LIST))["runs"] == {
        "totalCount": 0,
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


async def test_runs_are_listed_newest_first(ask: Ask, database: Database):
    runs = [await entered(database, seconds) for seconds in range(3)]

    found = (await ask(LIST))["runs"]

    assert uuids(found) == [str(run["id"]) for run in reversed(runs)]
    assert found["totalCount"] == 3


async def test_five_runs_by_twos(ask: Ask, database: Database):
    runs = [await entered(database, 0) for _ in range(5)]
    walked: list[str] = []
    sizes: list[int] = []
    after: str | None = None
    while after is not None or not sizes:
        page = (await ask(LIST, first=2, after=after))["runs"]
        walked += uuids(page)
        sizes.append(len(page["nodes"]))
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
        await entered(database, 100)

    assert walked == sorted((str(run["id"]) for run in runs), reverse=True)
    assert sizes == [2, 2, 1]


@pytest.mark.parametrize(
    ("where", "places"),
    [
        ({}, [0, 1, 2, 3]),
        ({"status": {"eq": "FAILED"}}, [1]),
        ({"status": {"in": ["FAILED", "RUNNING"]}}, [1, 2]),
        ({"status": {"ne": "COMPLETED"}}, [1, 2, 3]),
        ({"status": {"notIn": ["FAILED", "RUNNING"]}}, [0, 3]),
        ({"completedAt": {"isNull": True}}, [2, 3]),
        ({"datasetKey": {"eq": "b"}}, [1, 3]),
        ({"datasetKey": {"eq": ""}}, []),
        ({"datasetKey": {"eq": "unknown"}}, []),
        ({"mode": {"eq": "TRAIN"}}, [2, 3]),
        ({"method": {"eq": "LORA"}}, [3]),
        ({"modelId": {"startsWith": "tiny"}}, [0, 1, 2]),
        ({"outputName": {"isNull": False}}, [3]),
        ({"exitCode": {"lt": 0}}, [1]),
        ({"durationSeconds": {"gte": 2}}, [0]),
        ({"createdAt": {"gte": "2026-01-01T00:00:02Z"}}, [2, 3]),
        ({"datasetId": {"isNull": True}, "attempt": {"gte": 1}}, [0, 1, 2]),
        ({"status": {"eq": "FAILED"}, "datasetKey": {"eq": "a"}}, []),
        ({"or": [{"status": {"eq": "RUNNING"}}, {"not": {"datasetKey": {"eq": "b"}}}]}, [0, 2]),
    ],
)
async def test_runs_are_filtered(ask: Ask, database: Database, where: dict[str, Any], places: list[int]):
    runs = [
        await entered(database, 0, **ENDED, dataset_key="a", duration_seconds=2.5),
        await entered(database, 1, status="FAILED", attempt=1, dataset_key="b", exit_code=-9),
        await entered(database, 2, status="RUNNING", attempt=1, dataset_key="c", mode="TRAIN"),
        await entered(database, 3, dataset_key="b", mode="TRAIN", method="LORA", model_id="m", output_name="mine"),
    ]

    found = (await ask(LIST, where=where, orderBy=[{"field": "CREATED_AT"}]))["runs"]

    assert uuids(found) == [str(runs[place]["id"]) for place in places]
    assert found["totalCount"] == len(places)


@pytest.mark.parametrize(
    "field", ["STARTED_AT", "COMPLETED_AT", "STATUS", "DATASET_KEY", "MODEL_ID", "DURATION_SECONDS"]
)
async def test_runs_are_ordered_with_nulls_last(ask: Ask, database: Database, field: str):
    columns: list[dict[str, Any]] = [
        {"status": "CANCELLED", "dataset_key": "a", "model_id": "a", "duration_seconds": 1.0, "started_at": at(1)},
        {"status": "FAILED", "dataset_key": "b", "model_id": "b", "duration_seconds": 2.0, "started_at": at(2)},
        {"status": "PENDING", "dataset_key": "c", "model_id": "c"},
    ]
    runs = [await entered(database, seconds, **given) for seconds, given in enumerate(columns)]
    nullable = field in {"STARTED_AT", "COMPLETED_AT", "DURATION_SECONDS"}

    up = (await ask(LIST, orderBy=[{"field": field}]))["runs"]
    down = (await ask(LIST, orderBy=[{"field": field, "direction": "DESC"}]))["runs"]

    names = [str(run["id"]) for run in runs]
    assert uuids(up) == names
    assert uuids(down) == [names[1], names[0], names[2]] if nullable else names[::-1]


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"first": 501}, "BAD_USER_INPUT"),
        ({"first": -1}, "BAD_USER_INPUT"),
        ({"after": "nonsense"}, "BAD_CURSOR"),
        ({"where": {"id": {"eq": "nonsense"}}}, "BAD_ID"),
        ({"where": {"status": {"eq": None}}}, "BAD_USER_INPUT"),
        ({"where": {"status": {"eq": "DONE"}}}, "BAD_USER_INPUT"),
    ],
)
@on_sqlite
async def test_bad_arguments_are_coded(graphql: Execute, variables: dict[str, Any], code: str):
    assert code_of(await graphql(LIST, variables)) == code
