"""A name that no object has is answered with similar ones, for bounded work, to clients that may read them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.benchmarks.explain import plan_of
from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.ingest import ingest
from tests.support.keys import new_key
from tests.support.ledger import enter, run_row
from tests.support.run_requests import ENDED, entered
from tests.support.traces import CREATE_DATASET, native_trace, trace_input
from tunix_rt.api.naming import suggest_names
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.grant import WITHOUT_KEY, Grant
from tunix_rt.domain.keys.scopes import KeyScope, with_included
from tunix_rt.domain.names.unknown import ADJACENT, NAMES, NEWEST, UnknownName, add_suggestions, nearby
from tunix_rt.domain.runs.artifacts import named_run

CREATE = """
mutation {
  createRubric(input: { name: "helpful", criteria: [{ scorer: "ada", label: "Good", scale: { min: 0, max: 1 } }] }) {
    errors { message }
  }
  createProtectedSet(input: { name: "held-out", hashes: ["%s"] }) { errors { message } }
  createEvaluation(input: { name: "final", datasetId: "maths-1", scorer: "baseline", candidates: [
    { name: "all", where: {} }
  ] }) { errors { message } }
}
""" % ("0" * 64)
PLACES = {
    "dataset": (
        'mutation { found: startExport(input: { datasetId: "mahts-1" }) { errors { message } } }',
        "There is no dataset 'mahts-1'. Did you mean 'maths-1'?",
    ),
    "overlap": (
        '{ found: datasetOverlap(a: "maths-1", b: "math-1") { sharedPrompts } }',
        "There is no dataset 'math-1'. Did you mean 'maths-1'?",
    ),
    "run": (
        'mutation { found: cancelRun(input: { id: "frist" }) { errors { message } } }',
        "There is no run 'frist'. Did you mean 'first'?",
    ),
    "model": (
        """mutation {
          found: startGeneration(input: { modelId: "run:First", datasetId: "maths-1" }) { errors { message } }
        }""",
        "There is no run 'First'. Did you mean 'first'?",
    ),
    "base model": (
        'mutation { found: startRun(input: { datasetId: "maths-1", modelId: "run:firs" }) { errors { message } } }',
        "There is no run 'firs'. Did you mean 'first'?",
    ),
    "evaluation": (
        'mutation { found: cancelEvaluation(input: { id: "finale" }) { errors { message } } }',
        "There is no evaluation 'finale'. Did you mean 'final'?",
    ),
    "rubric": (
        'mutation { found: deleteRubric(input: { id: "helpfull" }) { errors { message } } }',
        "There is no rubric 'helpfull'. Did you mean 'helpful'?",
    ),
    "protected set": (
        'mutation { found: deleteProtectedSet(input: { id: "heldout" }) { errors { message } } }',
        "There is no protected set 'heldout'. Did you mean 'held-out'?",
    ),
    "nothing similar": (
        'mutation { found: cancelRun(input: { id: "zzz" }) { errors { message } } }',
        "There is no run 'zzz'.",
    ),
}


@pytest.fixture
async def named(ask: Ask, store: Store, database: Database) -> None:
    """An object with a name of each kind."""
    await store(trace_input())
    await ask(CREATE_DATASET, input={"name": "maths", "version": "1"})
    await entered(database, 0, output_name="first", **ENDED)
    await ask(CREATE)


def messages_of(body: dict[str, Any]) -> list[str]:
    """Returns the messages of an answer's errors, wherever they are."""
    found: dict[str, Any] = body.get("data") or {}
    return [error["message"] for error in [*body.get("errors", ()), *(found.get("found") or {}).get("errors", ())]]


@pytest.mark.usefixtures("named")
async def test_a_misspelt_name_is_answered_with_the_similar_one(graphql: Execute):
    answers = {place: messages_of(await graphql(query)) for place, (query, _) in PLACES.items()}

    assert answers == {place: [message] for place, (_, message) in PLACES.items()}


@pytest.mark.usefixtures("named")
async def test_routes_answer_like_the_api(app_client: httpx.AsyncClient, ask: Ask):
    streamed = (await app_client.get("/v1/datasets/mathss-1/export.jsonl")).json()
    rollout = native_trace("p", produced_by={"run": "fist", "raw_text": "r"})
    imported = await ingest(app_client, [rollout])

    assert streamed["errors"][0]["message"] == "There is no dataset 'mathss-1'. Did you mean 'maths-1'?"
    assert imported["errors"][0]["message"] == "There is no run 'fist': register it first. Did you mean 'first'?"


async def message_for(database: Database, grant: Grant | None, noun: str, name: str) -> str:
    """Returns the message about an unknown name to a client with some permissions."""
    error = UnknownName(noun, name)
    await suggest_names(database, grant, error)
    return error.message


async def test_names_are_suggested_to_those_who_may_read_them(database: Database):
    """The token of an attempt is no permission to read; names of keys are for administrators."""
    await entered(database, 0, output_name="first", **ENDED)
    await new_key(database, "notebook")
    reader = Grant(with_included([KeyScope.READ]))

    for grant in (None, Grant(frozenset())):
        assert await message_for(database, grant, "run", "fist") == "There is no run 'fist'."
    assert "'first'" in await message_for(database, reader, "run", "fist")
    assert await message_for(database, reader, "key", "notebok") == "There is no key 'notebok'."
    assert "'notebook'" in await message_for(database, WITHOUT_KEY, "key", "notebok")


async def test_the_model_of_an_attempt_is_looked_up_without_suggestions(database: Database):
    await entered(database, 0, output_name="first", **ENDED)

    with pytest.raises(UnknownName) as raised:
        async with database.read() as session:
            await named_run(session, "run:fist", ["model_id"])

    assert raised.value.message == "There is no run 'fist'."


async def test_adjacent_and_newest_names_are_compared_once(database: Database):
    old = [run_row(output_name=f"sum-{number:05}") for number in range(NEWEST + 2 * ADJACENT)]
    new = [run_row(output_name=f"z{number}") for number in range(NEWEST)]
    await enter(database, [], old)
    await enter(database, [], new)

    async with database.read() as session:
        near, first_letter, newest = (UnknownName("run", name) for name in ("sum-001500", "tum-00010", "x77"))
        for error in (near, first_letter, newest, near):
            await add_suggestions(session, error)

    assert "'sum-00150'" in near.message
    assert near.message.count("Did you mean") == 1
    assert "sum-00010" not in first_letter.message  # neither near it in the alphabet nor new
    assert "'z77'" in newest.message


@pytest.mark.parametrize("noun", NAMES)
async def test_indexes_serve_the_names(database: Database, noun: str):
    async with database.write() as session:
        if database.kind == "postgresql":
            await session.execute(text("SET LOCAL enable_seqscan = off"))
            await session.execute(text("SET LOCAL enable_sort = off"))
        plans = ["\n".join(await plan_of(session, query)) for query in nearby(NAMES[noun], "name")]

    assert len(plans) == 3
    for plan in plans:
        assert "INDEX" in plan.upper()
        assert "SORT" not in plan.upper()
        assert "TEMP B-TREE" not in plan


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 1000])
async def test_any_text_may_be_unknown(database: Database, name: str):
    await entered(database, 0, output_name="x" * 60, **ENDED)
    error = UnknownName("run", name)

    async with database.read() as session:
        await add_suggestions(session, error)

    assert "Did you mean" not in error.message
