"""Every operation declares its scope, and is open to exactly the keys that have it, at every door."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse, validate

from tests.support.api import client_of, listening
from tests.support.keys import bearer, keys_of_all_scopes
from tests.support.operations import UNFIT, Operation, lists_of, operations_of
from tests.support.subscriptions import socket
from tunix_rt.api.access.scopes import ScopeRules, needed_scopes, requirement_of
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.app import create_app
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import INCLUDED, KeyScope
from tunix_rt.settings import Settings

SCHEMA = build_schema(Limits.of(Settings()))._schema
RULES = ScopeRules.of(SCHEMA)
OPERATIONS = operations_of(SCHEMA)
LISTS = lists_of(SCHEMA)
DENIED = {"UNAUTHENTICATED", "FORBIDDEN"}
NOBODY = None


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Permissions do not depend on the database: once is enough."""
    return sqlite_url


@pytest.fixture
async def secrets(database: Database) -> dict[KeyScope | None, str | None]:
    """The secret of a key of each scope, and none."""
    stored = await keys_of_all_scopes(database)
    return {scope: stored[scope] if scope else None for scope in (NOBODY, *stored)}


@pytest.fixture
async def client(settings: Settings, secrets: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with these keys."""
    async with client_of(settings) as client:
        yield client


def expected() -> dict[tuple[str, KeyScope | None], str]:
    """Returns what each operation answers to each key: ok, UNAUTHENTICATED or FORBIDDEN."""
    table: dict[tuple[str, KeyScope | None], str] = {}
    for operation in OPERATIONS:
        assert operation.requires
        needed = operation.requires.scope
        table[operation.name, NOBODY] = "UNAUTHENTICATED"
        for scope in KeyScope:
            table[operation.name, scope] = "ok" if needed in {None, *INCLUDED[scope]} else "FORBIDDEN"
    return table


def outcome_of(body: Mapping[str, Any]) -> str:
    """Returns what an answer means for the permissions."""
    codes = {error["extensions"]["code"] for error in body.get("errors", ())} & DENIED
    return codes.pop() if codes else "ok"


def test_every_operation_declares_its_scope():
    assert [operation.name for operation in OPERATIONS if operation.requires is None] == []
    assert len(OPERATIONS) > 80


def test_reading_needs_read_and_changing_needs_more():
    kinds = {
        operation.name: (operation.kind, operation.requires and operation.requires.scope) for operation in OPERATIONS
    }
    admin = {name for name, (_, scope) in kinds.items() if scope is KeyScope.ADMIN}
    reading = {name for name, (kind, scope) in kinds.items() if kind == "mutation" and scope is KeyScope.READ}

    assert admin == {"createKey", "revokeKey", "rotateKey", "key", "keys", "auditEvents"}
    assert reading == {"verifyDataset"}
    assert {name for name, (_, scope) in kinds.items() if scope is None} == {"health", "viewer"}


def test_a_type_that_needs_a_scope_needs_it_wherever_it_is_reached():
    document = parse(
        """
        query Plain { node(id: "x") { id } }
        query Key { node(id: "x") { id ... on ApiKey { name } } }
        query Hidden($no: Boolean = false) { node(id: "x") { ...Secret @include(if: $no) } }
        fragment Secret on Node { ... on ApiKey { ...Name } }
        fragment Name on ApiKey { name }
        mutation Delete { deleteRun(input: {id: "x"}) { deletedUuid } }
        query Introspect { __schema { queryType { name } } }
        query Typename { __typename }
        """
    )
    assert [error for error in validate(SCHEMA, document) if "never used" not in error.message] == []

    assert needed_scopes(SCHEMA, RULES, document) == {
        "Plain": {KeyScope.READ},
        "Key": {KeyScope.READ, KeyScope.ADMIN},
        "Hidden": {KeyScope.READ, KeyScope.ADMIN},
        "Delete": {KeyScope.RUN},
        "Introspect": {KeyScope.READ},
        "Typename": set(),
    }


def test_a_root_field_without_a_declaration_needs_admin():
    assert RULES.of_field("Query", "undeclared") == {KeyScope.ADMIN}
    assert RULES.of_field("Trace", "prompt") == frozenset()


def test_an_interface_promises_no_field_that_needs_more():
    """A field of an interface is selected without naming the type, so that the type's own scope would not count."""
    for found in SCHEMA.type_map.values():
        if isinstance(found, GraphQLObjectType) and requirement_of(found):
            shared = {name for kind in found.interfaces for name in kind.fields}
            assert shared <= {"id", "uuid"}, found.name
        if isinstance(found, GraphQLInterfaceType):
            assert requirement_of(found) is None


async def test_post_is_open_to_the_declared_scopes_only(client: httpx.AsyncClient, secrets: dict[Any, Any]):
    table = {}
    for scope, secret in secrets.items():
        for operation in (found for found in OPERATIONS if found.kind != "subscription"):
            response = await client.post("/graphql", json=request_of(operation), headers=headers_of(secret))
            table[operation.name, scope] = outcome_of(response.json())
            assert response.status_code in statuses(table[operation.name, scope])

    assert table == only(table)


async def test_get_is_open_to_the_declared_scopes_only(client: httpx.AsyncClient, secrets: dict[Any, Any]):
    table = {}
    for scope, secret in secrets.items():
        for operation in (found for found in OPERATIONS if found.kind == "query"):
            parameters = {"query": operation.query, "variables": json.dumps(operation.variables)}
            response = await client.get("/graphql", params=parameters, headers=headers_of(secret))
            table[operation.name, scope] = outcome_of(response.json())

    assert table == only(table)


async def test_event_streams_are_open_to_the_declared_scopes_only(client: httpx.AsyncClient, secrets: dict[Any, Any]):
    table = {}
    for scope, secret in secrets.items():
        for operation in OPERATIONS:
            headers = headers_of(secret) | {"Accept": "text/event-stream"}
            response = await client.post("/graphql", json=request_of(operation), headers=headers)
            table[operation.name, scope] = outcome_of(body_of_stream(response))

    assert table == expected()


async def test_websockets_are_open_to_the_declared_scopes_only(settings: Settings, secrets: dict[Any, Any]):
    table = {}
    async with listening(create_app(settings), settings) as address:
        for scope, secret in secrets.items():
            if secret is None:
                continue
            async with socket(address, additional_headers=bearer(secret)) as opened:
                for operation in OPERATIONS:
                    await opened.send(type="subscribe", id=operation.name, payload=request_of(operation))
                    message = await opened.receive()
                    errors = message["payload"] if message["type"] == "error" else []
                    table[operation.name, scope] = outcome_of({"errors": errors})
                    if message["type"] == "next":
                        assert (await opened.receive())["type"] == "complete"

    assert table == only(table)


async def test_prepared_operations_are_open_to_the_declared_scopes_only(
    client: httpx.AsyncClient, secrets: dict[Any, Any]
):
    table = {}
    for scope in (KeyScope.ADMIN, *secrets, KeyScope.ADMIN):  # they are prepared for whom they are permitted
        for name, query in LISTS.items():
            response = await client.post("/graphql", json={"query": query}, headers=headers_of(secrets[scope]))
            table[name, scope] = outcome_of(response.json())
            assert ("data" in response.json()) is (table[name, scope] == "ok")

    assert table == only(table)
    assert "keys" in LISTS


async def test_permission_is_checked_before_the_document(client: httpx.AsyncClient):
    for query in ("{ __schema { types { name } } }", "{ nonsense }", "{", "{ __typename }"):
        response = await client.post("/graphql", json={"query": query})

        assert (response.status_code, outcome_of(response.json())) == (401, "UNAUTHENTICATED")
        assert response.headers["www-authenticate"] == 'Bearer realm="tunix-rt"'
        assert "types" not in response.text
        assert "nonsense" not in response.text


async def test_a_missing_scope_is_named(client: httpx.AsyncClient, secrets: dict[Any, Any]):
    query = "mutation ($input: StartRunInput!) { startRun(input: $input) { run { id } } }"
    response = await client.post(
        "/graphql", json={"query": query, "variables": {"input": UNFIT}}, headers=bearer(secrets[KeyScope.WRITE])
    )

    assert (response.status_code, response.headers["www-authenticate"]) == (
        403,
        'Bearer realm="tunix-rt", error="insufficient_scope"',
    )
    error = response.json()["errors"][0]
    assert error["message"] == "The API key write lacks the scope run, which this needs."
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_an_operation_is_checked_by_its_own_fields(client: httpx.AsyncClient, secrets: dict[Any, Any]):
    document = "query Mine { viewer { keyName } } query Theirs { keys { totalCount } }"
    outcomes = await asyncio.gather(
        *(
            client.post(
                "/graphql",
                json={"query": document, "operationName": name},
                headers=bearer(secrets[KeyScope.READ]),
            )
            for name in ("Mine", "Theirs")
        )
    )

    assert [outcome_of(response.json()) for response in outcomes] == ["ok", "FORBIDDEN"]


def request_of(operation: Operation) -> dict[str, Any]:
    """Returns the body of a request."""
    return {"query": operation.query, "variables": operation.variables}


def headers_of(secret: str | None) -> dict[str, str]:
    """Returns the headers with a key, or without one."""
    return {} if secret is None else bearer(secret)


def statuses(outcome: str) -> set[int]:
    """Returns the statuses of answers with an outcome."""
    return {"UNAUTHENTICATED": {401}, "FORBIDDEN": {403}, "ok": {200}}[outcome]


def only(table: Mapping[tuple[str, Any], str]) -> dict[tuple[str, Any], str]:
    """Returns what is expected of the operations and keys of a table."""
    return {place: outcome for place, outcome in expected().items() if place in table}


def body_of_stream(response: httpx.Response) -> dict[str, Any]:
    """Returns the first result of an event stream, or the body of a refusal."""
    if not response.headers["content-type"].startswith("text/event-stream"):
        body: dict[str, Any] = response.json()
        return body
    lines = [line.removeprefix("data: ") for line in response.text.splitlines() if line.startswith("data: {")]
    found: dict[str, Any] = json.loads(lines[0])
    return found
