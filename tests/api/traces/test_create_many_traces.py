"""Many traces created at once, and requests repeated under an idempotency key."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask
from tests.support.created_traces import OWL, count, create
from tests.support.traces import (
    CREATE_TRACES,
    DELETE_TRACES,
    on_sqlite,
    trace_input,
    user_error_of,
)


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
