"""A browser signs in with a key once; its cookie then opens what the key opens, for the server's own pages alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.api import client_of
from tests.support.guarded_server import client, database_url, secret
from tests.support.keys import VIEWER, bearer, create_key, keys_of_all_scopes, new_key
from tests.support.no_worker import settings
from tests.support.traces import data_of
from tunix_rt.db.session import Database
from tunix_rt.domain.keys import ring
from tunix_rt.domain.keys.scopes import INCLUDED, KeyScope
from tunix_rt.http.access.cookie import COOKIE
from tunix_rt.settings import Settings

__all__ = ["client", "database_url", "secret", "settings"]

ORIGIN = {"Origin": "http://127.0.0.1:8000"}
ROUTES = {
    ("POST", "/v1/traces"): KeyScope.WRITE,
    ("POST", "/v1/scores"): KeyScope.WRITE,
    ("GET", "/v1/datasets/math-v1/export.jsonl"): KeyScope.READ,
    ("GET", "/metrics"): None,
}
"""The scope that each route needs; None for any key."""
MUTATIONS = {
    'mutation { deleteTraces(input: {ids: ["x"]}) { errors { code } } }': KeyScope.WRITE,
    'mutation { cancelRun(input: {id: "x"}) { errors { code } } }': KeyScope.RUN,
    'mutation { revokeKey(input: {id: "x"}) { errors { code } } }': KeyScope.ADMIN,
    VIEWER: None,
}


async def sign_in(client: httpx.AsyncClient, secret: str, **headers: str) -> httpx.Response:
    """Signs in as the web client does; the client keeps the cookie."""
    return await client.post("/v1/session", json={"key": secret}, headers=ORIGIN | headers)


async def ask(client: httpx.AsyncClient, query: str = VIEWER, **headers: str) -> httpx.Response:
    """Posts a document as the web client does."""
    return await client.post("/graphql", json={"query": query}, headers=ORIGIN | headers)


def code_of(response: httpx.Response) -> str:
    """Returns the code of a refusal."""
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


async def test_a_key_becomes_a_cookie_that_scripts_cannot_read(client: httpx.AsyncClient, secret: str):
    response = await sign_in(client, f" {secret}\n")
    expires = datetime.fromisoformat(response.json()["expiresAt"])
    value, *attributes = response.headers["set-cookie"].split("; ")

    assert response.json() | {"expiresAt": None} == {
        "keyName": "boss",
        "scopes": ["READ", "WRITE", "RUN", "ADMIN"],
        "expiresAt": None,
    }
    assert abs(expires - datetime.now(UTC) - timedelta(days=30)) < timedelta(hours=1)
    assert set(attributes) - {f"Max-Age={age}" for age in (2591999, 2592000)} == {
        "HttpOnly",
        "Path=/",
        "SameSite=strict",
    }
    assert value.startswith(f"{COOKIE}=trt_")
    assert secret.rpartition("_")[2] not in value
    assert response.headers["cache-control"] == "no-store"
    assert data_of((await ask(client)).json())["viewer"]["keyName"] == "boss"


@pytest.mark.parametrize(
    ("public_url", "base_url", "origin", "is_secure"),
    [
        ("", "https://127.0.0.1:8000", "https://127.0.0.1:8000", True),
        ("https://tunix.example", "http://127.0.0.1:8000", "http://127.0.0.1:8000", True),
        ("", "http://127.0.0.1:8000", "https://127.0.0.1:8000", True),
        ("", "http://127.0.0.1:8000", "http://127.0.0.1:8000", False),
    ],
)
async def test_the_cookie_stays_on_https(
    settings: Settings, secret: str, public_url: str, base_url: str, origin: str, is_secure: bool
):
    async with client_of(replace(settings, public_url=public_url)) as client:
        client.base_url = base_url
        signed_in = await sign_in(client, secret, Origin=origin)
        signed_out = await client.delete("/v1/session", headers={"Origin": origin})

    for response in (signed_in, signed_out):
        assert ("Secure" in response.headers["set-cookie"].split("; ")) is is_secure


async def test_it_opens_exactly_what_its_key_opens(settings: Settings, database: Database):
    secrets = await keys_of_all_scopes(database)
    async with client_of(settings) as client:
        for scope, secret in secrets.items():
            await sign_in(client, secret)
            for (method, path), needed in ROUTES.items():
                response = await client.request(method, path, headers=ORIGIN, content=b"")
                permitted = needed in {None, *INCLUDED[scope]}
                assert (response.status_code not in {401, 403}) is permitted, (path, scope)
            for query, needed in MUTATIONS.items():
                permitted = needed in {None, *INCLUDED[scope]}
                assert ((await ask(client, query)).status_code == 200) is permitted, (query, scope)


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        ({"key": "wrong"}, "UNAUTHENTICATED", 401),
        ({"key": f"trt_abcdefgh_{'0' * 64}"}, "UNAUTHENTICATED", 401),
        ({"key": " "}, "BAD_USER_INPUT", 400),
        ({"key": 7}, "BAD_USER_INPUT", 400),
        ({}, "BAD_USER_INPUT", 400),
        ([], "BAD_USER_INPUT", 400),
        ({"key": "x" * 5000}, "BAD_USER_INPUT", 413),
    ],
)
async def test_what_is_no_key_is_refused(client: httpx.AsyncClient, body: Any, code: str, status: int):
    response = await client.post("/v1/session", json=body, headers=ORIGIN)

    assert (response.status_code, code_of(response)) == (status, code)
    assert "set-cookie" not in response.headers
    if status == 400:
        assert response.json()["errors"][0]["message"].startswith("key ")


async def test_foreign_pages_cannot_sign_in(client: httpx.AsyncClient, secret: str):
    foreign = await sign_in(client, secret, Origin="https://evil.example")
    simple = await client.post(
        "/v1/session", content=f'{{"key": "{secret}"}}', headers={"Content-Type": "text/plain"} | ORIGIN
    )

    assert (foreign.status_code, simple.status_code) == (403, 415)
    assert not client.cookies


async def test_a_server_without_keys_needs_no_sign_in(settings: Settings):
    async with client_of(settings) as client:
        response = await sign_in(client, f"trt_abcdefgh_{'0' * 64}")

    assert (response.status_code, code_of(response)) == (409, "CONFLICT")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:9000"},
        {"Origin": "http://pages.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_it_does_not_count_for_other_pages(settings: Settings, secret: str, headers: dict[str, str]):
    """Not even for those that may read answers, and ports of the same host."""
    origins = ("http://127.0.0.1:9000", "http://pages.example")
    async with client_of(replace(settings, allowed_origins=",".join(origins))) as client:
        await sign_in(client, secret)
        reading = await client.get("/metrics", headers=headers)
        posting = await client.post("/graphql", json={"query": VIEWER}, headers=headers)

        assert (reading.status_code, posting.status_code) == (401, 401)
        assert (await client.get("/metrics", headers={"Sec-Fetch-Site": "same-origin"})).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        assert (await ask(client)).status_code == 200


async def test_a_request_that_changes_something_names_its_page(client: httpx.AsyncClient, secret: str):
    await sign_in(client, secret)

    assert (await client.post("/graphql", json={"query": VIEWER})).status_code == 401
    assert (await ask(client, Origin="http://evil.example")).status_code == 403
    assert (await ask(client, Origin="null")).status_code == 403


async def test_simple_content_types_stay_refused(client: httpx.AsyncClient, secret: str):
    await sign_in(client, secret)
    for path in ("/graphql", "/v1/traces", "/v1/scores"):
        for simple in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
            headers = ORIGIN | {"Content-Type": simple}
            assert (await client.post(path, content=b'{"query": "{ a }"}', headers=headers)).status_code == 415, path


async def test_the_header_counts_before_the_cookie(client: httpx.AsyncClient, secret: str):
    await sign_in(client, secret)
    ada = await create_key(lambda query, variables: _json(client, secret, query, variables), "ada", "READ")

    assert data_of((await ask(client, **bearer(ada["secret"]))).json())["viewer"]["keyName"] == "ada"
    assert (await ask(client, Authorization="Bearer wrong")).status_code == 401
    assert (await ask(client, Authorization="Basic x")).status_code == 401


async def _json(client: httpx.AsyncClient, secret: str, query: str, variables: Any) -> dict[str, Any]:
    body = {"query": query, "variables": variables}
    answer: dict[str, Any] = (await client.post("/graphql", json=body, headers=bearer(secret))).json()
    return answer


@pytest.mark.parametrize("change", ["revoke", "rotate"])
async def test_revoking_and_rotating_end_it(settings: Settings, database: Database, change: str):
    secret = await new_key(database, "boss", KeyScope.ADMIN)
    other = await new_key(database, "other", KeyScope.ADMIN)
    mutation = f'mutation {{ {change}Key(input: {{id: "boss"}}) {{ errors {{ code }} }} }}'
    async with client_of(settings) as client:
        await sign_in(client, secret)
        assert (await ask(client)).status_code == 200
        changed = data_of((await ask(client, mutation, **bearer(other))).json())

        assert changed == {f"{change}Key": {"errors": []}}
        assert (await ask(client)).status_code == 401


async def test_it_ends_after_thirty_days_or_with_its_key(
    settings: Settings, secret: str, database: Database, monkeypatch: pytest.MonkeyPatch
):
    start = datetime.now(UTC)
    short = await new_key(database, "short", expires_at=start + timedelta(days=2))
    async with client_of(settings) as client:
        await sign_in(client, secret)
        for days, status in ((29.9, 200), (30.1, 401)):
            at = start + timedelta(days=days)
            monkeypatch.setattr(ring, "now", lambda at=at: at)
            assert (await ask(client)).status_code == status
        monkeypatch.setattr(ring, "now", lambda: start)
        signed_in = await sign_in(client, short)
        assert datetime.fromisoformat(signed_in.json()["expiresAt"]) - start < timedelta(days=2, seconds=1)
        assert re.search(r"Max-Age=1[67]\d{4};", signed_in.headers["set-cookie"])
        assert (await ask(client)).status_code == 200
        monkeypatch.setattr(ring, "now", lambda: start + timedelta(days=2.1))
        assert (await ask(client)).status_code == 401


async def test_a_changed_token_is_refused(client: httpx.AsyncClient, secret: str):
    ada = await create_key(lambda query, variables: _json(client, secret, query, variables), "ada", "READ")
    await sign_in(client, ada["secret"])
    token = client.cookies[COOKIE]
    prefix, issued, signature = token.split(".")
    client.cookies.clear()
    wrong = [
        f"{prefix}.{int(issued) + 1}.{signature}",
        f"{prefix}.{issued}.{'0' * 64}",
        f"{prefix}.{issued}.{signature[:-1]}",
        f"{secret.rpartition('_')[0]}.{issued}.{signature}",
        f"trt_abcdefgh.{issued}.{signature}",
        f"{prefix}.{'9' * 40}.{signature}",
        f"{prefix}.{issued}.",
        secret,
        "",
    ]
    for given in wrong:
        assert (await ask(client, Cookie=f"{COOKIE}={given}")).status_code == 401, given

    assert (await ask(client, Cookie=f"other=1; {COOKIE}={token}")).status_code == 200


async def test_another_installation_does_not_accept_it(
    settings: Settings, client: httpx.AsyncClient, secret: str, tmp_path: Path
):
    await sign_in(client, secret)
    other_settings = replace(settings, data_dir=tmp_path / "other", database_url=settings.database_url)
    async with client_of(other_settings) as other:
        given = f"{COOKIE}={client.cookies[COOKIE]}"
        assert (await ask(other, Cookie=given)).status_code == 401
        assert (await ask(other, **bearer(secret))).status_code == 200


async def test_signing_out_removes_it(client: httpx.AsyncClient, secret: str):
    await sign_in(client, secret)
    response = await client.delete("/v1/session", headers=ORIGIN)

    assert (response.status_code, response.content) == (204, b"")
    assert {"Max-Age=0", "HttpOnly", "Path=/", "SameSite=strict"} <= set(response.headers["set-cookie"].split("; "))
    assert not client.cookies
    assert (await ask(client)).status_code == 401
    assert (await client.delete("/v1/session", headers={"Origin": "http://evil.example"})).status_code == 403
