"""createTrace and createTraces: what is stored, and how each error is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.api import Ask, Store
from tests.support.created_traces import OWL, count, create
from tests.support.traces import (
    CREATE_TRACES,
    on_sqlite,
    repeated,
    trace_input,
    user_error_of,
)

WHOLE = """
query ($id: ID!) {
  trace(id: $id) {
    id uuid createdAt traceVersion prompt finalAnswer
    steps { index type content scores { score } }
    meta source stepCount charCount promptPreview finalAnswerPreview promptHash contentHash externalId
    scores { totalCount nodes { id } }
    latestScores { id }
  }
}
"""


async def test_a_trace_comes_back_as_it_was_given(ask: Ask):
    given = trace_input(
        "  Wie viele 🦉?\t",
        traceVersion="2.1",
        finalAnswer="drei\n",
        steps=[
            {"index": 7, "type": "count", "content": "eins, zwei, drei"},
            {"index": 0, "type": "check", "content": " "},
        ],
        meta={"source": "forest", "depth": {"list": [1, 1.5, None, True, "é"]}},
        externalId="row-1",
    )

    created = await create(ask, given)

    assert created["errors"] == []
    trace = (await ask(WHOLE, id=created["trace"]["id"]))["trace"]
    steps = [step | {"scores": []} for step in given["steps"]]
    expected = {
        "id": created["trace"]["id"],
        "uuid": created["trace"]["uuid"],
        "traceVersion": "2.1",
        "prompt": given["prompt"],
        "finalAnswer": "drei\n",
        "steps": steps,
        "meta": given["meta"],
        "source": "forest",
        "stepCount": 2,
        "charCount": 15 + 5 + 16 + 1,
        "promptPreview": given["prompt"],
        "finalAnswerPreview": "drei\n",
        "externalId": "row-1",
        "scores": {"totalCount": 0, "nodes": []},
        "latestScores": [],
    }
    assert {name: trace[name] for name in expected} == expected
    assert trace["createdAt"].endswith("Z")
    assert len(trace["promptHash"]) == len(trace["contentHash"]) == 64


async def test_what_is_not_given_has_its_default(ask: Ask):
    created = await create(
        ask, {"prompt": "q", "finalAnswer": "a", "steps": [{"type": "t", "content": c} for c in "xyz"]}
    )

    trace = (await ask(WHOLE, id=created["trace"]["uuid"]))["trace"]
    assert [step["index"] for step in trace["steps"]] == [0, 1, 2]
    assert (trace["traceVersion"], trace["meta"], trace["source"], trace["externalId"]) == ("1.0", None, None, None)


async def test_previews_hold_200_characters(ask: Ask):
    created = await create(ask, trace_input(OWL * 201, finalAnswer=OWL * 200))

    trace = (await ask(WHOLE, id=created["trace"]["id"]))["trace"]
    assert (trace["promptPreview"], trace["finalAnswerPreview"]) == (OWL * 200, OWL * 200)


@on_sqlite
@pytest.mark.parametrize("source", [7, None, ["a"], {"a": 1}])
async def test_a_source_that_is_no_text_stays_metadata(ask: Ask, source: Any):
    created = await create(ask, trace_input(meta={"source": source}))

    trace = (await ask(WHOLE, id=created["trace"]["id"]))["trace"]
    assert (trace["source"], trace["meta"]) == (None, {"source": source})


def with_step(**fields: Any) -> dict[str, Any]:
    """Returns a trace whose second step has the given fields."""
    good = {"type": "t", "content": "c"}
    return trace_input(steps=[good, good | fields])


LIMITS: list[tuple[str, list[str], Any, int]] = [
    ("traceVersion", ["traceVersion"], lambda text: trace_input(traceVersion=text), 64),
    ("prompt", ["prompt"], trace_input, 50_000),
    ("finalAnswer", ["finalAnswer"], lambda text: trace_input(finalAnswer=text), 50_000),
    ("type", ["steps", "1", "type"], lambda text: with_step(type=text), 64),
    ("content", ["steps", "1", "content"], lambda text: with_step(content=text), 200_000),
    ("externalId", ["externalId"], lambda text: trace_input(externalId=text), 256),
]


@pytest.mark.parametrize(("name", "path", "make", "most"), LIMITS, ids=[limit[0] for limit in LIMITS])
async def test_texts_are_limited_in_code_points(ask: Ask, name: str, path: list[str], make: Any, most: int):
    for length in (1, most):
        assert (await create(ask, make(OWL * length)))["errors"] == []
    for length in (0, most + 1):
        payload = await create(ask, make(OWL * length))
        error = user_error_of(payload)
        assert payload["trace"] is None
        assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "trace", *path])
        assert str(most) in error["message"]
        assert f"has {length}" in error["message"]
        assert OWL not in error["message"]
    assert await count(ask) == 2


async def test_the_number_of_steps_is_limited(ask: Ask):
    step = {"type": "t", "content": "c"}
    for number in (1, 10_000):
        assert (await create(ask, trace_input(steps=[step] * number)))["errors"] == []
    error = user_error_of(await create(ask, trace_input(steps=[step] * 10_001)))
    assert error["path"] == ["input", "trace", "steps"]
    assert "10000" in error["message"]
    assert "has 10001" in error["message"]
    assert await count(ask) == 2


async def test_a_trace_without_steps_is_an_answer_without_reasoning(ask: Ask):
    without = {name: value for name, value in trace_input().items() if name != "steps"}
    for given in (without, without | {"steps": []}, without | {"steps": None}):
        assert (await create(ask, given))["errors"] == []

    found = (await ask("{ traces { nodes { finalAnswer steps { index type content } } } }"))["traces"]["nodes"]
    assert len(found) == 3
    for trace in found:
        assert trace["steps"] == [{"index": 0, "type": "answer", "content": trace["finalAnswer"]}]


async def test_step_indexes_are_unique_and_not_negative(ask: Ask):
    assert (await create(ask, with_step(index=2**31 - 1)))["errors"] == []
    negative = user_error_of(await create(ask, with_step(index=-1)))
    repeated_index = user_error_of(await create(ask, with_step(index=0)))

    for error in (negative, repeated_index):
        assert error["path"] == ["input", "trace", "steps", "1", "index"]
    assert "between 0 and 2147483647" in negative["message"]
    assert "must be unique; steps[0] also has 0" in repeated_index["message"]


async def test_a_trace_is_limited_in_bytes(ask: Ask):
    content = repeated("x", 200_000)
    steps = [{"type": "t", "content": content}] * 42

    error = user_error_of(await create(ask, trace_input(steps=steps)))

    assert error["path"] == ["input", "trace"]
    assert "8388608 bytes" in error["message"]
    assert (await create(ask, trace_input(steps=steps[:41])))["errors"] == []


@on_sqlite
@pytest.mark.parametrize(
    ("meta", "path"),
    [
        ([], ["meta"]),
        ("text", ["meta"]),
        (7, ["meta"]),
        ({"source": "x" * 257}, ["meta", "source"]),
        ({"a": {"b": "nul\0"}}, ["meta", "a", "b"]),
        ({"nul\0": 1}, ["meta"]),
        ({"snake_case": [0, 2**63]}, ["meta", "snake_case", "1"]),
        ({"a": -(2**63) - 1}, ["meta", "a"]),
    ],
)
async def test_metadata_that_cannot_be_stored_is_named(ask: Ask, meta: Any, path: list[str]):
    error = user_error_of(await create(ask, trace_input(meta=meta)))

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "trace", *path])


async def test_metadata_at_its_limits_is_stored(ask: Ask):
    deep: Any = "bottom"
    for _ in range(31):
        deep = [deep]
    meta = {"deep": deep, "least": -(2**63), "greatest": 2**63 - 1, "source": OWL * 256, "": "", "float": 1e308}

    created = await create(ask, trace_input(meta=meta))

    assert (await ask(WHOLE, id=created["trace"]["id"]))["trace"]["meta"] == meta
    error = user_error_of(await create(ask, trace_input(meta={"deep": [deep]})))
    assert "nested deeper than 32 levels" in error["message"]


async def test_every_error_of_every_trace_is_named_and_nothing_is_stored(ask: Ask):
    step = {"type": "t", "content": "c"}
    wrong = [
        trace_input("", finalAnswer=""),
        trace_input(),
        trace_input(steps=[step | {"type": ""}, step, step | {"content": "", "index": 1}], meta=[]),
    ]

    payload = (await ask(CREATE_TRACES, input={"traces": wrong}))["createTraces"]

    assert (payload["traces"], payload["createdCount"]) == (None, 0)
    assert [error["path"][1:] for error in payload["errors"]] == [
        ["traces", "0", "prompt"],
        ["traces", "0", "finalAnswer"],
        ["traces", "2", "steps", "0", "type"],
        ["traces", "2", "steps", "2", "index"],
        ["traces", "2", "steps", "2", "content"],
        ["traces", "2", "meta"],
    ]
    assert await count(ask) == 0


async def test_input_order_is_kept(ask: Ask, store: Store):
    stored = await store(*(trace_input(f"question {number}", externalId=str(number)) for number in range(50)))

    assert [trace["externalId"] for trace in stored] == [str(number) for number in range(50)]
    assert [trace["createdAt"] for trace in stored] == sorted({trace["createdAt"] for trace in stored})
    listed = (await ask("{ traces(orderBy: [{field: CREATED_AT}]) { nodes { id } } }"))["traces"]["nodes"]
    assert [trace["id"] for trace in listed] == [trace["id"] for trace in stored]
