"""Filters: a predicate compiled to SQL is the same predicate in plain Python, on both databases."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.property.conftest import Twins
from tests.support.factories import delete_all, json_values, scalars, texts, trace, trace_row
from tests.support.reference import Row, holds, with_scores, words
from tests.support.strategies import (
    SCORE_ROWS,
    TRACE_ROWS,
    bounded,
    meta_tests,
    on_scores,
    score_conditions,
    searches,
    trace_conditions,
    trace_predicates,
    where_input,
)
from tunix_rt.db.models import traces
from tunix_rt.domain.filtering.predicates import (
    All,
    AnyOf,
    MetaTest,
    Not,
    Op,
    Predicate,
    Search,
    check,
    to_json,
)
from tunix_rt.domain.filtering.scores import SCORES
from tunix_rt.domain.filtering.sql import Filterable, compile_predicate
from tunix_rt.domain.filtering.traces import TRACES

TRACES_WITH_SCORES = with_scores(TRACE_ROWS, SCORE_ROWS)
MARKED_SCORES = [score for row in TRACES_WITH_SCORES for score in row["scores"]]

COUNTS = """
query ($traces: TraceWhere) { traces(where: $traces, first: 500) { totalCount nodes { uuid } } }
"""


async def check_meaning(twins: Twins, predicate: Predicate, noun: Filterable, rows: list[Row]) -> None:
    """Holds each database's answer against the plain Python one."""
    wanted = sorted(row["id"] for row in rows if holds(predicate, row))
    for kind, database in twins.databases.items():
        query = select(noun.table.c.id).where(compile_predicate(predicate, noun, kind))
        async with database.read() as session:
            found = sorted((await session.execute(query)).scalars())
        assert found == wanted, kind


@bounded(250)
@given(predicate=trace_conditions())
async def test_each_condition_on_traces_agrees_with_the_reference(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, check(predicate), TRACES, TRACES_WITH_SCORES)


@bounded(100)
@given(predicate=score_conditions())
async def test_each_condition_on_scores_agrees_with_the_reference(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, check(predicate), SCORES, MARKED_SCORES)


@bounded(80)
@given(predicate=on_scores())
async def test_some_none_and_every_agree_with_the_reference(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, check(predicate), TRACES, TRACES_WITH_SCORES)


@bounded(100)
@given(predicate=meta_tests())
async def test_conditions_on_metadata_agree_with_the_reference(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, check(predicate), TRACES, TRACES_WITH_SCORES)


@bounded(60)
@given(predicate=searches())
async def test_searches_find_the_same_words(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, predicate, TRACES, TRACES_WITH_SCORES)


SCRIPT_ALPHABET = "aAzß1½² ,.-_éÉ\u0301İ\u0131ςΣ漢字機。カタがかﾀーไทยะํ한국яЯ\u200b\u200d\u00ad\ufe0f🦉क्"


@st.composite
def searched_texts(draw: st.DrawFn) -> tuple[list[str], str]:
    """Texts in some scripts, and a search for a part of one of them or for something else."""
    some = st.text(SCRIPT_ALPHABET, min_size=1, max_size=12)
    written = draw(st.lists(some, min_size=1, max_size=3))
    source = draw(st.sampled_from(written))
    start = draw(st.integers(0, len(source) - 1))
    wanted = draw(st.one_of(st.just(source[start : start + 4]), some))
    return written, wanted if any(words(term) for term in wanted.split()) else "a"


@bounded(150)
@given(case=searched_texts())
async def test_any_text_is_found_by_its_parts_in_every_script(twins: Twins, case: tuple[list[str], str]):
    written, wanted = case
    steps = [{"i": 0, "type": "t", "content": "-"}]
    rows = [trace_row(trace(prompt, final_answer="0", steps=steps)) for prompt in written]
    for database in twins.databases.values():
        async with database.write() as session:
            await delete_all(session)
    await twins.store(rows)

    await check_meaning(twins, Search(wanted), TRACES, rows)
    event("found" if any(holds(Search(wanted), row) for row in rows) else "not found")


BEYOND: dict[str, dict[str, bool]] = {
    " ".join(f"{number:x}" for number in range(17_000)): {
        "1.2": True,
        f"{16_380:x}.{16_381:x}": True,
        f"{16_381:x}.{16_382:x}": False,
        f"{16_382:x}": True,
        f"{16_999:x} 1": True,
        f"{16_998:x}.{16_999:x}": False,
    },
    "one two " * 254 + "one three two four one five": {
        "one.two": True,
        "one.three": True,
        "three.two": True,
        "one.five": False,
        "one five": True,
    },
    "漢" * 300 + "字": {"漢字": True, "漢漢字": False, "漢漢漢": True, "字": True},
    "x" * 5000: {"X" * 1000: False, "x": False},
}
"""Texts with more words than have a position in the index, and what is found in them."""


@pytest.mark.parametrize("text", BEYOND, ids=lambda text: str(len(text)))
async def test_words_beyond_the_kept_positions_are_found_but_in_no_phrase(twins: Twins, text: str):
    await twins.store([trace_row(trace("-", final_answer="-", steps=[{"i": 0, "type": "t", "content": text}]))])

    for kind, database in twins.databases.items():
        async with database.read() as session:
            for search, is_found in BEYOND[text].items():
                query = select(traces.c.id).where(compile_predicate(Search(search), TRACES, kind))
                assert bool((await session.execute(query)).all()) == is_found, (kind, search)


@bounded(80)
@given(predicate=trace_predicates())
async def test_and_or_and_not_agree_with_the_reference(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, check(predicate), TRACES, TRACES_WITH_SCORES)


@pytest.mark.parametrize("predicate", [All(()), AnyOf(()), Not(All(())), Not(AnyOf(()))], ids=repr)
async def test_of_no_conditions_all_hold_and_none_does(peopled: Twins, predicate: Predicate):
    await check_meaning(peopled, predicate, TRACES, TRACES_WITH_SCORES)


@st.composite
def meta_cases(draw: st.DrawFn) -> tuple[dict[str, Any], MetaTest]:
    """Any metadata, and a test of a value that is in it or beside it."""
    meta = draw(st.dictionaries(texts(1, 6), json_values(), min_size=1, max_size=3))
    path: list[str] = []
    value: Any = meta
    while isinstance(value, dict) and value and (not path or draw(st.booleans())):
        path.append(draw(st.sampled_from(sorted(value))))
        value = value[path[-1]]
    items = value if isinstance(value, list) else [value]
    pool = [item for item in items if not isinstance(item, (list, dict))]
    wanted = draw(st.one_of(st.sampled_from(pool), scalars()) if pool else scalars())
    ops = [Op.EQ, Op.NE, Op.IN, Op.EXISTS, Op.CONTAINS]
    if isinstance(wanted, str):
        ops.append(Op.STARTS_WITH)
    elif isinstance(wanted, (int, float)) and not isinstance(wanted, bool):
        ops += [Op.LT, Op.LTE, Op.GT, Op.GTE]
    op = draw(st.sampled_from(ops))
    operand = {Op.IN: (wanted, draw(scalars())), Op.EXISTS: draw(st.booleans())}.get(op, wanted)
    return meta, MetaTest(tuple(path) if all(path) else (path[0],), op, operand)


@bounded(100)
@given(case=meta_cases())
async def test_any_metadata_is_found_by_what_is_in_it(twins: Twins, case: tuple[dict[str, Any], MetaTest]):
    meta, predicate = case
    rows = [trace_row(trace(meta=value)) for value in (meta, {"k": meta}, None)]
    for database in twins.databases.values():
        async with database.write() as session:
            await delete_all(session)
    await twins.store(rows)

    await check_meaning(twins, predicate, TRACES, rows)


NUMBERS: list[int | float] = [
    *(0, -0.0, 1, 1.0, 0.1, -2.5, 5e-324, 1e-320, 1.7976931348623157e308, -1e300, 1e20, 1e23),
    *(2**53 - 1, 2**53, 2**53 + 1, 2.0**53, 2.0**53 + 2, -(2**53) - 1, -(2.0**53)),
    *(2**60, 2**60 + 1, 2.0**60, 1152921504606847000, 1.152921504606847e18, 10**18, 10**18 + 1, 1e18),
    *(2**63 - 1, 2**63 - 2, 2.0**63, -(2**63), -(2**63) + 1, -(2.0**63), 9.223372036854774e18),
]
"""Integers and floats that are equal though they are spelled by other decimals, and others that differ by one."""

NUMBER_ROWS = [
    trace_row(trace(meta=meta))
    for number in NUMBERS
    for meta in ({"k": number}, {"k": {"k": number}}, {"k": [number, "x"]}, {"k": str(number)})
]


@pytest.fixture
async def numbered(twins: Twins) -> Twins:
    """Two databases with the same numbers in metadata."""
    await twins.store(NUMBER_ROWS)
    return twins


@bounded(200)
@given(
    path=st.sampled_from([("k",), ("k", "k")]),
    op=st.sampled_from([Op.EQ, Op.NE, Op.LT, Op.LTE, Op.GT, Op.GTE, Op.CONTAINS]),
    number=st.one_of(st.sampled_from(NUMBERS), st.integers(-(2**63), 2**63 - 1), st.floats(-1e19, 1e19)),
)
async def test_numbers_are_compared_exactly(numbered: Twins, path: tuple[str, ...], op: Op, number: float):
    await check_meaning(numbered, MetaTest(path, op, number), TRACES, NUMBER_ROWS)


@bounded(80)
@given(
    path=st.sampled_from([("k",), ("k", "k")]),
    op=st.sampled_from([Op.IN, Op.NOT_IN]),
    values=st.lists(st.sampled_from([*NUMBERS, True, None, "1", "1.0", "x" * 250]), max_size=5).map(tuple),
)
async def test_lists_of_any_scalars_are_compared_exactly(
    numbered: Twins, path: tuple[str, ...], op: Op, values: tuple[Any, ...]
):
    await check_meaning(numbered, MetaTest(path, op, values), TRACES, NUMBER_ROWS)


@pytest.mark.parametrize("op", ["eq", "gte"])
async def test_a_large_integer_arrives_exactly_through_graphql(numbered: Twins, op: str):
    where = {"meta": [{"path": ["k"], op: 2**63 - 1}]}

    for answer in await numbered.ask(COUNTS, {"traces": where}):
        assert answer["data"]["traces"]["totalCount"] == {"eq": 1, "gte": 5}[op], answer


@bounded(100)
@given(predicate=st.one_of(trace_conditions(), trace_predicates()))
@example(predicate=MetaTest(("k",), Op.CONTAINS, None))
async def test_a_where_means_the_same_through_graphql(peopled: Twins, predicate: Predicate):
    answers = await peopled.ask(COUNTS, {"traces": where_input(predicate)})

    wanted = sorted(str(row["id"]) for row in TRACES_WITH_SCORES if holds(predicate, row))
    for answer in answers:
        page = answer["data"]["traces"]
        assert page["totalCount"] == len(wanted)
        assert sorted(node["uuid"] for node in page["nodes"]) == wanted


@bounded(150)
@given(predicate=st.one_of(trace_conditions(), trace_predicates()))
async def test_a_stored_filter_still_means_the_same(peopled: Twins, predicate: Predicate):
    restored = msgspec.convert(msgspec.to_builtins(predicate), Predicate)

    assert to_json(restored) == to_json(predicate)
    wanted = sorted(row["id"] for row in TRACES_WITH_SCORES if holds(predicate, row))
    for kind, database in peopled.databases.items():
        query = select(traces.c.id).where(compile_predicate(restored, TRACES, kind))
        async with database.read() as session:
            assert sorted((await session.execute(query)).scalars()) == wanted, kind
