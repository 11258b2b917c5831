"""Keys by the API: created, listed, rotated and revoked by administrators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.conftest import Execute
from tests.support.api import client_of
from tests.support.keys import CREATE_KEY, VIEWER, bearer, create_key, keys_of_all_scopes, new_key
from tests.support.traces import data_of, error_of
from tests.support.waiting import until
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.keys.secret import SECRET, secret_hash
from tunix_rt.domain.keys.storage import find_key, revoke_key, rotate_key
from tunix_rt.errors import Conflict
from tunix_rt.settings import Settings

ROTATE = """
mutation ($input: RotateKeyInput!) {
  rotateKey(input: $input) { key { name prefix rotatedAt expiresAt } secret errors { code message path } }
}
"""
REVOKE = """
mutation ($input: RevokeKeyInput!) {
  revokeKey(input: $input) { key { name revokedAt } errors { code message path } }
}
"""
KEYS = """
query ($where: ApiKeyWhere) {
  keys(where: $where) { totalCount nodes { id name prefix scopes revokedAt } }
}
"""

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
async def boss(settings: Settings, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client with an administrator's key."""
    secret = await new_key(database, "boss", KeyScope.ADMIN)
    async with client_of(replace(settings, worker=False)) as client:
        client.headers.update(bearer(secret))
        yield client


@pytest.fixture
def graphql(boss: httpx.AsyncClient) -> Execute:
    """Executes a document as an administrator."""

    async def execute(query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        body: dict[str, Any] = (await boss.post("/graphql", json={"query": query, "variables": variables})).json()
        return body

    return execute


async def changed(graphql: Execute, query: str, **given: Any) -> dict[str, Any]:
    """The payload of a mutation."""
    (payload,) = data_of(await graphql(query, {"input": given})).values()
    assert isinstance(payload, dict)
    return payload


async def viewer(client: httpx.AsyncClient, secret: str) -> httpx.Response:
    """The answer to a client with a key."""
    return await client.post("/graphql", json={"query": VIEWER}, headers=bearer(secret))


async def test_a_key_is_created_and_usable_at_once(graphql: Execute, boss: httpx.AsyncClient, database: Database):
    until = datetime.now(UTC) + timedelta(days=90)
    payload = await create_key(graphql, "ada", "RUN", "READ", expiresAt=until.isoformat())

    key, secret = payload["key"], payload["secret"]
    assert (key["name"], key["scopes"], payload["errors"]) == ("ada", ["READ", "RUN"], [])
    assert [key[name] for name in ("rotatedAt", "revokedAt", "lastUsedAt")] == [None, None, None]
    found = SECRET.fullmatch(secret)
    assert found
    assert found[1] == key["prefix"]
    assert data_of((await viewer(boss, secret)).json())["viewer"] == {
        "keyName": "ada",
        "scopes": ["READ", "RUN"],
        "expiresAt": key["expiresAt"],
    }
    async with database.read() as session:
        rows = (await session.execute(text("SELECT * FROM api_keys WHERE name = 'ada'"))).all()
    assert secret_hash(secret) in rows[0]
    assert secret.rpartition("_")[2] not in str(rows)


async def test_two_secrets_have_nothing_in_common(graphql: Execute):
    first, second = [(await create_key(graphql, name, "READ"))["secret"] for name in ("a", "b")]

    assert first.split("_")[0] == second.split("_")[0] == "trt"
    assert set(first.split("_")[1:]).isdisjoint(second.split("_")[1:])


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"name": ""}, ["input", "name"], "1 to 120 characters; it has 0"),
        ({"name": "n" * 121}, ["input", "name"], "120"),
        ({"scopes": []}, ["input", "scopes"], "at least one scope"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ["input", "expiresAt"], "must be in the future"),
        ({"name": "boss"}, ["input", "name"], "has this name"),
    ],
)
async def test_what_cannot_be_created_is_reported(graphql: Execute, given: Any, path: list[str], message: str):
    payload = await changed(graphql, CREATE_KEY, **{"name": "ada", "scopes": ["READ"], **given})

    assert (payload["key"], payload["secret"]) == (None, None)
    assert payload["errors"][0]["path"] == path
    assert message in payload["errors"][0]["message"]


async def test_a_repeated_creation_does_not_show_the_secret_again(graphql: Execute):
    first = await create_key(graphql, "ada", "READ", idempotencyKey="k")
    again = await create_key(graphql, "ada", "READ", idempotencyKey="k")

    assert first["secret"]
    assert (again["key"]["id"], again["secret"], again["errors"]) == (first["key"]["id"], None, [])


async def test_keys_are_listed_filtered_and_found(graphql: Execute):
    for name in ("ada", "bob"):
        await create_key(graphql, name, "READ")
    await changed(graphql, REVOKE, id="bob")

    listed = data_of(await graphql(KEYS))["keys"]
    valid = data_of(await graphql(KEYS, {"where": {"revokedAt": {"isNull": True}}}))["keys"]

    assert [node["name"] for node in listed["nodes"]] == ["ada", "bob", "boss"]
    assert [node["name"] for node in valid["nodes"]] == ["ada", "boss"]
    ada = listed["nodes"][0]["id"]
    query = "query ($id: ID!) { key(id: $id) { name } node(id: $id) { ... on ApiKey { name } } }"
    assert data_of(await graphql(query, {"id": ada})) == {"key": {"name": "ada"}, "node": {"name": "ada"}}
    assert data_of(await graphql('{ key(id: "nobody") { name } }')) == {"key": None}


async def test_a_rotated_key_has_a_new_secret_and_the_same_lifetime(graphql: Execute, boss: httpx.AsyncClient):
    until = datetime.now(UTC) + timedelta(days=10)
    old = await create_key(graphql, "ada", "READ", expiresAt=until.isoformat())
    rotated = await changed(graphql, ROTATE, id="ada")

    assert rotated["errors"] == []
    assert rotated["key"]["prefix"] != old["key"]["prefix"]
    assert datetime.fromisoformat(rotated["key"]["expiresAt"]) >= until
    assert (await viewer(boss, old["secret"])).status_code == 401
    assert (await viewer(boss, rotated["secret"])).status_code == 200


async def test_a_revoked_key_is_refused_at_once_and_for_ever(graphql: Execute, boss: httpx.AsyncClient):
    secret = (await create_key(graphql, "ada", "READ"))["secret"]
    first = await changed(graphql, REVOKE, id="ada")
    again = await changed(graphql, REVOKE, id="ada")

    assert first["key"]["revokedAt"] == again["key"]["revokedAt"] is not None
    assert (await viewer(boss, secret)).status_code == 401
    refused = await changed(graphql, ROTATE, id="ada")
    assert (refused["key"], refused["secret"], refused["errors"][0]["code"]) == (None, None, "CONFLICT")
    assert (await changed(graphql, REVOKE, id="nobody"))["errors"][0]["code"] == "NOT_FOUND"


async def test_a_key_that_is_revoked_at_the_same_time_gets_no_new_secret(postgresql_url: str, tmp_path: Path):
    """On SQLite, all writers wait for each other."""
    database = Database(Settings(data_dir=tmp_path, database_url=postgresql_url))
    await new_key(database, "ci")

    async def rotate() -> None:
        async with database.write() as session:
            await rotate_key(session, key_id, None)

    async def waits_or_is_done() -> bool:
        async with database.read() as session:
            return rotating.done() or bool(await session.scalar(WAITING))

    async with database.write() as session:
        key_id = await find_key(session, "ci")
        await revoke_key(session, key_id)
        rotating = asyncio.create_task(rotate())
        await until(waits_or_is_done)
    with pytest.raises(Conflict, match="ci is revoked"):
        await rotating
    await database.close()


async def test_only_administrators_find_keys_by_their_ids(settings: Settings, database: Database):
    secrets = await keys_of_all_scopes(database)
    async with client_of(replace(settings, worker=False)) as client:

        async def node_of(scope: KeyScope, key_id: str) -> Any:
            query = "query ($id: ID!) { node(id: $id) { __typename uuid } }"
            body = {"query": query, "variables": {"id": key_id}}
            return data_of((await client.post("/graphql", json=body, headers=bearer(secrets[scope]))).json())["node"]

        answer = await client.post(
            "/graphql", json={"query": "{ keys { nodes { id uuid } } }"}, headers=bearer(secrets[KeyScope.ADMIN])
        )
        key = data_of(answer.json())["keys"]["nodes"][0]
        for scope in KeyScope:
            for name in ("id", "uuid"):
                found = await node_of(scope, key[name])
                assert (found is not None) is (scope is KeyScope.ADMIN)


async def test_the_last_use_is_stored_once_a_minute(graphql: Execute, boss: httpx.AsyncClient, database: Database):
    secret = (await create_key(graphql, "ada", "READ"))["secret"]

    async def last_use() -> Any:
        return data_of(await graphql('{ key(id: "ada") { lastUsedAt } }'))["key"]["lastUsedAt"]

    assert await last_use() is None
    before = datetime.now(UTC)
    for _ in range(3):
        await viewer(boss, secret)
    used = datetime.fromisoformat(await until(last_use))
    assert before <= used <= datetime.now(UTC)


async def test_a_document_with_an_unknown_scope_is_refused(graphql: Execute):
    error = error_of(await graphql(CREATE_KEY, {"input": {"name": "a", "scopes": ["ROOT"]}}))

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
