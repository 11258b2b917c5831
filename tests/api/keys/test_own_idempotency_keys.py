"""Idempotency keys belong to a client: equal ones of two API keys are different."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.support.api import client_of
from tests.support.keys import bearer, new_key
from tests.support.traces import data_of, trace_input, user_error_of
from tunix_rt.db.session import Database
from tunix_rt.domain.idempotency import client_name
from tunix_rt.domain.keys.acting import Actor, acting
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.settings import Settings

CREATE = """
mutation ($input: CreateTraceInput!) {
  createTrace(input: $input) { trace { uuid prompt } errors { code message path } }
}
"""


@pytest.fixture
async def secrets(database: Database) -> dict[str, str]:
    """The secrets of two keys that the server knows from its start."""
    return {name: await new_key(database, name, KeyScope.WRITE) for name in ("ada", "bob")}


@pytest.fixture
async def served(settings: Settings, secrets: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client without a key of a server that has keys and starts no job."""
    assert secrets
    async with client_of(replace(settings, worker=False)) as client:
        yield client


async def create(client: httpx.AsyncClient, secret: str, prompt: str) -> dict[str, Any]:
    """Creates a trace under one idempotency key, and returns the payload."""
    variables = {"input": {"trace": trace_input(prompt), "idempotencyKey": "k"}}
    answer = await client.post("/graphql", json={"query": CREATE, "variables": variables}, headers=bearer(secret))
    found: dict[str, Any] = data_of(answer.json())["createTrace"]
    return found


async def test_equal_requests_of_two_clients_are_two_requests(secrets: dict[str, str], served: httpx.AsyncClient):
    ada, bob = [await create(served, secrets[name], "same") for name in ("ada", "bob")]

    assert ada["errors"] == bob["errors"] == []
    assert ada["trace"]["uuid"] != bob["trace"]["uuid"]
    assert await create(served, secrets["ada"], "same") == ada
    assert await create(served, secrets["bob"], "same") == bob


async def test_another_client_may_use_the_key_for_another_request(secrets: dict[str, str], served: httpx.AsyncClient):
    ada, bob = [await create(served, secrets[name], name) for name in ("ada", "bob")]

    assert (ada["trace"]["prompt"], bob["trace"]["prompt"]) == ("ada", "bob")
    assert user_error_of(await create(served, secrets["ada"], "bob"))["code"] == "CONFLICT"


def test_no_two_clients_have_one_name():
    actors = [Actor(), Actor("*"), Actor("ada"), Actor("user:ada"), Actor("key:ada")]
    names = []
    for actor in actors:
        with acting(actor):
            names.append(client_name())

    assert names == ["", "key:*", "key:ada", "user:ada", "key:key:ada"]
