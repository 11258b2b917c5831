"""Filters as large as they may be are answered, larger ones refused before anything is done, on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import data_of, trace_input
from tunix_rt.domain.evaluations.draft import CANDIDATES_MAX
from tunix_rt.domain.filtering.predicates import MAX_LIST, MAX_NODES, MAX_TEXT_CHARS, MAX_VALUE_BYTES, MAX_VALUES
from tunix_rt.domain.runs.external.reports import LINES_MAX, METRICS_MAX

COUNT = "query ($where: TraceWhere) { traces(where: $where) { totalCount nodes { id } } }"
LISTS = MAX_VALUES // MAX_LIST


def listed(operator: str, number: int = MAX_LIST, *wanted: Any, text: str = "none {}") -> dict[str, Any]:
    """An operator with a list that ends with what is wanted."""
    return {operator: [*(text.format(value) for value in range(number - len(wanted))), *wanted]}


def on_meta(path: list[str], operator: dict[str, Any]) -> dict[str, Any]:
    """A condition on metadata."""
    return {"meta": [{"path": path, **operator}]}


FULL: dict[str, dict[str, Any]] = {
    "metadata": on_meta(["source"], listed("in", MAX_LIST, "a")),
    "metadata, not in": on_meta(["source"], listed("notIn", MAX_LIST, "b")),
    "metadata, all lists": {"and": [on_meta(["source"], listed("in", MAX_LIST, "a"))] * LISTS},
    "metadata, nested, all lists": {"or": [on_meta(["o", "p"], listed("in", MAX_LIST, 2**60))] * LISTS},
    "metadata, numbers": on_meta(["n"], {"in": [*range(100, 99 + MAX_LIST), 1]}),
    "a column, all lists": {"or": [{"source": listed("in", MAX_LIST, "a")}] * LISTS},
    "a column, not in, all lists": {"and": [{"source": listed("notIn", MAX_LIST, "b")}] * LISTS},
    "whole numbers": {"stepCount": {"in": list(range(2, 2 + MAX_LIST))}, "source": {"eq": "a"}},
    "scores": {"scores": {"none": {"score": {"in": [value / 7 for value in range(MAX_LIST)]}}}, "source": {"eq": "a"}},
}


@pytest.mark.parametrize("name", FULL)
async def test_a_filter_of_the_largest_size_is_answered(ask: Ask, store: Store, name: str):
    await store(
        trace_input(meta={"source": "a", "n": 1, "o": {"p": 2**60}}),
        trace_input(meta={"source": "b", "n": 2, "o": {"p": 2**60 + 1}}),
    )

    assert (await ask(COUNT, where=FULL[name]))["traces"]["totalCount"] == 1


TOO_LARGE: dict[str, tuple[dict[str, Any], str]] = {
    "values": (
        {"or": [{"source": listed("in")}] * (LISTS + 1)},
        f"at most {MAX_VALUES} values; this one has {MAX_VALUES + MAX_LIST}",
    ),
    "values of metadata": (
        {"and": [on_meta(["source"], listed("in"))] * 199},
        f"at most {MAX_VALUES} values; this one has {199 * MAX_LIST}",
    ),
    "one list": ({"source": listed("in", MAX_LIST + 1)}, f"at most {MAX_LIST} values; this one has {MAX_LIST + 1}"),
    "ids": ({"id": {"in": ["x"] * 20_000}}, f"at most {MAX_VALUES} values; this one has 20000"),
    "texts": (
        {"or": [{"source": listed("in", text="{:0>900}")}] * 2},
        f"at most {MAX_VALUE_BYTES} bytes of text; this one has {2 * 900 * MAX_LIST}",
    ),
    "one text": ({"source": {"eq": "x" * (MAX_TEXT_CHARS + 1)}}, f"at most {MAX_TEXT_CHARS} characters"),
    "conditions": ({"and": [{"source": {"eq": "a"}}] * MAX_NODES}, f"more than {MAX_NODES} conditions"),
    "empty objects": ({"and": [{}] * 50_000}, f"more than {MAX_NODES} conditions"),
    "paths alone": ({"meta": [{"path": ["a"]}] * 50_000}, f"more than {MAX_NODES} conditions"),
}


@pytest.mark.parametrize("name", TOO_LARGE)
async def test_a_larger_filter_is_refused_with_the_limit_and_the_size(graphql: Execute, name: str):
    where, message = TOO_LARGE[name]

    (error,) = (await graphql(COUNT, {"where": where}))["errors"]

    assert error["extensions"]["code"] == "TOO_COSTLY"
    assert message in error["message"]


async def test_a_mutations_filter_is_bounded_before_it_is_read(graphql: Execute):
    delete = "mutation ($input: DeleteTracesInput!) { deleteTraces(input: $input) { deletedCount } }"

    answer = await graphql(delete, {"input": {"where": {"and": [{}] * 50_000}}})

    assert answer["errors"][0]["extensions"]["code"] == "TOO_COSTLY"


PARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "metadata": ("query ($given: [MetaFilter!]) { traces(where: { meta: $given }) { totalCount } }", {"path": "a"}),
    "order": ("query ($given: [TraceOrder!]) { traces(orderBy: $given) { totalCount } }", {"field": "ID"}),
    "scores": (
        "mutation ($given: [ScoreInput!]!) { createScores(input: { scores: $given }) { createdCount } }",
        {"scorer": "a", "score": 1},
    ),
    "filters of candidates": (
        """mutation ($given: [EvaluationCandidateInput!]!) {
          createEvaluation(input: { name: "a", datasetId: "b", scorer: "c", candidates: $given }) { errors { code } }
        }""",
        {"name": "a", "where": {"source": {"eq": "a"}}},
    ),
}
"""A document with a list of input objects, and one of these."""


@pytest.mark.parametrize("name", PARTS)
async def test_input_objects_are_counted_before_they_are_created(graphql: Execute, name: str):
    document, part = PARTS[name]

    (error,) = (await graphql(document, {"given": [part] * 20_000}))["errors"]

    assert error["extensions"]["code"] == "TOO_COSTLY"
    assert "input objects" in error["message"]


async def test_the_largest_inputs_are_converted(graphql: Execute):
    """What each mutation takes at most is refused, if at all, by the mutation itself."""
    condition = {"source": {"eq": "a"}}
    many = {"where": {"and": [condition] * (MAX_NODES - 1)}, "name": "a"}
    few = {"where": {"and": [condition] * 29}, "name": "a"}
    evaluation = {"name": "a", "datasetId": "b", "scorer": "c", "candidates": [few] * CANDIDATES_MAX}
    large = {**evaluation, "candidates": [many, few]}
    batch = {"metrics": [{"step": 1, "name": "a", "value": 1}] * METRICS_MAX, "lines": [{"text": "a"}] * LINES_MAX}
    inputs = [
        ("CreateEvaluationInput", evaluation),
        ("CreateEvaluationInput", large),
        ("AppendRunEventsInput", {"id": "none", "batch": 1, **batch}),
    ]

    for kind, given in inputs:
        name = kind[0].lower() + kind.removesuffix("Input")[1:]
        document = f"mutation ($given: {kind}!) {{ {name}(input: $given) {{ errors {{ code }} }} }}"
        payload = data_of(await graphql(document, {"given": given}))[name]
        assert payload["errors"]


def aliased(fields: int, argument: str) -> str:
    """Returns fields that take the same argument."""
    return " ".join(f"a{place}: traces(where: {argument}) {{ totalCount }}" for place in range(fields))


@pytest.mark.parametrize(
    ("document", "given", "most"),
    [
        (f"query ($given: [MetaFilter!]) {{ {aliased(40, '{ meta: $given }')} }}", [{"path": "a", "eq": 1}], 30),
        (
            "query ($given: [MetaFilter!]) { ...f a: traces { totalCount } } fragment f on Query { "
            + aliased(40, "{ meta: $given }").replace("a", "b", 1)
            + " }",
            [{"path": "a", "eq": 1}],
            30,
        ),
    ],
    ids=["fields", "a fragment"],
)
async def test_a_filter_counts_for_each_field_that_uses_it(
    graphql: Execute, document: str, given: list[Any], most: int
):
    answer = await graphql(document, {"given": given * most})
    assert "errors" not in answer, answer["errors"]

    (error,) = (await graphql(document, {"given": given * (most + 1)}))["errors"]
    assert error["extensions"]["code"] == "TOO_COSTLY"
    assert "at most 1200 input objects in filters, each counted for every field that uses it" in error["message"]


async def test_input_objects_of_the_document_count_for_each_field_that_uses_them(graphql: Execute):
    filters = "{ and: [" + " {}" * 99 + " ] }"
    document = f"query {{ {aliased(25, filters)} }}"
    assert "errors" not in await graphql(document)

    (error,) = (await graphql(f"query {{ ...f }} fragment f on Query {{ {aliased(26, filters)} }}"))["errors"]
    assert error["extensions"]["code"] == "TOO_COSTLY"
    assert "at most 2500 input objects, each counted" in error["message"]


@pytest.mark.parametrize(
    ("operator", "operand", "message"),
    [
        ("lt", "5", "meta.lt takes a number."),
        ("gte", True, "meta.gte takes a number."),
        ("lte", 2**63, "meta.lte takes integers of at most 64 bits."),
        ("gt", [1], "meta.gt takes a number."),
        ("eq", {"a": 1}, "meta.eq takes a string, a number, a boolean or null; use a longer path for nested values."),
        ("in", [1, [2]], "meta.in takes a string, a number, a boolean or null; use a longer path for nested values."),
        ("notIn", [2**63], "meta.notIn takes integers of at most 64 bits."),
    ],
)
async def test_operands_that_no_metadata_can_be_compared_with_are_refused(
    graphql: Execute, operator: str, operand: Any, message: str
):
    (error,) = (await graphql(COUNT, {"where": on_meta(["n"], {operator: operand})}))["errors"]

    assert (error["extensions"]["code"], error["message"]) == ("BAD_USER_INPUT", message)
