"""Work that grows with its input: counted first, then done in a thread."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    parse,
)
from graphql.execution import Executor
from hypothesis import event, given
from hypothesis import strategies as st

from tests.support.factories import json_values
from tunix_rt.api.execution.executor import MANY_VALUES, execute_off_loop, has_more_values
from tunix_rt.api.traces.inputs import TraceInput, drafts_of
from tunix_rt.domain.json_bounds import JSON_MAX_VALUES, PIECE_BYTES, require_few_values
from tunix_rt.domain.text import decode_json
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.errors import BadUserInput, TooCostly
from tunix_rt.offload import SMALL_BYTES, off_loop

pytestmark = pytest.mark.anyio


def inner_of(value: Any) -> list[Any]:
    """The values directly in a decoded JSON value."""
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def count_of(value: Any) -> int:
    """Returns the number of values in a decoded JSON value, itself included; an empty list or object counts twice."""
    inner = inner_of(value)
    return 1 + (isinstance(value, (list, dict)) and not inner) + sum(map(count_of, inner))


@given(json_values(30), st.booleans())
def test_values_are_counted_outside_texts_only(value: Any, ascii_only: bool):
    raw = json.dumps(value, ensure_ascii=ascii_only).encode(errors="surrogatepass")
    count = count_of(value)
    event("has inner values" if count > 1 else "is one value")

    require_few_values(raw, count)
    if count > 1:
        with pytest.raises(TooCostly, match=f"at most {count - 1} values"):
            require_few_values(raw, count - 1)


@pytest.mark.parametrize(
    "raw",
    [
        b'["' + b"," * PIECE_BYTES + b'"]',
        b'["' + b'\\",[{' * 100_000 + b'"]',
        b'["' + b"\\\\" * PIECE_BYTES + b'"]',
        b'{"' + b"[" * (JSON_MAX_VALUES + 1) + b'": 1}',
        b'["' + b"[" * (JSON_MAX_VALUES + 1),
    ],
    ids=["commas", "escaped quotes", "backslashes", "a key", "a text that does not end"],
)
def test_what_is_in_a_text_is_no_value(raw: bytes):
    require_few_values(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b"0," * JSON_MAX_VALUES + b"0]",
        b"[" * (JSON_MAX_VALUES + 1),
        b'["' + b"," * PIECE_BYTES + b'",' + b"{}," * JSON_MAX_VALUES + b"0]",
        b'[""' + b',""' * JSON_MAX_VALUES + b"]",
    ],
    ids=["numbers", "brackets", "objects after a text", "empty texts"],
)
def test_too_many_values_are_refused_before_they_are_decoded(raw: bytes):
    with pytest.raises(TooCostly, match="at most 300000 values"):
        decode_json(raw)


def test_a_long_text_must_be_strict_json():
    text = "x" * (1 << 20)

    assert decode_json(f'["{text}", 1]') == [text, 1]
    with pytest.raises(BadUserInput, match="Not valid JSON: "):
        decode_json(f'["{text}", NaN]')


@pytest.mark.parametrize(("size", "elsewhere"), [(SMALL_BYTES, False), (SMALL_BYTES + 1, True)])
async def test_only_large_work_leaves_the_loop(size: int, elsewhere: bool):
    assert (await off_loop(size, threading.get_ident) != threading.get_ident()) is elsewhere


@pytest.mark.parametrize(("count", "elsewhere"), [(MANY_VALUES, False), (MANY_VALUES + 1, True)])
async def test_many_variables_are_coerced_in_a_thread(count: int, elsewhere: bool):
    threads: set[int] = set()

    def coerce(value: Any, *_: Any) -> Any:
        threads.add(threading.get_ident())
        return value

    probe = GraphQLScalarType("Probe", coerce_input_value=coerce)
    length = GraphQLField(
        GraphQLInt, args={"of": GraphQLArgument(GraphQLList(probe))}, resolve=lambda _, __, of: len(of)
    )
    schema = GraphQLSchema(GraphQLObjectType("Query", {"length": length}))

    answer = execute_off_loop(
        schema,
        parse("query ($of: [Probe]) { length(of: $of) }"),
        variable_values={"of": [1] * (count - 1)},
        executor_class=Executor,
    )

    if asyncio.iscoroutine(answer):
        answer = await answer
    assert answer.data == {"length": count - 1}
    assert (threads == {threading.get_ident()}) is not elsewhere
    assert len(threads) == 1


@given(json_values(30), st.integers(0, 40))
def test_values_are_counted_as_far_as_they_matter(value: Any, most: int):
    event("has more" if inner_values(value) > most else "has no more")

    assert has_more_values(value, most) is (inner_values(value) > most)


def inner_values(value: Any) -> int:
    """Returns the number of values inside a value."""
    inner = inner_of(value)
    return len(inner) + sum(map(inner_values, inner))


class Watched(TraceInput):
    """An input that remembers where it was checked."""

    threads: set[int]

    def draft(self, max_bytes: int) -> TraceDraft:
        self.threads.add(threading.get_ident())
        return super().draft(max_bytes)


@pytest.mark.parametrize(("steps", "elsewhere"), [(10, False), (1000, True)])
async def test_many_steps_are_checked_in_a_thread(steps: int, elsewhere: bool):
    given_steps: Any = [{"type": "t", "content": "c"}] * steps
    one = Watched(prompt="q", final_answer="a", steps=given_steps)
    one.threads = set()

    (checked,) = await drafts_of([one], 1 << 20)

    assert len(checked.payload.steps) == steps
    assert (threading.get_ident() not in one.threads) is elsewhere
