"""The queries: found, not found, malformed, empty."""

from __future__ import annotations

import base64
from typing import Any

import pytest

import tunix_rt
from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import COUNT_SCORES, CREATE_SCORE, UNKNOWN_UUID, code_of, error_of, on_sqlite, trace_input
from tunix_rt.db.session import Database
from tunix_rt.settings import Settings

COMPARE = """
query ($base: ID!, $other: ID!) {
  compareTraces(base: $base, other: $other) {
    base { score details trace { id prompt steps { content } } }
    other { score trace { id createdAt meta } }
    difference
  }
}
"""


def global_id(type_name: str, value: str) -> str:
    """An id as the server makes it."""
    return base64.urlsafe_b64encode(f"{type_name}:{value}".encode()).decode().rstrip("=")


MALFORMED = [
    "",
    "x",
    "not an id",
    "🦉",
    "A" * 129,
    "A" * 100_000,
    UNKNOWN_UUID[:-1],
    UNKNOWN_UUID + "0",
    global_id("Trace", "not a uuid"),
    global_id("Trace", ""),
    global_id("Trace", UNKNOWN_UUID)[:-2],
]


async def scored(ask: Ask, trace: dict[str, Any]) -> dict[str, Any]:
    """A score of a trace."""
    payload = await ask(CREATE_SCORE, input={"traceId": trace["id"], "scorer": "ada", "score": 1.0})
    stored: dict[str, Any] = payload["createScore"]["score"]
    return stored


async def test_an_empty_database(ask: Ask):
    everything = """
    { %s { totalCount nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }
    """
    nothing = {
        "totalCount": 0,
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }

    for name in ("traces", "scores"):
        assert (await ask(everything.replace("%s", name)))[name] == nothing


async def test_ids_are_opaque_and_carry_the_uuid(store: Store):
    (trace,) = await store(trace_input())

    assert trace["id"] == global_id("Trace", trace["uuid"])


async def test_look_ups_take_every_spelling_of_an_id(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    score = await scored(ask, trace)

    for name, found in (("trace", trace), ("score", score)):
        query = f"query ($id: ID!) {{ {name}(id: $id) {{ id }} }}"
        padded, uuid = found["id"] + "=" * (-len(found["id"]) % 4), found["uuid"]
        for given in (found["id"], padded, uuid, uuid.upper(), uuid.replace("-", ""), f"urn:uuid:{uuid}"):
            assert (await ask(query, id=given))[name] == {"id": found["id"]}, given


@pytest.mark.parametrize("name", ["trace", "score"])
async def test_look_ups_of_what_does_not_exist_are_null(ask: Ask, name: str):
    for given in (UNKNOWN_UUID, global_id(name.title(), UNKNOWN_UUID)):
        assert (await ask(f"query ($id: ID!) {{ {name}(id: $id) {{ id }} }}", id=given))[name] is None


@on_sqlite
@pytest.mark.parametrize(
    ("field", "another"),
    [
        ("trace(id: $id) { id }", "Score"),
        ("score(id: $id) { id }", "Trace"),
        ("node(id: $id) { id }", "Step"),
        ("compareTraces(base: $id, other: $id) { difference }", "Score"),
    ],
)
async def test_malformed_ids_and_those_of_another_type_are_refused(graphql: Execute, field: str, another: str):
    for given in (*MALFORMED, global_id(another, UNKNOWN_UUID)):
        error = error_of(await graphql(f"query ($id: ID!) {{ {field} }}", {"id": given}))
        assert error["extensions"]["code"] == "BAD_ID", given
        assert len(error["message"]) < 200


async def test_ids_may_be_written_as_numbers_and_are_refused_as_ids(graphql: Execute):
    assert code_of(await graphql("{ trace(id: 7) { id } }")) == "BAD_ID"


async def test_node_finds_each_type(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    score = await scored(ask, trace)
    query = "query ($id: ID!) { node(id: $id) { __typename id uuid ... on Trace { prompt } ... on Score { scorer } } }"

    assert (await ask(query, id=trace["id"]))["node"] == {
        "__typename": "Trace",
        "id": trace["id"],
        "uuid": trace["uuid"],
        "prompt": trace["prompt"],
    }
    assert (await ask(query, id=score["id"]))["node"] == {
        "__typename": "Score",
        "id": score["id"],
        "uuid": score["uuid"],
        "scorer": "ada",
    }
    assert (await ask(query, id=global_id("Trace", UNKNOWN_UUID)))["node"] is None


async def test_node_and_nodes_take_a_bare_uuid_of_any_type(ask: Ask, store: Store):
    (trace,) = await store(trace_input())
    score = await scored(ask, trace)

    for found in (trace, score):
        assert (await ask("query ($id: ID!) { node(id: $id) { id } }", id=found["uuid"]))["node"] == {"id": found["id"]}
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    nodes = (await ask(query, ids=[score["uuid"], UNKNOWN_UUID, trace["id"], trace["uuid"]]))["nodes"]
    assert nodes == [{"id": score["id"]}, None, {"id": trace["id"]}, {"id": trace["id"]}]
    assert (await ask("query ($id: ID!) { node(id: $id) { id } }", id=UNKNOWN_UUID))["node"] is None


async def test_nodes_keeps_order_and_returns_null(ask: Ask, store: Store):
    first, second = await store(trace_input("a"), trace_input("b"))
    score = await scored(ask, first)
    ids = [second["id"], global_id("Score", UNKNOWN_UUID), score["id"], first["id"], second["id"]]

    found = (await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids))["nodes"]

    assert found == [{"id": ids[0]}, None, {"id": ids[2]}, {"id": ids[3]}, {"id": ids[4]}]
    assert (await ask("{ nodes(ids: []) { id } }"))["nodes"] == []


async def test_nodes_takes_500_ids(graphql: Execute, ask: Ask):
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    unknown = global_id("Trace", UNKNOWN_UUID)

    assert (await ask(query, ids=[unknown] * 500))["nodes"] == [None] * 500
    error = error_of(await graphql(query, {"ids": [unknown] * 501}))
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "at most 500 ids; it has 501" in error["message"]


async def test_nodes_names_the_malformed_id(graphql: Execute):
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    error = error_of(await graphql(query, {"ids": [global_id("Trace", UNKNOWN_UUID), "x"]}))

    assert error["extensions"]["code"] == "BAD_ID"
    assert error["extensions"]["argumentPath"] == ["ids", "1"]


async def test_compare_scores_both_on_the_fly(ask: Ask, store: Store):
    step = {"type": "t", "content": "x" * 500}
    short, long = await store(trace_input(steps=[step]), trace_input("long", steps=[step] * 10, meta={"a": 1}))

    found = (await ask(COMPARE, base=short["id"], other=long["uuid"]))["compareTraces"]

    assert (found["base"]["score"], found["other"]["score"], found["difference"]) == (55.0, 100.0, 45.0)
    assert found["base"]["trace"] == {"id": short["id"], "prompt": "What is 2 + 2?", "steps": [{"content": "x" * 500}]}
    assert found["base"]["details"]["step_count"] == 1
    assert found["other"]["trace"] == {"id": long["id"], "createdAt": long["createdAt"], "meta": {"a": 1}}
    back = (await ask(COMPARE, base=long["id"], other=short["id"]))["compareTraces"]
    assert back["difference"] == -45.0
    assert (await ask(COUNT_SCORES))["scores"]["totalCount"] == 0


async def test_compare_with_itself(ask: Ask, store: Store):
    (trace,) = await store(trace_input())

    found = (await ask(COMPARE, base=trace["id"], other=trace["uuid"]))["compareTraces"]

    assert found["difference"] == 0.0
    assert found["base"]["trace"]["id"] == found["other"]["trace"]["id"] == trace["id"]


async def test_differences_are_rounded(ask: Ask, store: Store):
    traces = await store(
        *(trace_input(steps=[{"type": "t", "content": "x" * length}]) for length in (1, 3))
    )  # 5.1 and 5.3, whose difference in binary is 0.2000000000000002

    found = (await ask(COMPARE, base=traces[0]["id"], other=traces[1]["id"]))["compareTraces"]

    assert found["difference"] == 0.2


@pytest.mark.parametrize(("missing", "side"), [("both", "base"), ("base", "base"), ("other", "other")])
async def test_compare_names_the_missing_trace_base_first(graphql: Execute, store: Store, missing: str, side: str):
    (trace,) = await store(trace_input())
    ids = {
        "base": UNKNOWN_UUID if missing in {"both", "base"} else trace["id"],
        "other": UNKNOWN_UUID if missing in {"both", "other"} else trace["id"],
    }

    error = error_of(await graphql(COMPARE, ids))

    assert error["extensions"]["code"] == "NOT_FOUND"
    assert error["extensions"]["argumentPath"] == [side]
    assert error["message"].startswith(f"{side.title()} trace {UNKNOWN_UUID}")


@on_sqlite
async def test_scorers(ask: Ask):
    (baseline,) = [
        scorer
        for scorer in (await ask("{ scorers { name version description low high } }"))["scorers"]
        if scorer["name"] == "baseline"
    ]

    assert (baseline["version"], baseline["low"], baseline["high"]) == ("1", 0.0, 100.0)
    assert "500 characters" in baseline["description"]


async def test_server_info(ask: Ask, settings: Settings, database: Database):
    query = """
    {
      serverInfo {
        version
        database { kind }
        limits {
          pageDefault pageMax traceMaxBytes bodyMaxBytes responseMaxBytes queryMaxCharacters queryMaxTokens
          queryMaxDepth queryMaxAliases queryMaxDirectives queryMaxCost timeoutSeconds
        }
      }
    }
    """

    info = (await ask(query))["serverInfo"]

    assert (info["version"], info["database"]) == (tunix_rt.__version__, {"kind": database.kind.upper()})
    assert info["limits"] == {
        "pageDefault": 50,
        "pageMax": 500,
        "traceMaxBytes": settings.trace_max_bytes,
        "bodyMaxBytes": settings.body_max_bytes,
        "responseMaxBytes": settings.response_max_bytes,
        "queryMaxCharacters": settings.max_query_chars,
        "queryMaxTokens": settings.max_query_tokens,
        "queryMaxDepth": settings.max_query_depth,
        "queryMaxAliases": settings.max_query_aliases,
        "queryMaxDirectives": settings.max_query_directives,
        "queryMaxCost": settings.max_query_cost,
        "timeoutSeconds": settings.request_timeout_seconds,
    }


HEALTH = "{ health { status database { status latencyMs message } } }"


async def test_health(ask: Ask):
    health = (await ask(HEALTH))["health"]

    assert (health["status"], health["database"]["status"], health["database"]["message"]) == ("UP", "UP", None)
    assert health["database"]["latencyMs"] >= 0


async def test_health_of_a_database_that_was_migrated_down(ask: Ask, settings: Settings):
    import anyio

    from tunix_rt.db.migrate import downgrade

    await anyio.to_thread.run_sync(downgrade, settings.database_url, "base")

    health = (await ask(HEALTH))["health"]
    assert (health["status"], health["database"]["status"]) == ("DOWN", "DOWN")
    assert "tunix-rt migrate up" in health["database"]["message"]
    assert health["database"]["latencyMs"] is None


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "reported"),
    [
        ("first: -1", "first must be between 0 and 500; it is -1"),
        ("first: 501", "first must be between 0 and 500; it is 501"),
        ("last: -1", "last must be between 0 and 500; it is -1"),
        ("last: 501", "last must be between 0 and 500; it is 501"),
        ("first: 1, last: 1", "not both"),
        ("orderBy: [" + "{field: ID} " * 6 + "]", "at most 5 terms; it has 6"),
    ],
)
@pytest.mark.parametrize("name", ["traces", "scores"])
async def test_pages_out_of_their_limits_are_refused(graphql: Execute, name: str, arguments: str, reported: str):
    error = error_of(await graphql(f"{{ {name}({arguments}) {{ totalCount }} }}"))

    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert reported in error["message"]


async def test_pages_at_their_limits(ask: Ask, store: Store):
    await store(*[trace_input()] * 501)

    assert len((await ask("{ traces { nodes { uuid } } }"))["traces"]["nodes"]) == 50
    assert len((await ask("{ traces(first: 500) { nodes { uuid } } }"))["traces"]["nodes"]) == 500
    assert (await ask("{ traces(first: 0) { totalCount nodes { uuid } } }"))["traces"] == {
        "totalCount": 501,
        "nodes": [],
    }


@on_sqlite
@pytest.mark.parametrize("side", ["after", "before"])
async def test_cursors_that_are_none_are_refused(graphql: Execute, side: str):
    for cursor in ("", "x", "🦉", "A" * 5000, "bnVsbA", "W10", "WyJhIl0", "WzEsMiwzXQ=="):
        body = await graphql(f"query ($c: String) {{ traces({side}: $c) {{ nodes {{ id }} }} }}", {"c": cursor})
        assert code_of(body) == "BAD_CURSOR", cursor


async def test_cursors_of_another_order_are_refused(graphql: Execute, ask: Ask, store: Store):
    await store(trace_input(), trace_input())
    page = (await ask("{ traces(first: 1, orderBy: [{field: STEP_COUNT}]) { pageInfo { endCursor } } }"))["traces"]
    cursor = page["pageInfo"]["endCursor"]

    for arguments in ("", ", orderBy: [{field: STEP_COUNT, direction: DESC}]", ", orderBy: [{field: CHAR_COUNT}]"):
        query = f"query ($c: String) {{ traces(after: $c{arguments}) {{ nodes {{ id }} }} }}"
        assert code_of(await graphql(query, {"c": cursor})) == "BAD_CURSOR"
    body = await graphql("query ($c: String) { scores(after: $c) { nodes { id } } }", {"c": cursor})
    assert code_of(body) == "BAD_CURSOR"


@on_sqlite
@pytest.mark.parametrize("argument", ["first: 2, after", "last: 2, before", "first: 2, before", "last: 2, after"])
async def test_a_bad_cursor_is_reported_by_its_argument(graphql: Execute, argument: str):
    error = error_of(await graphql(f'{{ traces({argument}: "garbage") {{ totalCount }} }}'))

    assert error["extensions"]["code"] == "BAD_CURSOR"
    assert error["extensions"]["argumentPath"] == [argument.rpartition(" ")[2]]
