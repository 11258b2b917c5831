"""createTrace and createTraces: what is stored, and how each error is named."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import (
    COUNT_TRACES,
    CREATE_TRACE,
    CREATE_TRACES,
    DELETE_TRACES,
    on_sqlite,
    repeated,
    trace_input,
    user_error_of,
)

OWL = "🦉"
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


async def create(ask: Ask, trace: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The payload of createTrace."""
    payload: dict[str, Any] = (await ask(CREATE_TRACE, input={"trace": trace, **fields}))["createTrace"]
    return payload


async def count(ask: Ask) -> int:
    """Returns the number of stored traces."""
    number: int = (await ask(COUNT_TRACES))["traces"]["totalCount"]
    return number


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


async def test_1_to_1000_traces_at_once(ask: Ask):
    query = (
        "mutation ($input: CreateTracesInput!) { createTraces(input: $input) { createdCount errors { path message } } }"
    )
    for number in (0, 1001):
        payload = (await ask(query, input={"traces": [trace_input()] * number}))["createTraces"]
        error = user_error_of(payload)
        assert error["path"] == ["input", "traces"]
        assert "1 to 1000 traces" in error["message"]
        assert f"has {number}" in error["message"]
    assert await count(ask) == 0
    payload = (await ask(query, input={"traces": [trace_input()] * 1000}))["createTraces"]
    assert payload == {"createdCount": 1000, "errors": []}
    assert await count(ask) == 1000


async def test_the_same_key_again_answers_the_same_and_stores_nothing(ask: Ask):
    first = await create(ask, trace_input(), idempotencyKey="k1")
    assert await create(ask, trace_input(), idempotencyKey="k1") == first
    several = {"traces": [trace_input("a"), trace_input("b")], "idempotencyKey": OWL * 255}
    assert await ask(CREATE_TRACES, input=several) == await ask(CREATE_TRACES, input=several)
    assert await count(ask) == 3
    assert (await create(ask, trace_input(), idempotencyKey="k2"))["trace"]["id"] != first["trace"]["id"]


async def test_what_was_deleted_since_cannot_be_answered_again(ask: Ask):
    trace = (await create(ask, trace_input(), idempotencyKey="k"))["trace"]
    await ask(DELETE_TRACES, input={"ids": [trace["id"]]})

    error = user_error_of(await create(ask, trace_input(), idempotencyKey="k"))

    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "idempotencyKey"])


async def test_a_key_of_another_request_is_a_conflict(ask: Ask):
    await create(ask, trace_input(), idempotencyKey="k")

    for payload in (
        await create(ask, trace_input("another"), idempotencyKey="k"),
        await create(ask, trace_input(externalId="x"), idempotencyKey="k"),
        (await ask(CREATE_TRACES, input={"traces": [trace_input()], "idempotencyKey": "k"}))["createTraces"],
    ):
        error = user_error_of(payload)
        assert (error["code"], error["path"]) == ("CONFLICT", ["input", "idempotencyKey"])
    assert await count(ask) == 1


@on_sqlite
@pytest.mark.parametrize("key", ["", "x" * 256, "nul\0"])
async def test_an_unfit_key_is_refused(ask: Ask, key: str):
    error = user_error_of(await create(ask, trace_input(), idempotencyKey=key))

    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "idempotencyKey"])
    assert await count(ask) == 0


async def test_a_refused_request_does_not_use_up_its_key(ask: Ask):
    user_error_of(await create(ask, trace_input(""), idempotencyKey="k"))

    assert (await create(ask, trace_input(), idempotencyKey="k"))["errors"] == []


MANY = """mutation ($input: CreateTracesInput!) {
    createTraces(input: $input) { createdCount errors { code message path } }
}"""


@pytest.mark.parametrize(
    ("traces", "message"),
    [
        ([10_000, 10_000, 10_000, 10_000, 10_001], "at most 50000 steps together; they have 50001;"),
        ([10_000] * 5, None),
    ],
)
async def test_the_steps_of_all_traces_together_are_counted_first(ask: Ask, traces: list[int], message: str | None):
    step = {"type": "", "content": ""} if message else {"type": "t", "content": "c"}
    given = [trace_input(steps=[step] * steps) for steps in traces]

    payload = (await ask(MANY, input={"traces": given}))["createTraces"]

    if message is None:
        assert payload == {"createdCount": len(traces), "errors": []}
        return
    error = user_error_of(payload)
    assert (error["code"], error["path"]) == ("TOO_COSTLY", ["input", "traces"])
    assert message in error["message"]
    assert await count(ask) == 0


@on_sqlite
async def test_the_characters_of_all_traces_together_are_counted_first(ask: Ask):
    steps = [{"type": "t", "content": "c" * 200_000}] * 34
    given = [trace_input(steps=steps)] * 3

    error = user_error_of((await ask(MANY, input={"traces": given}))["createTraces"])

    assert (error["code"], error["path"]) == ("TOO_COSTLY", ["input", "traces"])
    assert "at most 20000000 characters together; they have 204000" in error["message"]


async def test_a_hundred_errors_are_named_and_no_more(ask: Ask):
    step = {"type": "", "content": "c"}

    for given, expected in (([60, 40], 100), ([60, 41], 101), ([500] * 20, 101)):
        traces = [trace_input(steps=[step] * steps) for steps in given]
        payload = (await ask(MANY, input={"traces": traces}))["createTraces"]
        errors = payload["errors"]
        assert len(errors) == expected
        assert errors[99]["path"][2:5] == (["1", "steps", "39"] if given[0] == 60 else ["0", "steps", "99"])
        if expected > 100:
            assert errors[100]["message"] == "There are more than 100 errors; fix these first."
    assert await count(ask) == 0


@on_sqlite
async def test_one_trace_names_a_hundred_errors_and_no_more(ask: Ask):
    payload = await create(ask, trace_input(steps=[{"type": "", "content": ""}] * 10_000))

    assert len(payload["errors"]) == 101
    assert payload["errors"][100] == {
        "code": "BAD_USER_INPUT",
        "message": "There are more than 100 errors; fix these first.",
        "path": ["input", "trace"],
    }


@on_sqlite
async def test_a_step_of_a_wrong_type_is_refused_whatever_the_number_of_steps(graphql: Execute):
    steps: list[Any] = [{"type": "t", "content": "c"}] * 999 + [{"type": "t", "content": 7}]
    answers = []
    for number in (1, 1000):
        given = {"input": {"traces": [trace_input(steps=steps[-number:])]}}
        answers.append(await graphql(MANY, given))

    for answer, place in zip(answers, (0, 999), strict=True):
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
        assert f"traces[0].steps[{place}].content" in error["message"]
