"""Runs are filtered and sorted by their parameters and by the last values of their metrics."""

from __future__ import annotations

import math
import uuid
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.no_worker import settings
from tests.support.run_requests import append_entries, entered, points
from tests.support.traces import CREATE_DATASET, code_of, error_of, on_sqlite, trace_input
from tunix_rt.db.models import tunix_runs
from tunix_rt.db.models.runs import PARAMETERS
from tunix_rt.db.session import Database

__all__ = ["settings"]

LIST = """
query ($where: RunWhere, $orderBy: [RunOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  runs(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    totalCount
    nodes { modelId }
    pageInfo { startCursor endCursor }
  }
}
"""
BY_LOSS = [{"field": "METRIC", "metric": "eval/loss"}]
START = "mutation ($input: StartRunInput!) { startRun(input: $input) { run { uuid } errors { message } } }"
RUNS: dict[str, tuple[dict[str, Any], list[float]]] = {
    "a": ({"learning_rate": 0.1, "lora_rank": 8, "schedule": "COSINE"}, [3.0, 1.0]),
    "b": ({"learning_rate": 0.01, "lora_rank": 4}, [1.0, 2.0]),
    "c": ({"learning_rate": 0.01, "batch_size": 4}, [0.0, math.nan]),
    "d": ({}, []),
    "e": ({"batch_size": 2}, [9.0, 1.0]),
}
"""Each run's parameters and the values of its metric."""


@pytest.fixture
async def stored(database: Database) -> None:
    """The runs, with the name of each as its model."""
    for seconds, (name, (columns, values)) in enumerate(RUNS.items()):
        run = await entered(database, seconds, model_id=name, **columns)
        if values:
            await append_entries(database, run, [*points("eval/loss", values), *points("train/loss", [5.0])])


async def found(ask: Ask, where: dict[str, Any]) -> str:
    """Returns the names of the runs that a filter matches."""
    page = (await ask(LIST, where=where, orderBy=[{"field": "ID"}]))["runs"]
    assert page["totalCount"] == len(page["nodes"])
    return "".join(node["modelId"] for node in page["nodes"])


def loss(**conditions: Any) -> dict[str, Any]:
    """Returns a filter by the last evaluation loss."""
    return {"metrics": [{"name": "eval/loss", "last": conditions}]}


@pytest.mark.usefixtures("stored")
async def test_filters(ask: Ask):
    assert await found(ask, {"config": {"learningRate": {"lt": 0.1}}}) == "bc"
    assert await found(ask, {"config": {"learningRate": {"eq": 0.01}, "lora": {"rank": {"gte": 1}}}}) == "b"
    assert await found(ask, {"not": {"config": {"learningRate": {"eq": 0.01}}}}) == "ade"
    assert await found(ask, {"config": {"schedule": {"eq": "COSINE"}}}) == "a"
    assert await found(ask, {"config": {"schedule": {"isNull": True}, "batchSize": {"in": [2, 4]}}}) == "ce"
    assert await found(ask, {"config": {}}) == "abcde"
    assert await found(ask, loss(lte=1.0)) == "ae"
    assert await found(ask, loss(ne=1.0)) == "bcd"
    assert await found(ask, {"not": loss(lte=1.0)}) == "bcd"
    assert await found(ask, loss(isNull=True)) == "cd"
    assert await found(ask, loss(**{"in": [2.0]})) == "b"
    assert await found(ask, loss()) == "abcde"
    both = [{"name": "train/loss", "last": {"eq": 5.0}}, {"name": "eval/loss", "last": {"isNull": False}}]
    assert await found(ask, {"metrics": both}) == "abe"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([{"field": "METRIC", "metric": "eval/loss"}], "aebcd"),
        ([{"field": "METRIC", "metric": "eval/loss", "direction": "DESC"}], "beadc"),
        ([{"field": "METRIC", "metric": "eval/loss"}, {"field": "CREATED_AT", "direction": "DESC"}], "eabdc"),
        ([{"field": "LEARNING_RATE"}, {"field": "LORA_RANK"}], "bcade"),
        ([{"field": "BATCH_SIZE", "direction": "DESC"}], "cedba"),
    ],
)
async def test_pages_of_each_order_are_those_of_the_whole_list(ask: Ask, order: list[Any], expected: str):
    whole = (await ask(LIST, orderBy=order))["runs"]["nodes"]
    assert "".join(node["modelId"] for node in whole) == expected

    for size, cursor, end in (("first", "after", "endCursor"), ("last", "before", "startCursor")):
        walked, place = "", None
        while len(walked) < len(expected):
            page = (await ask(LIST, orderBy=order, **{size: 2, cursor: place}))["runs"]
            names = "".join(node["modelId"] for node in page["nodes"])
            walked = walked + names if size == "first" else names + walked
            place = page["pageInfo"][end]
        assert walked == expected


@pytest.mark.usefixtures("stored")
async def test_an_order_by_a_metric_of_no_run_is_refused_with_those_that_there_are(
    ask: Ask, graphql: Execute, store: Store, database: Database
):
    await store(trace_input())
    await ask(CREATE_DATASET, input={"name": "d", "version": "1"})
    run = await entered(database, 9, model_id="f")
    await append_entries(database, run, points("train/grad_norm", [1.0]))
    similar, unlike = ([{"field": "ID"}, {"field": "METRIC", "metric": name}] for name in ("eval/los", "f1"))
    nested = 'query ($by: [RunOrder!]) { dataset(id: "d-1") { runs(orderBy: $by) { totalCount } } }'
    advice = "No run has the metric 'f1'. Metrics of runs are 'eval/loss', 'train/grad_norm', 'train/loss'."

    errors = [
        error_of(await graphql(LIST, {"orderBy": similar})),
        error_of(await graphql(LIST, {"orderBy": unlike, "last": 2})),
        error_of(await graphql(nested, {"by": unlike})),
    ]

    assert [error["message"] for error in errors] == [
        "No run has the metric 'eval/los'. Did you mean 'eval/loss'?",
        advice,
        advice,
    ]
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert errors[0]["extensions"]["argumentPath"] == ["orderBy", "1", "metric"]
    by_perplexity = [{"field": "METRIC", "metric": "eval/perplexity"}]
    assert len((await ask(LIST, orderBy=by_perplexity))["runs"]["nodes"]) == len(RUNS) + 1, "a training may have it"
    (unmeasured,) = (await ask(LIST, where={"modelId": {"eq": "d"}}, orderBy=BY_LOSS))["runs"]["nodes"]
    assert unmeasured == {"modelId": "d"}, "another run has the metric"


@on_sqlite
async def test_malformed_orders_are_refused(ask: Ask, graphql: Execute, database: Database):
    await entered(database)
    for order in (
        {"field": "METRIC"},
        {"field": "CREATED_AT", "metric": "eval/loss"},
        {"field": "METRIC", "metric": ""},
        {"field": "METRIC", "metric": "a\0"},
    ):
        assert code_of(await graphql(LIST, {"orderBy": [order]})) == "BAD_USER_INPUT"
    by_other = [{"field": "METRIC", "metric": "other"}]
    cursor = (await ask(LIST, orderBy=BY_LOSS))["runs"]["pageInfo"]["endCursor"]
    assert code_of(await graphql(LIST, {"orderBy": by_other, "after": cursor})) == "BAD_CURSOR"
    assert code_of(await graphql(LIST, {"where": loss(eq=None)})) == "BAD_USER_INPUT"


async def test_a_started_run_has_its_parameters_in_columns(ask: Ask, store: Store, database: Database):
    await store(trace_input())
    await ask(CREATE_DATASET, input={"name": "d", "version": "1"})
    given = {"learningRate": 0.5, "numEpochs": 2, "seed": 7, "schedule": "LINEAR", "weightDecay": 0.25}
    request = {"datasetId": "d-1", "modelId": "m", "method": "LORA", "lora": {"rank": 16}, **given}

    payload = (await ask(START, input=request))["startRun"]
    assert payload["errors"] == []

    query = select(*(tunix_runs.c[name] for name in PARAMETERS))
    async with database.read() as session:
        row = (await session.execute(query.where(tunix_runs.c.id == uuid.UUID(payload["run"]["uuid"])))).one()
    assert (row.learning_rate, row.num_epochs, row.seed, row.schedule) == (0.5, 2, 7, "LINEAR")
    assert (row.weight_decay, row.lora_rank, row.lora_alpha, row.max_steps) == (0.25, 16, None, None)
    assert (row.batch_size, row.max_seq_length) == (8, 2048)
