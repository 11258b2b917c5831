"""Generated operations over the whole schema: every error is coded, and none is the error of the server."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from tests.support.keys import bearer, new_key
from tests.support.repository import ROOT
from tests.support.traces import CREATE_TRACES, trace_input
from tunix_rt.db.session import Database
from tunix_rt.domain.keys.scopes import KeyScope

SCHEMA = ROOT / "schema.graphql"
ALLOWED = {"BAD_ID", "BAD_CURSOR", "BAD_USER_INPUT", "NOT_FOUND", "TOO_COSTLY", "CONFLICT"}

ANY_JSON = st.recursive(
    st.one_of(
        st.text(max_size=10).map(nodes.String),
        st.integers(-(2**70), 2**70).map(nodes.Int),
        st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float),
        st.booleans().map(nodes.Boolean),
        st.just(nodes.Null),
    ),
    lambda inner: st.lists(inner, max_size=3).map(nodes.List),
    max_leaves=5,
)
schemathesis.graphql.scalar("DateTime", st.datetimes().map(lambda at: at.isoformat() + "Z").map(nodes.String))
schemathesis.graphql.scalar("UUID", st.uuids().map(str).map(nodes.String))
schemathesis.graphql.scalar("JSON", ANY_JSON)
schemathesis.graphql.scalar("BigInt", st.integers(-(2**63), 2**63 - 1).map(nodes.Int))
GENERATED = schemathesis.graphql.from_file(SCHEMA.read_text(encoding="utf-8")).as_strategy()


def codes(body: dict[str, Any]) -> list[Any]:
    """The code of each error in an answer, top-level or in a payload that shows it; None where there is none."""
    found = [error.get("extensions", {}).get("code") for error in body.get("errors", ())]
    for payload in (body.get("data") or {}).values():
        if isinstance(payload, dict) and isinstance(payload.get("errors"), list):
            found += [error["code"] for error in payload["errors"] if "code" in error]
    return found


@pytest.fixture
async def administrator(database: Database) -> dict[str, str]:
    """The headers of an administrator, who is still permitted everything after a generated `createKey`."""
    return bearer(await new_key(database, "administrator", KeyScope.ADMIN))


@pytest.fixture
async def filled(app_client: httpx.AsyncClient, administrator: dict[str, str]) -> None:
    """A few traces for the generated operations to meet."""
    traces = [trace_input(str(number), meta={"source": "s", "n": number}) for number in range(3)]
    response = await app_client.post(
        "/graphql", json={"query": CREATE_TRACES, "variables": {"input": {"traces": traces}}}, headers=administrator
    )
    assert response.json()["data"]["createTraces"]["createdCount"] == 3


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(case=GENERATED)
async def test_generated_operations_are_answered_without_a_error(
    app_client: httpx.AsyncClient, administrator: dict[str, str], filled: None, case: schemathesis.Case
):
    response = await app_client.post("/graphql", json={"query": case.body}, headers=administrator)

    body = response.json()
    assert response.status_code in {200, 400}
    assert set(codes(body)) <= ALLOWED, (case.body, body)
