"""Any JSON value at any place of any import format: refused with a reason or taken, never an internal error.

``HYPOTHESIS``'s statistics (``--hypothesis-show-statistics``) count how often a line was refused, taken, or no JSON.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.property.conftest import Twins
from tests.support import import_rows as rows
from tests.support.exported_lines import exported
from tests.support.factories import trace
from tests.support.import_lines import (
    HARMONY,
    HARMONY_TEXT,
    HERMES,
    OPENAI,
    STEPWISE,
    chat,
    completion,
    parse_all,
    row,
    step,
)
from tests.support.strategies import bounded
from tests.support.traces import CREATE_TRACE
from tunix_rt.domain.exports.formats import FormatOptions, export_formats
from tunix_rt.domain.imports.formats import import_formats
from tunix_rt.domain.imports.importing import ImportReport, read_batch
from tunix_rt.domain.imports.line_imports import RecordOptions, line_source
from tunix_rt.domain.imports.tables.columns import ColumnMap, Split, bind
from tunix_rt.domain.imports.tables.rows import parse_row
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, errors_of

MAX_BYTES = 1_048_576
CREATE_MANY = """
mutation ($input: CreateTracesInput!) { createTraces(input: $input) { createdCount errors { code message path } } }
"""
Path = tuple[str | int, ...]

SCORE = {"scorer": "ada", "kind": "HUMAN", "score": 1, "step_index": 0, "details": {"a": 1}, "rationale": "Good."}
NATIVE = trace(external_id="n-1", scores=[SCORE | {"scored_at": "2024-01-01T00:00:00Z", "scorer_version": "2"}])
CHAT = {"id": 7, "messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a\n\n4"}]}
PARTS = {
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "q"}]},
        {"role": "assistant", "reasoning_content": "a", "content": [{"type": "text", "text": "4"}]},
    ],
    "metadata": {"source": "x"},
}
RENDERED = chat("q", HARMONY_TEXT)
CONVERSATIONAL = {"prompt": OPENAI["messages"][:1], "completion": OPENAI["messages"][1:]}
SPECIMENS: dict[str, list[Any]] = {
    "jsonl": [NATIVE],
    "openr1": [rows.OPENR1],
    "rows": [rows.ROWS],
    "s1k": [rows.S1K, rows.S1K_11],
    "processbench": [rows.PROCESSBENCH],
    "math_shepherd": [rows.MATH_SHEPHERD],
    "preference": [rows.PREFERENCE, rows.ULTRAFEEDBACK],
    "responses": [rows.RESPONSE],
    "trl_completions": [rows.TRL_COMPLETION],
    "verifiers": [rows.VERIFIERS_RESULT, rows.VERIFIERS_TRACE],
    "lm_eval": [rows.LM_EVAL],
    "atif": [
        rows.ATIF,
        rows.ATIF | {"steps": [one | {"is_copied_context": False} for one in rows.ATIF["steps"]]},
    ],
    "inspect": [rows.INSPECT, rows.INSPECT_SAMPLE],
    "tunix_trajectories": [rows.TUNIX_TRAJECTORY],
    "gsm8k": [{"question": "q", "answer": "a\n#### 4"}],
    "prm800k": [row(step(completion("a"), completion("b", -1), chosen=1), step(chosen=None, human="c"))],
    "stepwise": [STEPWISE],
    "chat_messages": [CHAT, PARTS, OPENAI, HERMES, HARMONY, RENDERED],
    "alpaca": [{"instruction": "q", "input": "", "output": "a\n\n4", "level": 1}],
    "prompt_completion": [
        {"id": "p", "prompt": "q", "completion": "<think>a</think>4", "metadata": {"level": 1}},
        CONVERSATIONAL,
    ],
}
for format_ in export_formats():
    for round_trip in (False, True):
        text = exported(
            validate_trace(trace(meta={"source": "x"}), MAX_BYTES), format_, FormatOptions(round_trip=round_trip)
        )
        SPECIMENS.setdefault(format_.value, []).append(json.loads(text))

FRAGMENTS = [
    *('"\\ud800"', '"a\\udfffb"', '"\\udc00\\ud800"', '"\\u0000"', '""', '" "', '"x"', '"<think>a"', '"2024-13-01"'),
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e308", "0.5", "-0.0", "-1", "0", "1", "9" * 19),
    *("9" * 30, "-" + "9" * 300, "9" * 400, "9" * 4000, "9" * 5000, "18446744073709551616"),
    *("null", "true", "false", "[]", "{}", "[null]", '[["a"]]', '{"a": 1}', '[{"type": "text"}]', '["\\ud800"]'),
    *('{"\\ud800": 1}', '{"": {"\\u0000": []}}', '{"a": 1, "a": 2}', '{"a": {"b": [{"c": 1, "c": 1}]}}'),
    *(f"{'[' * depth}1{']' * depth}" for depth in (31, 33, 400, 990, 5000)),
    *('{"a":' * depth + "1" + "}" * depth for depth in (33, 500, 5000)),
    '"' + "x" * 6_000 + '"',
]
KEYS = ['"\\ud800"', '"\\u0000"', '""', '"role"', '"steps"', '"tunix_rt"', '"' + "k" * 3_000 + '"']
HOLE = "the hole"


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place of a JSON value, itself first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from places(part, (*path, key))


def holed(value: Any, path: Path) -> Any:
    """A value with a hole at a place."""
    if not path:
        return HOLE
    key, *rest = path
    if isinstance(value, dict):
        return value | {key: holed(value[key], tuple(rest))}
    return [holed(part, tuple(rest)) if place == key else part for place, part in enumerate(value)]


@st.composite
def strange_lines(draw: st.DrawFn, specimens: list[Any]) -> bytes:
    """A line of a format in which one value is another, or one key, or one more."""
    value = draw(st.sampled_from(specimens))
    path = draw(st.sampled_from(list(places(value))))
    fragment = draw(fragments())
    found = json.dumps(holed(value, path))
    kind = draw(st.sampled_from(["value", "value", "value", "key", "more"]))
    if kind == "value" or not path or isinstance(path[-1], int):
        return found.replace(f'"{HOLE}"', fragment).encode()
    key, mark = draw(st.sampled_from([*KEYS, json.dumps(path[-1])])), f'{json.dumps(path[-1])}: "{HOLE}"'
    if kind == "key":
        return found.replace(mark, f"{key}: {fragment}").encode()
    return json.dumps(holed(value, path)).replace(mark, f'{mark[: -len(HOLE) - 2]}"x", {key}: {fragment}').encode()


def fragments() -> SearchStrategy[str]:
    """JSON values as they are written, hostile ones above all, and some that are nearly JSON."""
    return st.one_of(st.sampled_from(FRAGMENTS), st.lists(st.sampled_from(FRAGMENTS), max_size=3).map(listed))


def listed(parts: list[str]) -> str:
    """A JSON list of values that are written already."""
    return f"[{', '.join(parts)}]"


def outcome(report: ImportReport) -> str:
    """Returns the outcome of a strange line between two valid ones, in a word."""
    if not report.refusals:
        return "taken"
    reason = report.refusals[0].reason
    for word in ("surrogate", "NUL", "twice", "64 bits", "nan", "inf", "nested", "Not valid JSON", "markup", "must"):
        if word in reason:
            return f"refused: {word}"
    return "refused: otherwise"


def test_there_is_a_specimen_of_each_format():
    assert SPECIMENS.keys() == import_formats().keys()


@pytest.mark.parametrize("name", sorted(SPECIMENS))
@pytest.mark.parametrize("keep", [False, True])
@given(data=st.data())
def test_any_value_at_any_place_is_taken_or_refused(name: str, keep: bool, data: st.DataObject):
    strange = data.draw(strange_lines(SPECIMENS[name]))
    good = orjson.dumps(SPECIMENS[name][0])
    report = ImportReport()

    drafts = read_batch(
        [good, strange, good],
        line_source(nothing(), RecordOptions(import_formats()[name], MAX_BYTES, keep=keep)).read,
        report,
    )

    event(outcome(report))
    assert report.lines == 3
    assert (len(drafts) == traces_of(name, SPECIMENS[name][0]) * 2) is bool(report.rejected)
    assert {refusal.line for refusal in report.refusals} <= {2}
    for refusal in report.refusals:
        assert orjson.dumps([refusal.field, refusal.reason])
        assert len(refusal.reason) < 400
        assert len(refusal.field) < 1000
    for found in drafts:
        assert found.canonical.decode()


CELLS = [json.dumps([{"content": "a", "type": "t", "i": 0}]), json.dumps(["a", "b"])]
META_CELL = json.dumps({"source": "s", "k": [1, {"a": None}]})
TABLE = bind(ColumnMap(split=Split.JSON), ("prompt", "final_answer", "steps", "meta"))


@given(steps=strange_lines([json.loads(cell) for cell in CELLS]), meta=strange_lines([json.loads(META_CELL)]))
def test_any_json_in_the_cells_of_a_table_is_taken_or_refused(steps: bytes, meta: bytes):
    for cells in ((steps.decode(), META_CELL), (CELLS[0], meta.decode())):
        reasons = refused_cells(cells)
        event("refused" if reasons else "taken")
        assert all(orjson.dumps(reason) for reason in reasons)


def refused_cells(cells: tuple[str, str]) -> list[str]:
    """Why a row with these cells is refused; nothing if it is taken."""
    try:
        parsed = parse_row(TABLE, ("q", "a", *cells))
        validate_trace(parsed.trace, MAX_BYTES, parsed.external_id)
    except BadUserInput as error:
        return [single.message for single in errors_of(error)]
    return []


def traces_of(name: str, specimen: Any) -> int:
    """The number of traces of a specimen."""
    return len(parse_all(name, deepcopy(specimen)))


async def nothing() -> AsyncIterator[bytes | BadUserInput]:
    """No lines."""
    for line in list[bytes]():
        yield line


def named_lines() -> SearchStrategy[tuple[str, bytes]]:
    """A format, and a strange line of it."""
    return st.one_of(
        [st.tuples(st.just(name), strange_lines(specimens)) for name, specimens in sorted(SPECIMENS.items())]
    )


@bounded(60)
@given(named=named_lines())
async def test_both_databases_take_or_refuse_the_same(twins: Twins, named: tuple[str, bytes]):
    name, strange = named
    good = orjson.dumps(SPECIMENS[name][0])

    first, second = await twins.ingest(good + b"\n" + strange + b"\n" + good, format=name, on_error="skip")

    event("refused" if first["rejected"] else "taken")
    assert (first["status"], first["lines"]) == (200, 3)
    of_good = 2 * traces_of(name, SPECIMENS[name][0])
    assert (first["added"] + first["duplicates"] == of_good) is bool(first["rejected"])
    assert first == second


GIVEN = {
    "traceVersion": "1",
    "prompt": "q",
    "finalAnswer": "a",
    "steps": [{"index": 0, "type": "t", "content": "c"}],
    "meta": {"source": "s", "k": [1]},
    "externalId": "x",
}
MUTATIONS = [
    {"query": CREATE_TRACE, "variables": {"input": {"trace": GIVEN}}},
    {"query": CREATE_MANY, "variables": {"input": {"traces": [GIVEN, GIVEN]}}},
]


@bounded(80)
@given(body=strange_lines(MUTATIONS))
async def test_a_mutation_answers_any_value(twins: Twins, body: bytes):
    for client in twins.clients:
        response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})

        answer = orjson.loads(response.content)
        event(f"status {response.status_code}")
        assert response.status_code < 500
        for error in answer.get("errors", []):
            assert error["extensions"]["code"] == "BAD_USER_INPUT", error
