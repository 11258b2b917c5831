"""Budgets: how many SQL statements an operation costs, and which columns it reads."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Engine, event, insert

from tests.support.api import Ask, Store
from tests.support.ledger import export_row
from tests.support.run_requests import ENDED, append_entries, artifact, entered, line, points, state
from tests.support.traces import CREATE_DATASET, CREATE_SCORE, CREATE_SCORES, DELETE_TRACES, SCORE_TRACES, trace_input
from tunix_rt.db.models import exports
from tunix_rt.db.session import Database
from tunix_rt.domain.exports.lifecycle import EXPORT_HISTORY
from tunix_rt.domain.global_ids import uuid_of

Statements: TypeAlias = Callable[[], AbstractContextManager[list[str]]]
ROWS = 50

PAGES = {
    "a list": ("{ traces(first: SIZE) { nodes { id createdAt promptPreview } } }", 1),
    "a list with edges": ("{ traces(first: SIZE) { edges { cursor node { id } } pageInfo { endCursor } } }", 1),
    "a list and its count": ("{ traces(first: SIZE) { totalCount nodes { id } } }", 2),
    "a count": ("{ traces(first: SIZE) { totalCount } }", 1),
    "whole traces": ("{ traces(first: SIZE) { nodes { prompt finalAnswer steps { index content } meta } } }", 1),
    "latest scores": ("{ traces(first: SIZE) { nodes { id latestScores { scorer score } } } }", 2),
    "scores of each": ("{ traces(first: SIZE) { nodes { id scores(first: 2) { nodes { score } } } } }", 2),
    "scores and their counts": (
        "{ traces(first: SIZE) { nodes { scores(first: 1) { totalCount nodes { id } } } } }",
        3,
    ),
    "counts of scores": ("{ traces(first: SIZE) { nodes { scores { totalCount } } } }", 2),
    "counts of members": ("{ datasets(first: SIZE) { nodes { traces { totalCount } } } }", 2),
    "scores of steps": ("{ traces(first: SIZE) { nodes { steps { content scores { score } } } } }", 2),
    "scores with their traces": ("{ scores(first: SIZE) { nodes { score trace { promptPreview } } } }", 2),
    "there and back": (
        "{ traces(first: SIZE) { nodes { scores(first: 2) { nodes { trace { latestScores { score } } } } } } }",
        4,
    ),
    "by edges as by nodes": (
        "{ traces(first: SIZE) { edges { node { latestScores { score trace { id } } steps { scores { id } } } } } }",
        4,
    ),
    "datasets": (
        "{ datasets(first: SIZE) { nodes { key traceCount stats { avgStepCount } recipe { __typename } } } }",
        1,
    ),
    "datasets and their members": (
        "{ datasets(first: SIZE) { nodes { parent { key } traces(first: 3) { totalCount nodes { id prompt } } } } }",
        4,
    ),
    "datasets of each": ("{ traces(first: SIZE) { nodes { datasets(first: 2) { nodes { key } } } } }", 2),
    "runs": (
        "{ runs(first: SIZE) { nodes { id status statusReason trainingProgress { step } dataset { key } } } }",
        2,
    ),
    "runs and their details": (
        "{ runs(first: SIZE) { nodes { attempts { status } latestMetrics { value } checkpoints { step } } } }",
        4,
    ),
    "runs and their output": (
        """
        {
          runs(first: SIZE) {
            nodes {
              logs(first: 2) { totalCount nodes { text } }
              events(last: 2) { nodes { seq } }
              artifacts { nodes { name } }
            }
          }
        }
        """,
        5,
    ),
    "runs and their curves": ("{ runs(first: SIZE) { nodes { metrics { name steps values kinds } } } }", 3),
    "runs by a metric": (
        """
        {
          runs(
            first: SIZE
            where: {metrics: [{name: "train/loss", last: {ne: 7}}], config: {seed: {ne: 7}}, tags: {hasNone: ["x"]}}
            orderBy: [{field: METRIC, metric: "train/loss"}, {field: LEARNING_RATE}]
          ) {
            totalCount
            nodes { tags notes latestMetrics { value } modelArchiveUrl }
            pageInfo { endCursor }
          }
        }
        """,
        4,
    ),
    "exports": (
        "{ exports(first: SIZE) { nodes { status format fileName options { roundTrip } error { code } } } }",
        1,
    ),
    "exports and what belongs to them": (
        "{ exports(first: SIZE) { nodes { downloadUrl dataset { id } events(last: 1) { totalCount nodes { at } } } } }",
        4,
    ),
    "datasets and their runs": (
        "{ datasets(first: SIZE) { nodes { runs { nodes { status } } evalRuns { totalCount nodes { id } } } } }",
        4,
    ),
    "a filter": (
        """
        {
          traces(first: SIZE, where: {meta: [{path: ["n"], gte: 0}], scores: {some: {score: {gte: 0}}}}) {
            nodes { id latestScores { score } }
          }
        }
        """,
        2,
    ),
}
"""Operations with a page size, and the number of their statements, which does not depend on it."""

READ_AHEAD = {"latest scores", "scores of each", "there and back", "by edges as by nodes", "runs and their output"}
"""Those whose first children PostgreSQL returns with the page's rows, by one statement less."""


@pytest.fixture
def statements() -> Statements:
    """Collects the statements that a test has executed within a block, those that open and close transactions aside.

    Statements of the worker, which runs in another task, are not counted.
    """
    mine: ContextVar[bool] = ContextVar("mine", default=False)

    @contextmanager
    def collecting() -> Iterator[list[str]]:
        found: list[str] = []

        def note(_: Any, __: Any, statement: str, *___: Any) -> None:
            if mine.get() and not statement.startswith(("BEGIN", "COMMIT", "PRAGMA")):
                found.append(statement)

        event.listen(Engine, "before_cursor_execute", note)
        token = mine.set(True)
        try:
            yield found
        finally:
            mine.reset(token)
            event.remove(Engine, "before_cursor_execute", note)

    return collecting


@pytest.fixture
async def filled(ask: Ask, store: Store, database: Database) -> list[dict[str, Any]]:
    """Fifty traces, each with two whole scores and one of a step."""
    traces = await store(*(trace_input(str(number), meta={"n": number}) for number in range(ROWS)))
    parent: dict[str, Any] = {}
    for number in range(ROWS):
        given = {"name": "ds", "version": str(number), "limit": 5} | parent
        parent = {"parentDatasetId": (await ask(CREATE_DATASET, input=given))["createDataset"]["dataset"]["id"]}
    for number in range(ROWS):
        run = await entered(database, number, dataset_id=uuid_of(parent["parentDatasetId"], "Dataset"), **ENDED)
        await append_entries(
            database, run, [state("RUNNING"), line("a"), line("b"), line("c"), *points("train/loss", [1.0, 0.5])]
        )
        await artifact(database, run, "checkpoints/1", kind="CHECKPOINT", step=1)
    await store_exports(database, uuid_of(parent["parentDatasetId"], "Dataset"))
    for _ in range(2):
        await ask(SCORE_TRACES, input={"where": {}})
    for trace in traces:
        await ask(CREATE_SCORE, input={"traceId": trace["id"], "scorer": "ada", "score": 1.0, "stepIndex": 0})
    return traces


async def store_exports(database: Database, dataset_id: uuid.UUID) -> None:
    """Fifty exports of a dataset, each with a file and an event."""
    at = datetime.now(UTC)
    done: dict[str, Any] = {"status": "COMPLETED", "completed_at": at, "expires_at": at + timedelta(1), "path": "p"}
    rows = [export_row(dataset_id=dataset_id, **done) for _ in range(ROWS)]
    async with database.write() as session:
        await session.execute(insert(exports), rows)
        for row in rows:
            await EXPORT_HISTORY.append(session, row["id"], at)


async def test_a_page_of_fifty_costs_the_statements_of_a_page_of_one(
    ask: Ask, filled: Any, statements: Statements, database: Database
):
    costs: dict[str, list[int]] = {}
    for name, (query, _) in PAGES.items():
        for size in (1, ROWS):
            with statements() as executed:
                await ask(query.replace("SIZE", str(size)))
            costs.setdefault(name, []).append(len(executed))

    ahead = READ_AHEAD if database.kind == "postgresql" else set()
    assert costs == {name: [budget - (name in ahead)] * 2 for name, (_, budget) in PAGES.items()}


async def test_look_ups_cost_one_statement_a_level(ask: Ask, filled: list[dict[str, Any]], statements: Statements):
    ids = [trace["id"] for trace in filled]
    for query, variables, budget in (
        ("query ($id: ID!) { trace(id: $id) { prompt } }", {"id": ids[0]}, 1),
        ("query ($id: ID!) { trace(id: $id) { latestScores { id } scores { nodes { id } } } }", {"id": ids[0]}, 3),
        ("query ($id: ID!) { node(id: $id) { id } }", {"id": ids[0]}, 1),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Trace { latestScores { id } } } }", {"ids": ids}, 2),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [ids[0]] * 50}, 1),
        (
            "query ($a: ID!, $b: ID!) { compareTraces(base: $a, other: $b) { difference } }",
            {"a": ids[0], "b": ids[1]},
            1,
        ),
    ):
        with statements() as executed:
            await ask(query, **variables)
        assert len(executed) == budget, (query, executed)


async def test_lists_of_exports_never_open_a_recipe(ask: Ask, filled: Any, statements: Statements):
    with statements() as executed:
        await ask("{ exports { nodes { id uuid status options { roundTrip } downloadUrl dataset { key } sha256 } } }")

    assert executed
    assert [statement for statement in executed if "exports.recipe" in statement] == []


async def test_lists_that_show_no_text_never_open_a_payload(ask: Ask, filled: Any, statements: Statements):
    plain = "id createdAt traceVersion meta source stepCount charCount promptPreview finalAnswerPreview externalId"
    for query in (
        f"{{ traces {{ totalCount nodes {{ {plain} promptHash contentHash }} }} }}",
        f"{{ traces {{ edges {{ node {{ {plain} latestScores {{ score }} scores {{ totalCount }} }} }} }} }}",
        f"{{ scores {{ nodes {{ score trace {{ {plain} }} }} }} }}",
        '{ traces(where: {stepCount: {gt: 1}, meta: [{path: ["n"], eq: 3}]}) { totalCount nodes { id } } }',
        "{ traces(orderBy: [{field: CHAR_COUNT}, {field: SOURCE}]) { nodes { id } } }",
    ):
        with statements() as executed:
            await ask(query)
        assert executed
        assert [statement for statement in executed if "payload" in statement] == [], query
    for query in ("{ traces { nodes { prompt } } }", "{ traces { edges { node { steps { type } } } } }"):
        with statements() as executed:
            await ask(query)
        assert sum("payload" in statement for statement in executed) == 1, query


async def test_lists_of_runs_open_neither_logs_nor_configurations(ask: Ask, filled: Any, statements: Statements):
    heavy = ("stdout", "stderr", "config", "manifest", "run_logs", "run_metrics", "run_states")
    plain = "id uuid status statusReason progress createdAt modelId datasetKey mode method durationSeconds exitCode"
    for query in (
        f"{{ runs {{ totalCount nodes {{ {plain} trainingProgress {{ step }} }} }} }}",
        f"{{ runs(where: {{status: {{eq: COMPLETED}}}}) {{ edges {{ node {{ {plain} dataset {{ key }} }} }} }} }}",
        f"{{ datasets {{ nodes {{ runs {{ nodes {{ {plain} }} }} }} }} }}",
    ):
        with statements() as executed:
            await ask(query)
        assert executed
        assert [(name, found) for found in executed for name in heavy if name in found] == [], query
    for field, column in (("stdout", "stdout"), ("config { seed }", "config"), ("manifest", "manifest")):
        with statements() as executed:
            await ask(f"{{ runs {{ nodes {{ {field} }} }} }}")
        assert [name for name in heavy if name in executed[0]] == [column]


async def test_only_selected_columns_are_read(ask: Ask, filled: Any, statements: Statements):
    with statements() as executed:
        await ask("{ traces { nodes { stepCount } } }")

    (statement,) = executed
    columns = statement.partition(" \nFROM")[0]
    assert "step_count" in columns
    assert not {name for name in ("meta", "prompt", "char_count", "external_id") if name in columns}


async def test_mutations_cost_the_same_statements_for_one_trace_and_for_fifty(ask: Ask, statements: Statements):
    costs: dict[str, list[int]] = {"create": [], "scores": [], "score": [], "delete": []}
    create = (
        "mutation ($input: CreateTracesInput!) { createTraces(input: $input) { traces { id } errors { message } } }"
    )
    for number in (1, ROWS):
        with statements() as executed:
            stored = await ask(create, input={"traces": [trace_input()] * number})
        ids = [trace["id"] for trace in stored["createTraces"]["traces"]]
        costs["create"].append(len(executed))
        given = [{"traceId": trace_id, "stepIndex": 0, "scorer": "a", "score": 1.0} for trace_id in ids]
        with statements() as executed:
            await ask(CREATE_SCORES, input={"scores": given})
        costs["scores"].append(len(executed))
        for name, mutation in (("score", SCORE_TRACES), ("delete", DELETE_TRACES)):
            with statements() as executed:
                await ask(mutation, input={"ids": ids})
            costs[name].append(len(executed))

    assert all(one == many for one, many in costs.values()), costs


async def test_the_columns_of_the_order_are_read_only_for_cursors(ask: Ask, filled: Any, statements: Statements):
    for page, reads in (("edges { node { stepCount } } pageInfo { hasNextPage }", False), ("edges { cursor }", True)):
        with statements() as executed:
            await ask(f"{{ traces(first: 2) {{ {page} }} }}")
        assert ("created_at" in executed[0].partition(" \nFROM")[0]) is reads
