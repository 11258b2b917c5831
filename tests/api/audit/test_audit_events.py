"""The audit log: who did what to which object, stored with the act."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from tests.support.api import client_of
from tests.support.keys import CREATE_KEY, bearer, new_key
from tests.support.repository import ROOT
from tests.support.traces import CREATE_SCORE, CREATE_TRACES, DELETE_TRACES, data_of, native_trace, trace_input
from tests.support.waiting import until
from tunix_rt.db.identity import now
from tunix_rt.db.models import audit_events
from tunix_rt.db.models.keys import AuditOutcome
from tunix_rt.db.session import Database
from tunix_rt.domain.audit import recording
from tunix_rt.domain.audit.recording import AuditedAction
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings

FIELDS = "keyName address action outcome objectType objectCount"
EVENTS = f"""
query ($where: AuditEventWhere) {{
  auditEvents(where: $where, orderBy: [{{ field: ID }}]) {{ nodes {{ {FIELDS} objectUuid requestId at }} }}
}}
"""
DATASET = """
mutation ($input: CreateDatasetInput!) { createDataset(input: $input) { dataset { uuid } errors { code } } }
"""
GONE = "mutation ($id: ID!) { deleteDataset(input: { id: $id }) { deletedUuid errors { code } } }"


@pytest.fixture
async def secrets(database: Database) -> dict[str, str]:
    """The secrets of an administrator, a writer and a reader."""
    scopes = {"boss": KeyScope.ADMIN, "ada": KeyScope.WRITE, "bob": KeyScope.READ}
    return {name: await new_key(database, name, scope) for name, scope in scopes.items()}


@pytest.fixture
async def served(settings: Settings, secrets: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with these keys, by default the writer."""
    async with client_of(replace(settings, worker=False)) as client:
        client.headers.update(bearer(secrets["ada"]))
        yield client


async def execute(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """The body of an answer."""
    body: dict[str, Any] = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    return body


async def recorded(client: httpx.AsyncClient, secrets: dict[str, str], **where: Any) -> list[dict[str, Any]]:
    """The events, the oldest first, as the administrator reads them."""
    given = {"query": EVENTS, "variables": {"where": where}}
    answer = await client.post("/graphql", json=given, headers=bearer(secrets["boss"]))
    nodes: list[dict[str, Any]] = data_of(answer.json())["auditEvents"]["nodes"]
    return nodes


def short(events: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Who did what, with which outcome, to how many objects of which type."""
    return [
        tuple(event[name] for name in ("keyName", "action", "outcome", "objectType", "objectCount")) for event in events
    ]


async def test_mutations_are_recorded_with_their_objects(served: httpx.AsyncClient, secrets: dict[str, str]):
    traces = {"traces": [trace_input("A?"), trace_input("B?")]}
    stored = data_of(await execute(served, CREATE_TRACES, input=traces))["createTraces"]["traces"]
    score = {"traceId": stored[0]["id"], "score": 1.0, "scorer": "person"}
    await execute(served, CREATE_SCORE, input=score)
    made = {"name": "all", "version": "1", "where": {}}
    dataset = data_of(await execute(served, DATASET, input=made))["createDataset"]["dataset"]["uuid"]
    await execute(served, GONE, id="all-1")
    await execute(served, DELETE_TRACES, input={"ids": [stored[1]["id"]]})

    events = await recorded(served, secrets)
    assert short(events) == [
        ("ada", "createTraces", "DONE", "Trace", 2),
        ("ada", "createScore", "DONE", "Score", 1),
        ("ada", "createDataset", "DONE", "Dataset", 1),
        ("ada", "deleteDataset", "DONE", "Dataset", 1),
        ("ada", "deleteTraces", "DONE", "Trace", 1),
    ]
    assert [event["objectUuid"] for event in events[2:]] == [dataset, dataset, stored[1]["uuid"]]
    assert events[0]["objectUuid"] is None
    assert {event["address"] for event in events} == {"127.0.0.1"}
    assert len({event["requestId"] for event in events}) == 5
    of_dataset = await recorded(served, secrets, objectUuid={"eq": dataset}, action={"startsWith": "delete"})
    assert [event["action"] for event in of_dataset] == ["deleteDataset"]
    assert await recorded(served, secrets, keyName={"eq": "bob"}) == []


async def test_a_deleted_view_is_named(served: httpx.AsyncClient, secrets: dict[str, str]):
    made = 'mutation { createSavedView(input: { page: RUNS, name: "a", search: "" }) { savedView { uuid } } }'
    view = data_of(await execute(served, made))["createSavedView"]["savedView"]["uuid"]
    await execute(served, f'mutation {{ deleteSavedView(input: {{ id: "{view}" }}) {{ deletedUuid }} }}')

    (event,) = await recorded(served, secrets, action={"eq": "deleteSavedView"})
    assert (event["objectType"], event["objectUuid"], event["objectCount"]) == ("SavedView", view, 1)


def test_every_mutation_of_one_object_notes_it():
    """``row_id`` adds the object to the audit log; ``uuid_of`` alone does not."""
    modules = list((ROOT / "server" / "tunix_rt" / "api").rglob("mutations.py"))
    assert len(modules) > 5

    assert [path.parent.name for path in modules if re.search(r"\buuid_of\(input\.id\b", path.read_text())] == []


async def test_what_changes_nothing_is_not_recorded(served: httpx.AsyncClient, secrets: dict[str, str]):
    once = {"traces": [trace_input()], "idempotencyKey": "k"}
    await execute(served, CREATE_TRACES, input=once)
    await execute(served, CREATE_TRACES, input=once)
    await execute(served, CREATE_TRACES, input={"traces": []})
    await execute(served, DELETE_TRACES, input={"where": {"source": {"eq": "x"}}, "dryRun": True})
    await execute(served, GONE, id="nothing-1")

    assert short(await recorded(served, secrets)) == [("ada", "createTraces", "DONE", "Trace", 1)]


async def test_an_act_is_rolled_back_if_its_event_cannot_be_stored(
    served: httpx.AsyncClient, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: Any) -> None:
        raise Unavailable("No event can be stored.")

    with monkeypatch.context() as patched:
        patched.setattr(AuditedAction, "before_commit", fail)
        await execute(served, CREATE_TRACES, input={"traces": [trace_input()]})

    assert data_of(await execute(served, "{ traces { totalCount } }")) == {"traces": {"totalCount": 0}}
    assert await recorded(served, secrets) == []


async def test_what_a_key_may_not_do_is_recorded_as_refused(served: httpx.AsyncClient, secrets: dict[str, str]):
    served.headers.update(bearer(secrets["bob"]))
    await execute(served, CREATE_TRACES, input={"traces": [trace_input()]})
    await execute(served, "{ viewer { keyName } keys { totalCount } }")
    await served.post("/v1/scores", json=[])

    assert short(await recorded(served, secrets, outcome={"eq": "REFUSED"})) == [
        ("bob", "createTraces", "REFUSED", None, None),
        ("bob", "viewer, keys", "REFUSED", None, None),
        ("bob", "POST /v1/scores", "REFUSED", None, None),
    ]
    assert (await execute(served, EVENTS))["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_uploads_sign_ins_and_changes_of_keys_are_recorded(served: httpx.AsyncClient, secrets: dict[str, str]):
    await served.post("/v1/traces", json=native_trace())
    await served.post("/v1/session", json={"key": secrets["bob"]})
    await served.post("/v1/session", json={"key": "trt_wrong"})
    served.headers.update(bearer(secrets["boss"]))
    await execute(served, CREATE_KEY, input={"name": "eve", "scopes": ["READ"]})
    await execute(served, 'mutation { rotateKey(input: { id: "eve" }) { errors { code } } }')
    await execute(served, 'mutation { revokeKey(input: { id: "eve" }) { errors { code } } }')

    assert short(await recorded(served, secrets)) == [
        ("ada", "POST /v1/traces", "DONE", None, None),
        ("bob", "POST /v1/session", "DONE", None, None),
        *[("boss", f"{verb}Key", "DONE", "ApiKey", 1) for verb in ("create", "rotate", "revoke")],
    ]


DOWNLOADS: list[tuple[dict[str, str], int]] = [
    ({}, 200),
    ({"Range": "bytes=0-"}, 206),
    ({"Range": "bytes=5-"}, 206),
    ({"Range": "items=0-"}, 200),
    ({"Range": "bytes=-99999999999"}, 206),
    ({"Range": "Bytes=00-"}, 206),
    ({"Range": "bytes=5-9,0-"}, 206),
]
"""The headers of downloads that are answered with bytes, and the status of each."""


async def test_every_download_of_an_export_is_recorded(
    served: httpx.AsyncClient, secrets: dict[str, str], settings: Settings
):
    started = "mutation { startExport(input: { where: {} }) { export { uuid } errors { code } } }"
    await execute(served, CREATE_TRACES, input={"traces": [trace_input()]})
    async with client_of(settings) as working:
        working.headers.update(served.headers)
        export = data_of(await execute(working, started))["startExport"]["export"]["uuid"]
        query = f'{{ export(id: "{export}") {{ downloadUrl }} }}'

        async def url() -> Any:
            return data_of(await execute(working, query))["export"]["downloadUrl"]

        found = await until(url)
        tag = (await working.head(found)).headers["etag"]
        for headers, status in DOWNLOADS:
            assert (await working.get(found, headers=headers)).status_code == status
        assert (await working.get(found, headers={"If-None-Match": tag})).status_code == 304
        assert (await working.get(found, headers={"If-Match": '"other"'})).status_code == 412

    events = await recorded(served, secrets, action={"eq": "GET /v1/exports"})
    assert len(events) == len(DOWNLOADS)
    assert {(event["keyName"], event["objectType"], event["objectUuid"]) for event in events} == {
        (None, "Export", export)
    }


async def test_a_server_without_keys_records_the_first_key_alone(settings: Settings, database: Database):
    async with client_of(replace(settings, worker=False)) as client:
        await execute(client, CREATE_TRACES, input={"traces": [trace_input()]})
        payload = data_of(await execute(client, CREATE_KEY, input={"name": "boss", "scopes": ["ADMIN"]}))["createKey"]

        events = await recorded(client, {"boss": payload["secret"]})

    assert short(events) == [(None, "createKey", "DONE", "ApiKey", 1)]


async def test_the_batches_of_a_run_are_not_recorded(served: httpx.AsyncClient, secrets: dict[str, str]):
    served.headers.update(bearer(secrets["boss"]))
    register = 'mutation { registerRun(input: { modelId: "m", outputName: "own" }) { run { createdBy } } }'
    append = 'mutation { appendRunEvents(input: { id: "own", batch: 1 }) { appended } }'
    finish = 'mutation { finishRun(input: { id: "own" }) { run { status } } }'
    answers = [data_of(await execute(served, query)) for query in (register, append, finish)]

    assert answers[0] == {"registerRun": {"run": {"createdBy": "boss"}}}
    assert answers[1] == {"appendRunEvents": {"appended": True}}
    actions = [event["action"] for event in await recorded(served, secrets)]
    assert actions == ["registerRun", "finishRun"]


async def test_events_are_kept_for_ever_or_for_some_days(
    settings: Settings, database: Database, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recording, "DELETED_AT_ONCE", 2)
    async with database.write() as session:
        for days in (40, 20, 31, 33, 29):
            event = AuditedAction(f"{days} days ago")._event(AuditOutcome.DONE) | {"at": now() - timedelta(days=days)}
            await session.execute(insert(audit_events), [event])

    async def left_after_an_action(keep_days: int) -> list[str]:
        async with client_of(replace(settings, worker=False, audit_keep_days=keep_days)) as client:
            client.headers.update(bearer(secrets["ada"]))
            await execute(client, CREATE_TRACES, input={"traces": [trace_input()]})
            return [event["action"].partition(" ")[0] for event in await recorded(client, secrets)]

    assert await left_after_an_action(0) == ["40", "20", "31", "33", "29", "createTraces"]
    assert await left_after_an_action(30) == ["20", "31", "29", *["createTraces"] * 2]
    assert await left_after_an_action(30) == ["20", "29", *["createTraces"] * 3]
    assert await left_after_an_action(30) == ["20", "29", *["createTraces"] * 4]


NAMED = "{ auditEvents(orderBy: [{ field: ID }]) { nodes { action objectType objectName } } }"
MADE = {
    "Evaluation": """mutation { createEvaluation(input: {
        name: "who is right", datasetId: "kept-1", scorer: "answer_match",
        candidates: [{ name: "one", where: { source: { eq: "a" } } }, { name: "other", where: { source: { eq: "b" } } }]
    }) { errors { message } } }""",
    "Export": 'mutation { startExport(input: { datasetId: "kept-1", format: TRACE }) { errors { message } } }',
    "Generation": """mutation { startGeneration(input: { datasetId: "kept-1", modelId: "tiny-random/qwen3" }) {
        errors { message } } }""",
    "Run": """mutation { startRun(input: { datasetId: "kept-1", modelId: "tiny-random/qwen3", mode: DRY_RUN }) {
        errors { message } } }""",
    "SavedView": """mutation { createSavedView(input: { page: RUNS, name: "mine", search: "" }) {
        errors { message } } }""",
    "Rubric": """mutation { createRubric(input: { name: "strict", criteria: [
        { scorer: "review", label: "Right?", scale: { min: 0, max: 1 } }] }) { errors { message } } }""",
    "ProtectedSet": """mutation { createProtectedSet(input: { name: "exam", datasetId: "kept-1" }) {
        errors { message } } }""",
    "ApiKey": 'mutation { createKey(input: { name: "eve", scopes: [READ] }) { errors { message } } }',
}


async def test_events_name_their_object_for_as_long_as_it_exists(served: httpx.AsyncClient, secrets: dict[str, str]):
    served.headers.update(bearer(secrets["boss"]))
    (trace,) = data_of(await execute(served, CREATE_TRACES, input={"traces": [trace_input("Which one?")]}))[
        "createTraces"
    ]["traces"]
    await execute(served, CREATE_SCORE, input={"traceId": trace["id"], "score": 1.0, "scorer": "person"})
    for name in ("kept", "gone"):
        await execute(served, DATASET, input={"name": name, "version": "1", "where": {}})
    await execute(served, GONE, id="gone-1")
    for mutation in MADE.values():
        (payload,) = data_of(await execute(served, mutation)).values()
        assert payload["errors"] == []

    events = data_of(await execute(served, NAMED))["auditEvents"]["nodes"]
    assert [(event["action"], event["objectName"]) for event in events[:5]] == [
        ("createTraces", "Which one?"),
        ("createScore", "person"),
        ("createDataset", "kept-1"),
        ("createDataset", None),
        ("deleteDataset", None),
    ]
    assert {event["objectType"]: event["objectName"] for event in events[5:]} == {
        "Evaluation": "who is right",
        "Export": "trace",
        "Generation": "tiny-random/qwen3",
        "Run": "tiny-random/qwen3",
        "SavedView": "mine",
        "Rubric": "strict",
        "ProtectedSet": "exam",
        "ApiKey": "eve",
    }


async def test_events_of_several_objects_or_of_none_have_no_name(served: httpx.AsyncClient, secrets: dict[str, str]):
    await execute(served, CREATE_TRACES, input={"traces": [trace_input("A?"), trace_input("B?")]})
    await served.post("/v1/traces", json=native_trace())

    nodes = data_of((await served.post("/graphql", json={"query": NAMED}, headers=bearer(secrets["boss"]))).json())
    assert [event["objectName"] for event in nodes["auditEvents"]["nodes"]] == [None, None]
