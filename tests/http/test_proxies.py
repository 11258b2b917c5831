"""A proxy that signs people in names them in headers, which count from its addresses alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.datastructures import Headers

from tests.support.api import listening
from tests.support.guarded_server import database_url, secret
from tests.support.keys import bearer, new_key
from tests.support.no_worker import settings
from tests.support.subscriptions import event_stream, socket
from tests.support.traces import CREATE_TRACES, data_of, trace_input
from tests.support.waiting import WAIT_SECONDS
from tunix_rt.app import create_app
from tunix_rt.cli.serving.server import require_key
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import INCLUDED, KeyScope
from tunix_rt.http.access.proxies import Proxies
from tunix_rt.settings import Settings

__all__ = ["database_url", "secret", "settings"]

PROXY, STRANGER = "192.0.2.1", "192.0.2.99"
ORIGIN = {"Origin": "http://127.0.0.1:8000"}
ADA = {"X-Forwarded-User": "ada@example.com"} | ORIGIN
VIEWER = "{ viewer { keyName userName scopes expiresAt signOutUrl } }"
EVENTS = "{ auditEvents { nodes { keyName address action } } }"
LIST_KEYS = "{ keys { nodes { name } } }"
WATCH = "subscription { traceCreated { id } }"
SCOPED = {
    ("POST", "/v1/traces"): KeyScope.WRITE,
    ("POST", "/v1/scores"): KeyScope.WRITE,
    ("GET", "/v1/datasets/math-v1/export.jsonl"): KeyScope.READ,
    ("GET", "/metrics"): None,
}
"""The scope that each route needs; None for everybody who is signed in."""


@pytest.fixture
def behind(settings: Settings) -> Settings:
    """The settings of a server behind a proxy that signs people in."""
    scopes = "/admins=admin, writers = write + run ,x=readers=read"
    return replace(settings, proxy_addresses=f"{PROXY},198.51.100.0/24", proxy_scopes=scopes)


@asynccontextmanager
async def asking(settings: Settings, address: str = PROXY) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server whose requests come from an address."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, client=(address, 1))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        yield client


async def ask(client: httpx.AsyncClient, headers: Any, query: str = VIEWER, **variables: Any) -> httpx.Response:
    return await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)


@pytest.mark.parametrize(
    ("groups", "scopes"),
    [
        ("/admins", ["READ", "WRITE", "RUN", "ADMIN"]),
        ("others, writers", ["READ", "WRITE", "RUN"]),
        ("x=readers", ["READ"]),
        ("admins,X=readers,", []),
    ],
)
async def test_scopes_come_from_groups(behind: Settings, groups: str, scopes: list[str]):
    async with asking(behind) as client:
        viewer = data_of((await ask(client, ADA | {"X-Forwarded-Groups": groups})).json())["viewer"]

    named = {"keyName": None, "userName": "ada@example.com"}
    assert viewer == named | {"scopes": scopes, "expiresAt": None, "signOutUrl": None}


async def test_users_alone_get_the_sign_out_of_the_proxy(behind: Settings, secret: str):
    async with asking(replace(behind, proxy_sign_out_url="/oauth2/sign_out?rd=%2F")) as client:
        user = data_of((await ask(client, ADA)).json())["viewer"]
        key = data_of((await ask(client, ADA | bearer(secret))).json())["viewer"]

    assert (user["signOutUrl"], key["signOutUrl"]) == ("/oauth2/sign_out?rd=%2F", None)


async def test_everybody_may_have_scopes_and_headers_other_names(behind: Settings):
    renamed = replace(behind, proxy_scopes="*=read,boss=admin", proxy_user_header="X-User", proxy_groups_header="X-G")
    async with asking(renamed, "198.51.100.7") as client:
        everybody = await ask(client, {"x-user": "Zoë".encode()} | ORIGIN)
        boss = await ask(client, {"X-User": "b", "X-G": "boss"} | ORIGIN)
        other = await ask(client, ADA)

    assert data_of(everybody.json())["viewer"]["userName"] == "Zoë"
    assert data_of(everybody.json())["viewer"]["scopes"] == ["READ"]
    assert data_of(boss.json())["viewer"]["scopes"] == ["READ", "WRITE", "RUN", "ADMIN"]
    assert other.status_code == 401


async def test_each_door_needs_its_scope(behind: Settings):
    groups = {KeyScope.READ: "x=readers", KeyScope.WRITE: "writers", KeyScope.ADMIN: "/admins"}
    async with asking(behind) as client:
        for (method, path), needed in SCOPED.items():
            for scope, group in groups.items():
                headers = ADA | {"X-Forwarded-Groups": group}
                response = await client.request(method, path, headers=headers, content=b"")
                permitted = needed in {None, *INCLUDED[scope]}

                assert (response.status_code not in {401, 403}) is permitted, (path, scope)
        refused = await ask(client, ADA | {"X-Forwarded-Groups": "x=readers"}, LIST_KEYS)

    assert refused.status_code == 403
    assert "The user ada@example.com lacks the scope admin" in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize("address", [STRANGER, "127.0.0.1", "::1", "198.51.101.1"])
async def test_headers_from_other_addresses_are_ignored(behind: Settings, secret: str, address: str):
    headers = ADA | {"X-Forwarded-Groups": "/admins", "X-Forwarded-For": PROXY}
    async with asking(behind, address) as client:
        for method, path in (("POST", "/graphql"), ("GET", "/graphql?query={__typename}"), *SCOPED):
            assert (await client.request(method, path, headers=headers)).status_code == 401, path
        keyed = await ask(client, headers | bearer(secret))

    assert data_of(keyed.json())["viewer"]["keyName"] == "boss"


async def test_headers_sign_nobody_in_by_default(settings: Settings, secret: str):
    async with asking(replace(settings, proxy_addresses=PROXY)) as client:
        assert (await ask(client, ADA | {"X-Forwarded-Groups": "/admins"})).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Forwarded-User": ""},
        {"X_Forwarded_User": "ada"},
        [(b"X-Forwarded-User", b"eve"), (b"X-Forwarded-User", b"ada")],
        [(b"X-Forwarded-User", b""), (b"X-Forwarded-User", b"ada")],
        [(b"X-Forwarded-User", b"ada"), (b"X-Forwarded-Groups", b"x"), (b"X-Forwarded-Groups", b"/admins")],
        {"X-Forwarded-User": b"\xe9"},
        {"X-Forwarded-User": "x" * 121},
        ADA | {"Authorization": "Bearer wrong"},
        ADA | {"Authorization": "Basic YWRhOg=="},
    ],
)
async def test_what_names_no_user_is_refused_even_without_keys(behind: Settings, headers: Any):
    async with asking(behind) as client:
        response = await ask(client, [*httpx.Headers(headers).raw, (b"Origin", b"http://127.0.0.1:8000")])

    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_foreign_pages_cannot_use_the_sign_in(behind: Settings):
    named = {"X-Forwarded-User": "ada", "X-Forwarded-Groups": "/admins"}
    foreign = "http://pages.example"
    async with asking(replace(behind, allowed_origins=foreign)) as client:
        for headers in ({}, {"Origin": foreign}, {"Origin": "http://127.0.0.1:9"}):
            assert (await ask(client, named | headers)).status_code in {401, 403}
        for site, status in (("cross-site", 401), ("same-origin", 200), ("none", 200)):
            assert (await client.get("/metrics", headers=named | {"Sec-Fetch-Site": site})).status_code == status
        simple = await client.post("/graphql", content=b"{}", headers=named | ORIGIN | {"Content-Type": "text/plain"})

    assert simple.status_code == 415


async def test_a_user_counts_before_the_cookie_of_a_key(behind: Settings, secret: str):
    async with asking(behind) as client:
        signed_in = await client.post("/v1/session", json={"key": secret}, headers=ORIGIN)
        by_cookie = data_of((await ask(client, ORIGIN)).json())["viewer"]
        by_proxy = data_of((await ask(client, ADA)).json())["viewer"]

    assert signed_in.status_code == 200
    assert (by_cookie["keyName"], by_proxy["userName"]) == ("boss", "ada@example.com")


async def test_what_a_user_does_bears_the_name(behind: Settings):
    admin = ADA | {"X-Forwarded-Groups": "/admins", "X-Forwarded-For": "203.0.113.5"}
    build = (
        """mutation { createDataset(input: {name: "d", version: "1"}) { dataset { createdBy } errors { message } } }"""
    )
    async with asking(behind) as client:
        await ask(client, admin, CREATE_TRACES, input={"traces": [trace_input()]})
        built = data_of((await ask(client, admin, build)).json())["createDataset"]
        events = data_of((await ask(client, admin, EVENTS)).json())["auditEvents"]["nodes"]

    assert built == {"dataset": {"createdBy": "user:ada@example.com"}, "errors": []}
    assert events == [
        {"keyName": "user:ada@example.com", "address": "203.0.113.5", "action": action}
        for action in ("createDataset", "createTraces")
    ]


async def test_quotas_count_for_each_user(behind: Settings):
    async with asking(replace(behind, key_points_per_minute=1, proxy_scopes="*=read")) as client:
        answers = [(await ask(client, ORIGIN | {"X-Forwarded-User": user})).status_code for user in "aab"]

    assert answers == [200, 429, 200]


async def test_no_key_has_the_name_of_a_user(database: Database):
    with pytest.raises(Exception, match="name must not begin with user:"):
        await new_key(database, "user:ada")


async def test_a_server_that_others_reach_needs_no_key_behind_such_a_proxy(behind: Settings, database: Database):
    await require_key(database, replace(behind, host="192.0.2.5"))


async def test_streams_of_a_user_stay_open(behind: Settings, database: Database):
    """Also when keys are created and revoked, on which they do not depend."""
    local = replace(behind, proxy_addresses="127.0.0.1")
    admin = ADA | {"X-Forwarded-Groups": "/admins"}
    create = 'mutation { createKey(input: {name: "k", scopes: [READ]}) { errors { message } } }'
    app = create_app(local)
    async with listening(app, local) as address:
        own = admin | {"Origin": f"http://{address}"}
        async with (
            httpx.AsyncClient(base_url=f"http://{address}", headers=own, timeout=WAIT_SECONDS) as client,
            socket(address, additional_headers=own) as opened,
        ):
            await opened.subscribe("a", WATCH)
            async with event_stream(address, headers=own, json={"query": WATCH}) as events:
                await ask(client, {}, create)
                await app.state.services.keys.refresh()
                await ask(client, {}, CREATE_TRACES, input={"traces": [trace_input()]})

                assert data_of((await opened.receive())["payload"])["traceCreated"]["id"]
                assert data_of((await anext(events))[1])["traceCreated"]["id"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, ["203.0.113.5"], "203.0.113.5"),
        (f"::ffff:{PROXY}", ["203.0.113.5"], "203.0.113.5"),
        (PROXY, ["10.9.9.9, 203.0.113.5"], "203.0.113.5"),
        (PROXY, ["10.9.9.9", "203.0.113.5,198.51.100.3"], "203.0.113.5"),
        (PROXY, ["2001:DB8::1"], "2001:db8::1"),
        (PROXY, ["203.0.113.5, nonsense"], PROXY),
        (PROXY, [""], PROXY),
        (PROXY, [], PROXY),
        (STRANGER, ["203.0.113.5"], STRANGER),
        ("", ["203.0.113.5"], ""),
    ],
)
def test_the_clients_address_is_that_which_the_last_proxy_saw(
    behind: Settings, peer: str, forwarded: list[str], address: str
):
    headers = Headers(raw=[(b"x-forwarded-for", value.encode()) for value in forwarded])

    assert Proxies.of(behind).client_address({"client": (peer, 1)}, headers) == address
