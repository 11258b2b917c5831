"""Simplification keeps the meaning, and sees through whatever is true of every row by its form."""

from __future__ import annotations

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.support.reference import holds, with_scores
from tests.support.strategies import SCORE_ROWS, TRACE_ROWS, bounded, score_conditions, trace_conditions
from tunix_rt.domain.filtering.predicates import (
    EVERYTHING,
    NOTHING,
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
from tunix_rt.domain.filtering.scores import SCORES
from tunix_rt.domain.filtering.simplification import complement, is_tautology, simplify
from tunix_rt.domain.filtering.traces import TRACES

ROWS = with_scores(TRACE_ROWS, SCORE_ROWS)
SOURCE = Compare("source", Op.EQ, "a")
STEPS = Compare("step_count", Op.LT, 3)
NO_SOURCE = Compare("source", Op.IN, ())
NO_META = MetaTest(("k",), Op.IN, ())


ON_TRACES, ON_SCORES = trace_conditions(), score_conditions()


@st.composite
def leaves(draw: st.DrawFn) -> Predicate:
    """A condition on a trace or on its scores."""
    if draw(st.booleans()):
        return draw(ON_TRACES)
    inner = draw(st.one_of(st.just(EVERYTHING), st.just(NOTHING), ON_SCORES))
    return Related("scores", draw(st.sampled_from(Quantifier)), inner)


@st.composite
def trees(draw: st.DrawFn) -> Predicate:
    """Trees over constants and a few conditions, which occur again and negated."""
    few = draw(st.lists(leaves(), min_size=1, max_size=3))

    def several(inner: SearchStrategy[Predicate]) -> SearchStrategy[tuple[Predicate, ...]]:
        return st.lists(inner, max_size=3).map(tuple)

    return draw(
        st.recursive(
            st.sampled_from([*few, EVERYTHING, NOTHING, NO_SOURCE, NO_META]),
            lambda inner: st.one_of(several(inner).map(All), several(inner).map(AnyOf), inner.map(Not)),
            max_leaves=8,
        )
    )


@bounded(300)
@given(predicate=trees())
def test_a_simplified_predicate_and_its_complement_mean_the_same(predicate: Predicate):
    simple = simplify(predicate, TRACES)
    opposite = complement(simple, TRACES)
    event("constant" if simple in (EVERYTHING, NOTHING) else "depends on the row")

    for row in ROWS:
        assert holds(simple, row) == holds(predicate, row)
        assert holds(opposite, row) != holds(predicate, row)
    assert is_tautology(AnyOf((predicate, Not(predicate))), TRACES)
    assert not is_tautology(All((predicate, Not(predicate))), TRACES)


def related(quantifier: Quantifier, where: Predicate) -> Predicate:
    """A condition on a trace's scores."""
    return Related("scores", quantifier, where)


TRUE = [
    EVERYTHING,
    Not(NOTHING),
    Compare("source", Op.NOT_IN, ()),
    Not(NO_SOURCE),
    Not(All((SOURCE, NO_SOURCE))),
    AnyOf((SOURCE, EVERYTHING)),
    AnyOf((SOURCE, Not(SOURCE))),
    AnyOf((SOURCE, Compare("source", Op.NE, "a"))),
    AnyOf((SOURCE, Compare("source", Op.NOT_IN, ("a",)))),
    AnyOf((Compare("source", Op.IS_NULL, True), Compare("source", Op.IS_NULL, False))),
    AnyOf((Compare("source", Op.IS_NULL, True), Compare("source", Op.GTE, ""))),
    AnyOf((STEPS, Compare("step_count", Op.GTE, 3))),
    Not(All((SOURCE, STEPS, Not(SOURCE)))),
    Compare("id", Op.IS_NULL, False),
    Compare("prompt_preview", Op.CONTAINS, ""),
    Compare("prompt_hash", Op.STARTS_WITH, ""),
    MetaTest(("k",), Op.NOT_IN, ()),
    Not(MetaTest(("k",), Op.IN, ())),
    AnyOf((MetaTest(("k",), Op.EXISTS, True), MetaTest(("k",), Op.EXISTS, False))),
    AnyOf((Search("a"), Not(Search("a")))),
    related(Quantifier.EVERY, EVERYTHING),
    related(Quantifier.NONE, NOTHING),
    related(Quantifier.NONE, Compare("scorer", Op.IN, ())),
    related(Quantifier.EVERY, Compare("scorer", Op.NOT_IN, ())),
    AnyOf((related(Quantifier.SOME, EVERYTHING), related(Quantifier.NONE, EVERYTHING))),
    AnyOf(
        (
            related(Quantifier.EVERY, Compare("scorer", Op.EQ, "a")),
            related(Quantifier.SOME, Compare("scorer", Op.NE, "a")),
        )
    ),
    related(Quantifier.EVERY, AnyOf((Compare("latest", Op.EQ, True), Compare("latest", Op.EQ, False)))),
]


@pytest.mark.parametrize("predicate", TRUE, ids=repr)
def test_what_is_true_of_every_row_is_seen_to_be(predicate: Predicate):
    assert is_tautology(predicate, TRACES)
    assert all(holds(predicate, row) for row in ROWS)


@pytest.mark.parametrize(
    "predicate",
    [
        Compare("source", Op.CONTAINS, ""),
        Compare("source", Op.IS_NULL, False),
        AnyOf((Compare("source", Op.LT, "a"), Compare("source", Op.GTE, "a"))),
        AnyOf((MetaTest(("n",), Op.EQ, True), Not(MetaTest(("n",), Op.EQ, 1)))),
        AnyOf((MetaTest(("k",), Op.LT, 1), MetaTest(("k",), Op.GTE, 1))),
        related(Quantifier.SOME, EVERYTHING),
        related(Quantifier.NONE, EVERYTHING),
    ],
    ids=repr,
)
def test_what_some_row_may_fail_is_not_taken_for_true(predicate: Predicate):
    assert not is_tautology(predicate, TRACES)
    assert not all(holds(predicate, row) for row in ROWS)


def test_a_predicate_of_scores_knows_its_own_columns():
    assert is_tautology(Compare("trace_id", Op.IS_NULL, False), SCORES)
    assert not is_tautology(Compare("run_id", Op.IS_NULL, False), SCORES)
