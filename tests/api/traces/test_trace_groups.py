"""``traceGroups``: samples of one prompt with their statistics, paged, filtered, graded by a scorer."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.conftest import Execute
from tests.support.api import Ask, Store
from tests.support.traces import data_of, on_sqlite, trace_input
from tunix_rt.domain.groups import reading

CREATE = "mutation ($traces: [TraceInput!]!) { createTraces(input: { traces: $traces }) { errors { message } } }"
GRADE = 'mutation { scoreTraces(input: { where: {}, scorer: "answer_match" }) { scoredCount } }'

STATISTICS = """
{
  traceGroups(scorer: "answer_match", orderBy: [{ field: KEY }]) {
    totalCount
    nodes {
      key prompt promptPreview referenceAnswer size gradedCount correctCount passRate mean variance
      one: passAtK(k: 1) two: passAtK(k: 2) three: passAtK(k: 3)
      distinctAnswerCount majorityAnswer majorityCorrect
      distinctAnswers(first: 2) { answer count gradedCount correctCount }
      traces(orderBy: [{ field: ID }]) { totalCount nodes { finalAnswer traceGroup { key size gradedCount } } }
    }
  }
}
"""
SOME = """
query ($where: TraceWhere, $having: TraceGroupWhere, $scorer: String, $correctAt: Float! = 1) {
  traceGroups(where: $where, having: $having, scorer: $scorer, correctAt: $correctAt, orderBy: [{ field: KEY }]) {
    totalCount
    nodes { key size traces { nodes { source } } }
  }
}
"""
PAGE = """
query ($order: [TraceGroupOrder!], $first: Int, $after: String, $last: Int, $before: String) {
  traceGroups(scorer: "answer_match", orderBy: $order, first: $first, after: $after, last: $last, before: $before) {
    pageInfo { hasNextPage endCursor startCursor hasPreviousPage }
    edges { cursor node { key } }
  }
}
"""


def sample(group: str, answer: str, reference: str | None, source: str = "a") -> dict[str, Any]:
    """A trace input."""
    given = {"prompt": f"Question {group}", "finalAnswer": answer, "steps": [{"type": "r", "content": "s"}]}
    return given | {"group": group, "referenceAnswer": reference, "meta": {"source": source}}


SAMPLES = [
    *(sample("half", answer, "18") for answer in ("18", "19", "$18$", "\\boxed{18.}", "20", "20")),
    sample("half", "x" * 300, "18", "b"),
    *(sample("none", answer, "7") for answer in ("8", "9")),
    *(sample("all", "1", "1", source) for source in "ab"),
    sample("open", "maybe", None),
]


@pytest.fixture
async def grouped(graphql: Execute) -> Execute:
    """A database with groups that are graded by their reference answers."""
    assert data_of(await graphql(CREATE, {"traces": SAMPLES}))["createTraces"]["errors"] == []
    data_of(await graphql(GRADE))
    return graphql


async def test_a_group_has_the_statistics_of_its_traces(grouped: Execute):
    found = data_of(await grouped(STATISTICS))["traceGroups"]

    assert found["totalCount"] == 4
    groups = {group["key"]: group for group in found["nodes"]}
    assert list(groups) == ["all", "half", "none", "open"]
    half = groups["half"]
    assert (half["prompt"], half["promptPreview"], half["referenceAnswer"]) == ("Question half", "Question half", "18")
    assert (half["size"], half["gradedCount"], half["correctCount"]) == (7, 7, 3)
    scores = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.5]
    mean = sum(scores) / 7
    assert half["passRate"] == pytest.approx(3 / 7, abs=1e-15)
    assert half["mean"] == pytest.approx(mean, abs=1e-15)
    assert half["variance"] == pytest.approx(sum((score - mean) ** 2 for score in scores) / 6, abs=1e-15)
    assert [half[name] for name in ("one", "two", "three")] == pytest.approx([3 / 7, 1 - 6 / 21, 1 - 4 / 35], abs=1e-14)
    assert (half["distinctAnswerCount"], half["majorityAnswer"], half["majorityCorrect"]) == (4, "18", True)
    assert half["distinctAnswers"] == [
        {"answer": "18", "count": 3, "gradedCount": 3, "correctCount": 3},
        {"answer": "20", "count": 2, "gradedCount": 2, "correctCount": 0},
    ]
    assert half["traces"]["totalCount"] == 7
    assert [trace["finalAnswer"] for trace in half["traces"]["nodes"]][:2] == ["18", "19"]
    assert half["traces"]["nodes"][0]["traceGroup"] == {"key": "half", "size": 7, "gradedCount": 0}
    none = groups["none"]
    assert (none["majorityAnswer"], none["majorityCorrect"], none["one"]) == (None, None, 0)
    assert (groups["all"]["one"], groups["all"]["three"], groups["all"]["variance"]) == (1.0, None, 0.0)
    ungraded = [groups["open"][name] for name in ("passRate", "mean", "variance", "one", "majorityCorrect")]
    assert ungraded == [None] * 5


@pytest.mark.parametrize(
    ("variables", "keys"),
    [
        ({"scorer": "answer_match", "having": {"passRate": {"gt": 0, "lt": 1}}}, ["half"]),
        ({"scorer": "answer_match", "having": {"passRate": {"isNull": True}}}, ["open"]),
        ({"scorer": "answer_match", "having": {"correctCount": {"eq": 0}, "gradedCount": {"gt": 0}}}, ["none"]),
        ({"scorer": "answer_match", "correctAt": 0.5, "having": {"correctCount": {"eq": 4}}}, ["half"]),
        ({"having": {"or": [{"size": {"eq": 2}}, {"key": {"eq": "open"}}]}}, ["all", "none", "open"]),
        ({"having": {"not": {"size": {"lt": 7}}}}, ["half"]),
        ({"having": {"gradedCount": {"gt": 0}}}, []),
        ({"where": {"source": {"eq": "b"}}}, ["all", "half"]),
        ({"scorer": "answer_match", "where": {"scores": {"some": {"score": {"eq": 1}}}}}, ["all", "half"]),
        ({"scorer": "answer_match", "where": {"search": "none", "meta": [{"path": ["source"], "eq": "a"}]}}, ["none"]),
    ],
)
async def test_groups_are_filtered_by_their_traces_and_their_statistics(
    grouped: Execute, variables: dict[str, Any], keys: list[str]
):
    found = data_of(await grouped(SOME, variables))["traceGroups"]

    assert [group["key"] for group in found["nodes"]] == keys
    assert found["totalCount"] == len(keys)
    if "source" in variables.get("where", {}):
        assert {trace["source"] for group in found["nodes"] for trace in group["traces"]["nodes"]} == {"b"}


@pytest.mark.parametrize("field", ["OLDEST_TRACE", "KEY", "SIZE", "GRADED_COUNT", "CORRECT_COUNT", "PASS_RATE"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_pages_of_groups_make_one_sorted_list_in_both_directions(grouped: Execute, field: str, direction: str):
    order = [{"field": field, "direction": direction}]
    whole = [edge["node"]["key"] for edge in await page(grouped, order=order)]
    forward: list[str] = []
    backward: list[str] = []
    for collected, size, cursor, mark in ((forward, "first", "after", -1), (backward, "last", "before", 0)):
        arguments: dict[str, Any] = {size: 1}
        while edges := await page(grouped, order=order, **arguments):
            collected.append(edges[0]["node"]["key"])
            arguments[cursor] = edges[mark]["cursor"]

    assert sorted(whole) == ["all", "half", "none", "open"]
    assert forward == whole
    assert backward[::-1] == whole
    if field == "PASS_RATE":
        assert whole == (["none", "half", "all", "open"] if direction == "ASC" else ["all", "half", "none", "open"])


async def page(execute: Execute, **variables: Any) -> list[Any]:
    """The edges of a page."""
    edges: list[Any] = data_of(await execute(PAGE, variables))["traceGroups"]["edges"]
    return edges


@on_sqlite
@pytest.mark.parametrize(
    ("arguments", "message", "path"),
    [
        ("having: { key: { eq: null } }", "key.eq cannot be null; use isNull.", ["having", "key", "eq"]),
        ("where: { source: { eq: null } }", "source.eq cannot be null; use isNull.", ["where", "source", "eq"]),
        ('scorer: "a\\u0000"', "scorer contains a NUL character at position 1.", ["scorer"]),
        ('scorer: ""', "scorer must have 1 to 64 characters; it has 0.", ["scorer"]),
        ('scorer: "nobody"', "There is no scorer 'nobody', and no score by it.", ["scorer"]),
        ("correctAt: 1e400", "correctAt must be a finite number; it is inf.", ["correctAt"]),
        ("first: 501", "first must be between 0 and 500; it is 501.", ["first"]),
    ],
)
async def test_errors_name_the_argument(graphql: Execute, arguments: str, message: str, path: list[str]):
    (error,) = (await graphql(f"{{ traceGroups({arguments}) {{ totalCount }} }}"))["errors"]

    assert (error["message"], error["extensions"]["argumentPath"]) == (message, path)


@on_sqlite
async def test_a_misspelt_scorer_is_refused_by_every_query_of_groups(ask: Ask, store: Store, graphql: Execute):
    await store(trace_input("What is 1 + 1?"))
    for field in (
        'traceGroup(key: "a", scorer: "answer_mach") { key }',
        'traceGroupSummary(scorer: "answer_mach") { groupCount }',
        'traces { nodes { traceGroup(scorer: "answer_mach") { key } } }',
    ):
        (error,) = (await graphql(f"{{ {field} }}"))["errors"]
        assert error["message"].endswith("no score by it. Did you mean 'answer_match'?")


@on_sqlite
async def test_answers_that_occur_once_have_no_majority(ask: Ask, store: Store):
    await store(*(trace_input("Two?", finalAnswer=answer) for answer in ("1", "2")))
    await store(trace_input("One?", finalAnswer="1"))
    await store(*(trace_input("Three?", finalAnswer=answer) for answer in ("1", "2", " 2")))

    found = (await ask("{ traceGroups { nodes { prompt majorityAnswer majorityCorrect } } }"))["traceGroups"]["nodes"]

    assert {group["prompt"]: group["majorityAnswer"] for group in found} == {"Two?": None, "One?": "1", "Three?": "2"}
    assert {group["majorityCorrect"] for group in found} == {None}


@on_sqlite
@pytest.mark.parametrize("k", [0, 1001])
async def test_the_k_of_pass_at_k_has_limits(grouped: Execute, k: int):
    (error, *_) = (await grouped(f"{{ traceGroups {{ nodes {{ passAtK(k: {k}) }} }} }}"))["errors"]

    assert error["message"] == f"k must be between 1 and 1000; it is {k}."


@pytest.mark.parametrize("field", ["mean", "majorityAnswer"])
async def test_distinct_scores_and_answers_beyond_the_budget_are_refused(
    grouped: Execute, field: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "ROW_BYTES", 40_000_000)
    (error,) = (await grouped(f'{{ traceGroups(scorer: "answer_match") {{ nodes {{ {field} }} }} }}'))["errors"]

    assert error["extensions"]["code"] == "TOO_COSTLY"


async def test_groups_are_summarized(grouped: Execute):
    counts = "groupCount gradedGroupCount solvedGroupCount traceCount gradedCount correctCount"
    found = data_of(
        await grouped(
            f"""{{
              all: traceGroupSummary(scorer: "answer_match") {{
                {counts} passAtK(k: [1, 2, 3, 8]) {{ k value groupCount }}
              }}
              mixed: traceGroupSummary(scorer: "answer_match", having: {{ passRate: {{ gt: 0, lt: 1 }} }}) {{
                {counts}
              }}
              none: traceGroupSummary(where: {{ source: {{ eq: "none" }} }}) {{ {counts} passAtK(k: [1]) {{ value }} }}
            }}"""
        )
    )

    assert list(found["all"].values())[:6] == [4, 3, 2, 12, 11, 5]
    means = found["all"]["passAtK"]
    assert [(mean["k"], mean["groupCount"]) for mean in means] == [(1, 3), (2, 3), (3, 1), (8, 0)]
    wanted = [(3 / 7 + 0 + 1) / 3, (1 - 6 / 21 + 0 + 1) / 3, 1 - 4 / 35]
    assert [mean["value"] for mean in means[:3]] == pytest.approx(wanted, abs=1e-14)
    assert means[3]["value"] is None
    assert list(found["mixed"].values()) == [1, 1, 1, 7, 7, 3]
    assert list(found["none"].values()) == [0, 0, 0, 0, 0, 0, [{"value": None}]]


@on_sqlite
@pytest.mark.parametrize(("k", "message"), [("[]", "k must have 1 to 20 values; it has 0."), ("[0]", "between 1 and")])
async def test_the_ks_of_a_summary_have_limits(graphql: Execute, k: str, message: str):
    (error,) = (await graphql(f"{{ traceGroupSummary {{ passAtK(k: {k}) {{ k }} }} }}"))["errors"]

    assert message in error["message"]


async def test_a_group_is_looked_up_by_its_key(grouped: Execute):
    one = 'traceGroup(key: "none", scorer: "answer_match") { key correctCount mean }'
    found = data_of(await grouped(f'{{ one: {one} no: traceGroup(key: "x") {{ key }} }}'))

    assert found == {"one": {"key": "none", "correctCount": 0, "mean": 0.0}, "no": None}


@pytest.mark.parametrize("first_groups", [1, 2, 1000])
async def test_filtered_pages_are_the_same_however_many_groups_are_graded_at_first(
    grouped: Execute, monkeypatch: pytest.MonkeyPatch, first_groups: int
):
    monkeypatch.setattr(reading, "FIRST_GROUPS", first_groups)
    query = PAGE.replace("orderBy: $order", "having: { gradedCount: { gt: 0 }, size: { lt: 7 } }, orderBy: $order")
    for direction, keys in (("ASC", ["all", "none"]), ("DESC", ["none", "all"])):
        order = [{"field": "KEY", "direction": direction}]
        for arguments in ({}, {"last": 5}, {"first": 1}):
            found = data_of(await grouped(query, {"order": order} | arguments))["traceGroups"]["edges"]
            assert [edge["node"]["key"] for edge in found] == keys[: arguments.get("first", 2)]


async def test_scores_are_read_only_of_groups_that_are_graded(grouped: Execute):
    counting = '{ traceGroups(scorer: "answer_match", having: { size: { gt: 1 } }) { totalCount nodes { key size } } }'
    grading = '{ traceGroups(scorer: "answer_match", orderBy: [{ field: KEY }], first: 1) { nodes { passRate } } }'

    assert await statements_on_scores(grouped, counting) == []
    (graded,) = await statements_on_scores(grouped, grading)
    assert "group_key" in graded.partition("WHERE")[2], "only the traces of the page's groups are graded"


async def statements_on_scores(execute: Execute, query: str) -> list[str]:
    """Returns the statements of a query that read scores of traces."""
    found: list[str] = []

    def record(_: Any, __: Any, statement: str, *others: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", record)
    try:
        data_of(await execute(query))
    finally:
        event.remove(Engine, "before_cursor_execute", record)
    return [statement for statement in found if "JOIN scores" in statement]
