"""deleteScores: takes back scores by people, all or none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.support.api import Ask, Store, client_of
from tests.support.keys import bearer, new_key
from tests.support.traces import (
    COUNT_SCORES,
    CREATE_DATASET,
    CREATE_SCORES,
    CREATE_TRACE,
    SCORE_TRACES,
    UNKNOWN_UUID,
    data_of,
    error_of,
    on_sqlite,
    trace_input,
    user_error_of,
)
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings

DELETE_SCORES = """
mutation ($input: DeleteScoresInput!) {
  deleteScores(input: $input) { deletedCount matchedCount missingUuids errors { code message path } }
}
"""
LATEST = "{ traces(orderBy: [{ field: ID }]) { nodes { latestScores { scorer score } } } }"
DATASET = '{ dataset(id: "rated-1") { traceCount sha256 } }'
EVENTS = "{ auditEvents(orderBy: [{ field: AT }]) { nodes { keyName action objectType objectCount } } }"


async def delete(ask: Ask, *ids: str, **fields: Any) -> dict[str, Any]:
    """Returns the payload of ``deleteScores``."""
    payload: dict[str, Any] = (await ask(DELETE_SCORES, input={"ids": list(ids)} | fields))["deleteScores"]
    return payload


async def rate(ask: Ask, trace: str, *values: float, **fields: Any) -> list[str]:
    """Stores scores of a trace by one person, one after the other, and returns their UUIDs."""
    found: list[str] = []
    for value in values:
        given = {"traceId": trace, "scorer": "ada", "kind": "HUMAN", "score": value} | fields
        payload = (await ask(CREATE_SCORES, input={"scores": [given]}))["createScores"]
        found.append(payload["scores"][0]["uuid"])
    return found


async def latest(ask: Ask) -> list[dict[str, float]]:
    """Returns the latest scores of each trace by scorer."""
    nodes = (await ask(LATEST))["traces"]["nodes"]
    return [{score["scorer"]: score["score"] for score in node["latestScores"]} for node in nodes]


async def test_the_score_before_is_the_latest_again(ask: Ask, store: Store):
    first, second = await store(trace_input("A?"), trace_input("B?"))
    scores = await rate(ask, first["id"], 0.25, 1.0)
    scores += await rate(ask, second["id"], 0.5)
    await ask(CREATE_DATASET, input={"name": "rated", "version": "1", "where": {"scores": {"some": {}}}})
    built = await ask(DATASET)

    counted = await delete(ask, *scores[1:], dryRun=True)
    assert counted == {"deletedCount": 0, "matchedCount": 2, "missingUuids": [], "errors": []}
    assert await latest(ask) == [{"ada": 1.0}, {"ada": 0.5}]

    gone = await delete(ask, *scores[1:], scores[1], UNKNOWN_UUID)
    assert gone == {"deletedCount": 2, "matchedCount": 2, "missingUuids": [UNKNOWN_UUID], "errors": []}
    assert await latest(ask) == [{"ada": 0.25}, {}]
    assert await ask(DATASET) == built
    again = await delete(ask, *scores[1:])
    assert (again["deletedCount"], again["missingUuids"]) == (0, scores[1:])


async def test_only_scores_by_people_are_deleted(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    await ask(SCORE_TRACES, input={"where": {}})
    (ours,) = await rate(ask, trace["id"], 1.0)
    (by_model,) = await rate(ask, trace["id"], 1.0, kind="MODEL", scorer="teacher")

    error = user_error_of(await delete(ask, ours, by_model))
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "ids"])
    assert error["message"] == f"The score {by_model} is a MODEL score; only HUMAN scores can be deleted."
    assert (await ask(COUNT_SCORES))["scores"]["totalCount"] == 3


@on_sqlite
async def test_ids_are_bounded_and_of_scores(ask: Ask, store: Store):
    (trace,) = await store(trace_input())

    assert user_error_of(await delete(ask))["message"] == "ids must have 1 to 1000 ids; it has 0."
    assert user_error_of(await delete(ask, *[UNKNOWN_UUID] * 1001))["path"] == ["input", "ids"]
    assert user_error_of(await delete(ask, trace["id"]))["path"] == ["input", "ids", "0"]


@on_sqlite
async def test_scores_by_others_need_the_scope_admin(settings: Settings, database: Database):
    scopes = {"ada": KeyScope.WRITE, "bob": KeyScope.WRITE, "boss": KeyScope.ADMIN}
    secrets = {name: await new_key(database, name, scope) for name, scope in scopes.items()}
    async with client_of(replace(settings, worker=False)) as client:

        async def execute(name: str, query: str, **variables: Any) -> dict[str, Any]:
            """Returns the response to a key."""
            given = {"query": query, "variables": variables}
            body: dict[str, Any] = (await client.post("/graphql", json=given, headers=bearer(secrets[name]))).json()
            return body

        created = data_of(await execute("ada", CREATE_TRACE, input={"trace": trace_input()}))
        given = {"traceId": created["createTrace"]["trace"]["id"], "scorer": "s", "kind": "HUMAN", "score": 1.0}
        rated = [
            data_of(await execute(name, CREATE_SCORES, input={"scores": [given]})) for name in ("ada", "bob", "bob")
        ]
        ids = [payload["createScores"]["scores"][0]["uuid"] for payload in rated]

        refused = error_of(await execute("ada", DELETE_SCORES, input={"ids": ids}))
        own = data_of(await execute("ada", DELETE_SCORES, input={"ids": ids[:1]}))
        others = data_of(await execute("boss", DELETE_SCORES, input={"ids": ids[1:]}))
        events = data_of(await execute("boss", EVENTS))["auditEvents"]["nodes"]

    assert refused["extensions"]["code"] == "FORBIDDEN"
    message = f"2 of the 3 scores in ids were given by others, first {ids[1]}; deleting them needs the scope ADMIN."
    assert refused["message"] == message
    assert (own["deleteScores"]["deletedCount"], others["deleteScores"]["deletedCount"]) == (1, 2)
    assert [tuple(event.values()) for event in events if event["action"] == "deleteScores"] == [
        ("ada", "deleteScores", "Score", 1),
        ("boss", "deleteScores", "Score", 2),
    ]
