"""Simplification: rewrites a predicate to an equivalent one, to detect tautologies.

It is sound but not complete: ``EVERYTHING`` is true of every row and ``NOTHING`` of none, but a predicate that needs
arithmetic (``stepCount < 5 or stepCount > 3``) is left unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    to_json,
)
from tunix_rt.domain.filtering.sql import Filterable

COMPLEMENTS = {Op.LT: Op.GTE, Op.LTE: Op.GT, Op.GT: Op.LTE, Op.GTE: Op.LT}
"""The complements of ordering operators, for a column that is never null."""

NEGATIVE = {Op.NE: Op.EQ, Op.NOT_IN: Op.IN}


def is_tautology(predicate: Predicate, noun: Filterable) -> bool:
    """Returns whether a predicate can be proven true of every possible row of the noun's table."""
    return simplify(predicate, noun) == EVERYTHING


def simplify(predicate: Predicate, noun: Filterable) -> Predicate:
    """Returns an equivalent predicate with constants folded and negations moved to the leaves."""
    match predicate:
        case All(parts):
            return conjunction([simplify(part, noun) for part in parts], noun)
        case AnyOf(parts):
            return disjunction([simplify(part, noun) for part in parts], noun)
        case Not(part):
            return complement(simplify(part, noun), noun)
        case Compare():
            return simplify_comparison(predicate, noun)
        case MetaTest():
            return simplify_meta(predicate, noun)
        case Related():
            return simplify_related(predicate, noun)
    return predicate


def conjunction(parts: Sequence[Predicate], noun: Filterable) -> Predicate:
    """Returns the conjunction of simplified predicates."""
    kept = distinct(inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,)))
    if NOTHING in kept or contradicts(kept, noun):
        return NOTHING
    return kept[0] if len(kept) == 1 else All(tuple(kept))


def disjunction(parts: Sequence[Predicate], noun: Filterable) -> Predicate:
    """Returns the disjunction of simplified predicates."""
    kept = distinct(inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) else (part,)))
    if EVERYTHING in kept or contradicts(kept, noun):
        return EVERYTHING
    return kept[0] if len(kept) == 1 else AnyOf(tuple(kept))


def distinct(parts: Iterable[Predicate]) -> list[Predicate]:
    """Returns predicates without duplicates."""
    return list({to_json(part): part for part in parts}.values())


def contradicts(parts: Sequence[Predicate], noun: Filterable) -> bool:
    """Returns whether a part of a conjunction or disjunction is the complement of one or several other parts."""
    spelled = {to_json(part) for part in parts}  # as JSON, because in Python 1 == True
    opposites = (complement(part, noun) for part in parts)
    return any(all(to_json(part) in spelled for part in terms(opposite)) for opposite in opposites)


def terms(predicate: Predicate) -> tuple[Predicate, ...]:
    """Returns the parts of a conjunction or disjunction; for any other predicate, the predicate itself."""
    return predicate.parts if isinstance(predicate, (All, AnyOf)) else (predicate,)


def complement(predicate: Predicate, noun: Filterable) -> Predicate:
    """Returns the simplified complement of a simplified predicate."""
    match predicate:
        case All(parts):
            return disjunction([complement(part, noun) for part in parts], noun)
        case AnyOf(parts):
            return conjunction([complement(part, noun) for part in parts], noun)
        case Not(part):
            return part
        case Compare(field, Op.IS_NULL, value):
            return Compare(field, Op.IS_NULL, not value)
        case Compare(field, op, value) if op in COMPLEMENTS and not is_nullable(field, noun):
            return Compare(field, COMPLEMENTS[op], value)
    return Not(predicate)


def simplify_comparison(leaf: Compare, noun: Filterable) -> Predicate:
    """Returns a comparison of a column with a positive operator."""
    if leaf.field in noun.computed:
        wanted = bool(leaf.value) == (leaf.op is Op.EQ)
        return Compare(leaf.field, Op.EQ, True) if wanted else Not(Compare(leaf.field, Op.EQ, True))
    if leaf.op in NEGATIVE:
        return complement(simplify_comparison(Compare(leaf.field, NEGATIVE[leaf.op], leaf.value), noun), noun)
    if leaf.op is Op.IN:
        return one_of([Compare(leaf.field, Op.EQ, value) for value in leaf.value], leaf)
    if leaf.value == "" and leaf.op in {Op.CONTAINS, Op.STARTS_WITH, Op.GTE}:
        leaf = Compare(leaf.field, Op.IS_NULL, False)
    if leaf.op is Op.IS_NULL and not is_nullable(leaf.field, noun):
        return NOTHING if leaf.value else EVERYTHING
    return leaf


def simplify_meta(leaf: MetaTest, noun: Filterable) -> Predicate:
    """Returns a metadata test with a positive operator."""
    if leaf.op in NEGATIVE:
        return complement(simplify_meta(MetaTest(leaf.path, NEGATIVE[leaf.op], leaf.value), noun), noun)
    if leaf.op is Op.EXISTS and not leaf.value:
        return Not(MetaTest(leaf.path, Op.EXISTS, True))
    if leaf.op is Op.IN:
        return one_of([MetaTest(leaf.path, Op.EQ, value) for value in leaf.value], leaf)
    return leaf


def one_of(equalities: Sequence[Predicate], leaf: Predicate) -> Predicate:
    """Returns a test for a list of values; an equality if the list has one value."""
    if not equalities:
        return NOTHING
    return equalities[0] if len(equalities) == 1 else leaf


def simplify_related(leaf: Related, noun: Filterable) -> Predicate:
    """Returns a predicate over related rows, expressed with SOME."""
    relation = noun.relations.get(leaf.relation)
    if relation is None:
        return leaf
    inner = simplify(leaf.where, relation.rows)
    if leaf.quantifier is Quantifier.EVERY:
        inner = complement(inner, relation.rows)
    some: Predicate = NOTHING if inner == NOTHING else Related(leaf.relation, Quantifier.SOME, inner)
    return some if leaf.quantifier is Quantifier.SOME else complement(some, noun)


def is_nullable(field: str, noun: Filterable) -> bool:
    """Returns whether a field may be null; true for an unknown field."""
    column = noun.columns.get(field)
    return column is None or bool(getattr(column, "nullable", True))
