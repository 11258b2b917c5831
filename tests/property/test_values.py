"""Values: valid ones are read back exactly as given; others are refused equally on both databases."""

from __future__ import annotations

import json
import uuid
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from tests.property.conftest import Twins
from tests.support.factories import external_ids, json_values, metas, native_traces, texts, trace
from tests.support.strategies import bounded
from tests.support.traces import CREATE_TRACE
from tunix_rt.db.models import traces
from tunix_rt.db.session import Database
from tunix_rt.domain.global_ids import global_id, parse_global_id, uuid_of
from tunix_rt.domain.text import JSON_MAX_DEPTH
from tunix_rt.errors import BadId

EVERYTHING = """
{ traces(orderBy: {field: CREATED_AT}, first: 500) { nodes {
  traceVersion prompt finalAnswer steps { index type content } meta source stepCount charCount externalId
} } }
"""
Lines = list[tuple[dict[str, Any], str | None]]


def lines(given: Lines) -> bytes:
    """Traces as NDJSON."""
    rows = [value if name is None else value | {"external_id": name} for value, name in given]
    return b"".join(orjson.dumps(row) + b"\n" for row in rows)


async def forget_traces(twins: Twins) -> None:
    """Deletes every trace."""
    for database in twins.databases.values():
        async with database.write() as session:
            await session.execute(delete(traces))


def as_graphql(value: dict[str, Any], name: str | None) -> dict[str, Any]:
    """A stored trace as the API should give it."""
    steps, meta = value["steps"], value.get("meta")
    source = (meta or {}).get("source")
    contents = [step["content"] for step in steps]
    return {
        "traceVersion": value["trace_version"],
        "prompt": value["prompt"],
        "finalAnswer": value["final_answer"],
        "steps": [{"index": step["i"], "type": step["type"], "content": step["content"]} for step in steps],
        "meta": meta,
        "source": source if isinstance(source, str) else None,
        "stepCount": len(steps),
        "charCount": len(value["prompt"]) + len(value["final_answer"]) + sum(map(len, contents)),
        "externalId": name,
    }


def exact(value: Any) -> str:
    """Returns a JSON value as a text that distinguishes 1 from 1.0 and the order of keys."""
    return json.dumps(value)


def different(given: Lines) -> Lines:
    """The traces without those that came before."""
    first: dict[str, tuple[dict[str, Any], str | None]] = {}
    for value, name in given:
        first.setdefault(exact([canonical(value), name]), (value, name))
    return list(first.values())


def canonical(value: dict[str, Any]) -> dict[str, Any]:
    """A trace as it is stored: every field in its place, the metadata as it came."""
    return {name: value.get(name) for name in ("trace_version", "prompt", "final_answer", "steps", "meta")}


@st.composite
def imports(draw: st.DrawFn) -> Lines:
    """A few traces with their external ids, some of them more than once."""
    given = draw(st.lists(st.tuples(native_traces(), external_ids()), min_size=1, max_size=4))
    return [*given, *draw(st.lists(st.sampled_from(given), max_size=2))]


IMPORTS = imports()


@bounded(40)
@given(given_lines=IMPORTS)
async def test_traces_come_back_exactly_as_they_were_given(twins: Twins, given_lines: Lines):
    await forget_traces(twins)
    wanted = different(given_lines)
    report = {"lines": len(given_lines), "added": len(wanted), "duplicates": len(given_lines) - len(wanted)}
    again = report | {"added": 0, "duplicates": len(given_lines)}

    for answer in await twins.ingest(lines(given_lines)):
        assert {name: answer[name] for name in report} == report, answer
    for answer in await twins.ingest(lines(given_lines)):
        assert {name: answer[name] for name in again} == again

    for answer in await twins.ask(EVERYTHING):
        assert exact(answer["data"]["traces"]["nodes"]) == exact([as_graphql(*line) for line in wanted])


async def stored(database: Database) -> list[Any]:
    """Every trace in the order of storing: its payload, its external id and its hash."""
    async with database.read() as session:
        query = select(traces.c.payload, traces.c.external_id, traces.c.content_hash).order_by(traces.c.seq)
        return [tuple(row) for row in await session.execute(query)]


@bounded(30)
@given(given_lines=IMPORTS)
async def test_what_is_read_out_of_one_database_and_stored_in_the_other_stays_the_same(
    twins: Twins, given_lines: Lines
):
    await forget_traces(twins)
    sqlite, postgresql = twins.databases.values()
    await twins.clients[0].post("/v1/traces", content=lines(given_lines), headers={"Content-Type": "application/jsonl"})

    read = await stored(sqlite)
    assert [exact(orjson.loads(payload)) for payload, _, _ in read] == [
        exact(canonical(value)) for value, _ in different(given_lines)
    ]
    body = lines([(orjson.loads(payload), name) for payload, name, _ in read])
    await twins.clients[1].post("/v1/traces", content=body, headers={"Content-Type": "application/jsonl"})

    assert await stored(postgresql) == read


@bounded(30)
@given(value=native_traces(), name=external_ids(), meta=metas())
async def test_a_mutation_stores_what_an_import_stores(
    twins: Twins, value: dict[str, Any], name: str | None, meta: dict[str, Any] | None
):
    await forget_traces(twins)
    value = value | {"meta": meta}
    steps = [{"index": step["i"], "type": step["type"], "content": step["content"]} for step in value["steps"]]
    mutation = {
        "traceVersion": value["trace_version"],
        "prompt": value["prompt"],
        "finalAnswer": value["final_answer"],
        "steps": steps,
        "meta": meta,
        "externalId": name,
    }
    for answer in await twins.ask(CREATE_TRACE, {"input": {"trace": mutation}}):
        assert answer["data"]["createTrace"]["errors"] == [], answer

    for answer in await twins.ingest(lines([(value, name)])):
        assert answer["duplicates"] == 1


# What is refused.


def deep(levels: int) -> Any:
    """A list in a list in a list."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


BAD_TEXTS = st.tuples(texts(0, 4), st.sampled_from(["\0", "\ud800", "\udfff", "\udc00\ud800"]), texts(0, 4)).map(
    "".join
)
BAD_NUMBERS = st.sampled_from([float("nan"), float("inf"), float("-inf"), 10**30, -(10**30), 2**64, -(2**63) - 1])
BAD_VALUES = st.one_of(BAD_TEXTS, BAD_NUMBERS, st.integers(JSON_MAX_DEPTH + 1, 60).map(deep), st.just(deep(5000)))


@st.composite
def bad_metas(draw: st.DrawFn) -> dict[str, Any]:
    """Metadata with something in it, at any depth, that cannot be stored."""
    value: Any = draw(st.one_of(BAD_VALUES, st.dictionaries(BAD_TEXTS, json_values(), min_size=1, max_size=1)))
    for _ in range(draw(st.integers(0, 3))):
        value = (
            {draw(texts(1, 3)): value} if draw(st.booleans()) else [*draw(st.lists(json_values(2), max_size=2)), value]
        )
    return {draw(texts(1, 4)): value}


@st.composite
def bad_traces(draw: st.DrawFn) -> dict[str, Any]:
    """Traces with one thing in them that cannot be stored."""
    bad = draw(BAD_TEXTS)
    step = {"i": 0, "type": "t", "content": "c"}
    return draw(
        st.one_of(
            st.sampled_from(
                [
                    trace(bad),
                    trace(final_answer=bad),
                    trace(trace_version=bad),
                    trace(external_id=bad),
                    trace(steps=[step, step | {"i": 1, "content": bad}]),
                    trace(steps=[step | {"type": bad}]),
                    trace() | {bad: 1},
                    trace(steps=[step | {bad: 1}]),
                ]
            ),
            BAD_NUMBERS.map(lambda number: trace(steps=[step | {"i": number}])),
            BAD_VALUES.map(lambda value: trace() | {"prompt": value}),
            bad_metas().map(lambda meta: trace(meta=meta)),
        )
    )


def dumped(value: Any) -> bytes:
    """A value as JSON in ASCII, with whatever JSON should not hold in it; deep lists are written by hand."""
    hole = 123456789
    depth = 0

    def shortened(part: Any) -> Any:
        nonlocal depth
        if isinstance(part, dict):
            return {key: shortened(inner) for key, inner in part.items()}
        if not isinstance(part, list):
            return part
        inner, levels = part, 0
        while isinstance(inner, list) and len(inner) == 1:
            inner, levels = inner[0], levels + 1
        if levels > JSON_MAX_DEPTH:
            depth = levels
            return hole
        return [shortened(item) for item in part]

    text = json.dumps(shortened(value))
    return text.replace(str(hole), "[" * depth + "1" + "]" * depth).encode()


@bounded(120)
@given(value=bad_traces())
async def test_invalid_values_are_refused_equally(twins: Twins, value: dict[str, Any]):
    good = trace("kept")
    first, second = await twins.ingest(dumped(value) + b"\n" + lines([(good, None)]), on_error="skip")

    assert first == second
    assert (first["status"], first["rejected"]) == (200, 1)
    assert first["added"] + first["duplicates"] == 1
    for refusal in first["refusals"]:
        assert (refusal["line"], refusal["code"]) == (1, "BAD_USER_INPUT")
        assert 0 < len(refusal["reason"]) < 300


@bounded(60)
@given(meta=bad_metas(), prompt=st.one_of(st.just("q"), BAD_TEXTS))
async def test_a_mutation_refuses_them_equally_too(twins: Twins, meta: dict[str, Any], prompt: str):
    given = {"prompt": prompt, "finalAnswer": "a", "steps": [{"type": "t", "content": "c"}], "meta": meta}
    body = dumped({"query": CREATE_TRACE, "variables": {"input": {"trace": given}}})
    answers = []
    for client in twins.clients:
        response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        answers.append(codes(response.json()))

    assert answers[0] == answers[1]
    assert set(answers[0]) == {"BAD_USER_INPUT"}


def codes(body: dict[str, Any]) -> list[str]:
    """The codes of every error in an answer, on both floors."""
    top = [error["extensions"]["code"] for error in body.get("errors", [])]
    payload = (body.get("data") or {}).get("createTrace") or {"errors": []}
    return top + [error["code"] for error in payload["errors"]]


# Ids.


@given(value=st.uuids(), type_name=st.sampled_from(["Trace", "Score", "Run"]))
def test_ids_round_trip(value: uuid.UUID, type_name: str):
    text = global_id(type_name, value)

    assert parse_global_id(text) == (type_name, value)
    assert uuid_of(text, type_name) == uuid_of(str(value), type_name) == value
    with pytest.raises(BadId):
        uuid_of(text, "Dataset")


@bounded(60)
@given(
    text=st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=150), st.binary(max_size=40).map(repr))
)
async def test_garbage_is_no_id(twins: Twins, text: str):
    for answer in await twins.ask("query ($id: ID!) { trace(id: $id) { id } }", {"id": text}):
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_ID"], answer
