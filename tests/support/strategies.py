"""Random predicates and orders over the population of ``tests.support.factories``, and their spelling in GraphQL."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.support.factories import (
    EXTERNAL_IDS,
    KINDS,
    META_KEYS,
    META_VALUES,
    SCORERS,
    SCORES,
    SCRIPTS,
    SOURCES,
    START,
    WORDS,
    population,
    texts,
)
from tests.support.reference import words
from tunix_rt.domain.filtering.predicates import (
    MAX_TEXT_CHARS,
    All,
    AnyOf,
    Compare,
    MetaTest,
    Not,
    Op,
    Predicate,
    Quantifier,
    Related,
    Search,
)

EQUALITY = (Op.EQ, Op.NE)
LISTS = (Op.IN, Op.NOT_IN)
ORDERING = (Op.LT, Op.LTE, Op.GT, Op.GTE)
PARTS = (Op.CONTAINS, Op.STARTS_WITH)

TRACE_ROWS, SCORE_ROWS = population(seed=1)
"""One population for the whole run, since its ids are part of the predicates."""

TRACE_ORDER = ("created_at", "step_count", "char_count", "source", "external_id", "id")
SCORE_ORDER = ("scored_at", "score", "scorer", "step_index", "id")


def bounded(examples: int) -> settings:
    """Settings of a property that keeps its databases from one example to the next."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


def given_texts(*pool: str | None) -> SearchStrategy[str]:
    """Texts that rows have, pieces of them, and others."""
    known = [text for text in pool if text is not None]
    pieces = [text[:1] for text in known] + [text[1:] for text in known]
    return st.one_of(st.sampled_from(known), st.sampled_from(pieces), texts(0, 4))


def comparisons(
    field: str, values: SearchStrategy[Any], *groups: tuple[Op, ...], nullable: bool = False
) -> SearchStrategy[Predicate]:
    """Comparisons of one column by any operator of the groups."""
    single = [op for group in groups if group is not LISTS for op in group]
    kinds: list[SearchStrategy[Any]] = [st.builds(Compare, st.just(field), st.sampled_from(single), values)]
    if LISTS in groups:
        several = st.lists(values, max_size=4).map(tuple)
        kinds.append(st.builds(Compare, st.just(field), st.sampled_from(LISTS), several))
    if nullable:
        kinds.append(st.builds(Compare, st.just(field), st.just(Op.IS_NULL), st.booleans()))
    return st.one_of(kinds)


def text_comparisons(field: str, *pool: str | None, nullable: bool = False) -> SearchStrategy[Predicate]:
    """Comparisons of a column of text."""
    return comparisons(field, given_texts(*pool), EQUALITY, LISTS, ORDERING, PARTS, nullable=nullable)


def instants() -> SearchStrategy[datetime]:
    """Instants that rows have, and those a microsecond beside."""
    seconds = st.sampled_from([0, 1, 1.5, 2, 60, 3600, 86_400])
    return st.builds(
        lambda value, beside: START + timedelta(seconds=value, microseconds=beside),
        seconds,
        st.sampled_from([-1, 0, 0, 1]),
    )


def meta_tests() -> SearchStrategy[Predicate]:
    """Tests of the metadata by every operator."""
    scalars = [value for value in META_VALUES if not isinstance(value, (list, dict))]
    numbers = [value for value in scalars if type(value) in {int, float}]
    paths = st.lists(st.sampled_from([*META_KEYS, "source"]), min_size=1, max_size=3).map(tuple)
    known = st.sampled_from([*scalars, *(source for source in SOURCES if source)])
    pieces = st.sampled_from(["", "a", "b", "x" * 200, "x" * 250, "x" * 251, "🦉", 1, True, None, 1.0])
    return st.one_of(
        st.builds(MetaTest, paths, st.sampled_from(EQUALITY), known),
        st.builds(
            MetaTest,
            paths,
            st.sampled_from(LISTS),
            st.lists(known.filter(lambda v: v is not None), max_size=3).map(tuple),
        ),
        st.builds(MetaTest, paths, st.sampled_from(ORDERING), st.sampled_from(numbers)),
        st.builds(MetaTest, paths, st.just(Op.CONTAINS), st.one_of(known.filter(lambda v: v is not None), pieces)),
        st.builds(MetaTest, paths, st.just(Op.STARTS_WITH), st.sampled_from(["", "a", "x" * 201, "é", "1"])),
        st.builds(MetaTest, paths, st.just(Op.EXISTS), st.booleans()),
    )


def searches() -> SearchStrategy[Predicate]:
    """Searches for words that traces have, in any case, with punctuation before, after and between."""
    terms = st.sampled_from(
        [
            *WORDS,
            "ADD",
            "48-2",
            "(sum)",
            "rÉsumÉ",
            "nowhere",
            "two.2",
            "e5",
            "½",
            "🦉",
            "漢" * 1000,
            "x" * 1000,
            "'",
            "*",
            "NEAR",
            "OR",
            *SCRIPTS,
            *(word[1:3] for word in SCRIPTS),
            *(word[:1] for word in SCRIPTS),
        ]
    )
    together = st.lists(terms, min_size=1, max_size=3).map(" ".join)
    return together.filter(lambda text: len(text) <= MAX_TEXT_CHARS and any(words(term) for term in text.split())).map(
        Search
    )


def nested(leaves: SearchStrategy[Predicate]) -> SearchStrategy[Predicate]:
    """Trees of and, or and not."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
            inner.map(Not),
        ),
        max_leaves=5,
    )


def score_predicates() -> SearchStrategy[Predicate]:
    """Predicates over scores."""
    return nested(score_conditions())


def score_conditions() -> SearchStrategy[Predicate]:
    """Single conditions on a score."""
    ids = st.sampled_from([row["id"] for row in SCORE_ROWS])
    trace_ids = st.sampled_from([row["trace_id"] for row in SCORE_ROWS])
    runs = st.sampled_from([uuid.UUID(int=number) for number in (1, 2, 3)])
    return st.one_of(
        comparisons("id", ids, EQUALITY, LISTS),
        comparisons("trace_id", trace_ids, EQUALITY, LISTS),
        comparisons("run_id", runs, EQUALITY, LISTS, nullable=True),
        comparisons("step_index", st.integers(-1, 6), EQUALITY, LISTS, ORDERING, nullable=True),
        comparisons("score", st.sampled_from([*SCORES, 0.5]), EQUALITY, LISTS, ORDERING),
        comparisons("scored_at", instants(), EQUALITY, ORDERING),
        comparisons("kind", st.sampled_from(KINDS), EQUALITY),
        text_comparisons("scorer", *SCORERS),
        text_comparisons("scorer_version", "1", "2"),
        text_comparisons("rationale", "", "good", "Good", "\uffff", "🦉", nullable=True),
        st.booleans().map(lambda wanted: Compare("latest", Op.EQ, wanted)),
    )


def trace_predicates() -> SearchStrategy[Predicate]:
    """Predicates over traces and their scores."""
    return nested(trace_conditions())


@st.composite
def on_scores(draw: st.DrawFn) -> Predicate:
    """Conditions on a trace's scores."""
    where = draw(st.one_of(score_conditions(), score_predicates()))
    return Related("scores", draw(st.sampled_from(Quantifier)), where)


def trace_conditions() -> SearchStrategy[Predicate]:
    """Single conditions on a trace."""
    ids = st.sampled_from([row["id"] for row in TRACE_ROWS])
    pool = {name: [row[name] for row in TRACE_ROWS[:20]] for name in TRACE_ROWS[0]}
    return st.one_of(
        comparisons("id", ids, EQUALITY, LISTS),
        comparisons("created_at", instants(), EQUALITY, ORDERING),
        comparisons("step_count", st.integers(-1, 5), EQUALITY, LISTS, ORDERING),
        comparisons("char_count", st.integers(0, 120), EQUALITY, LISTS, ORDERING),
        text_comparisons("trace_version", "1.0", "2"),
        text_comparisons("source", *SOURCES, nullable=True),
        text_comparisons("external_id", *EXTERNAL_IDS, nullable=True),
        *(
            text_comparisons(name, *pool[name])
            for name in ("prompt_preview", "final_answer_preview", "prompt_hash", "content_hash")
        ),
        meta_tests(),
        meta_tests(),
        searches(),
        on_scores(),
    )


def orders(columns: tuple[str, ...]) -> SearchStrategy[list[tuple[str, bool]]]:
    """One to three terms of (column, descending)."""
    return st.lists(st.tuples(st.sampled_from(columns), st.booleans()), min_size=1, max_size=3)


def camel(name: str) -> str:
    """A column's name as the schema spells it."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def order_input(terms: list[tuple[str, bool]]) -> list[dict[str, str]]:
    """An order as GraphQL takes it."""
    return [{"field": name.upper(), "direction": "DESC" if descending else "ASC"} for name, descending in terms]


def where_input(predicate: Predicate) -> dict[str, Any]:
    """A predicate as GraphQL takes it."""
    match predicate:
        case All(parts):
            return {"and": [where_input(part) for part in parts]}
        case AnyOf(parts):
            return {"or": [where_input(part) for part in parts]}
        case Not(part):
            return {"not": where_input(part)}
        case Compare("latest", _, value):
            return {"latest": value}
        case Compare(field, op, value):
            return {camel(field): {op.value: json_value(value)}}
        case MetaTest(path, op, value):
            return {"meta": [{"path": list(path), op.value: json_value(value)}]}
        case Search(text):
            return {"search": text}
        case Related(relation, quantifier, where):
            return {relation: {quantifier.value: where_input(where)}}
    raise AssertionError(predicate)


def json_value(value: Any) -> Any:
    """An operand as JSON."""
    if isinstance(value, tuple):
        return [json_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
