"""The semantics of filters and orders, implemented a second time in plain Python.

The SQL is right where it agrees with this page.
"""

from __future__ import annotations

import unicodedata
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias

import orjson

from tunix_rt.domain.filtering.predicates import (
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

Row: TypeAlias = dict[str, Any]
MISSING = object()

ORDERED: dict[Op, Callable[[Any, Any], bool]] = {
    Op.LT: lambda mine, value: mine < value,
    Op.LTE: lambda mine, value: mine <= value,
    Op.GT: lambda mine, value: mine > value,
    Op.GTE: lambda mine, value: mine >= value,
}


def with_scores(trace_rows: Sequence[Row], score_rows: Sequence[Row]) -> list[Row]:
    """Traces that know their scores, and scores that know whether they are their scorer's latest."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    owned: dict[uuid.UUID, list[Row]] = defaultdict(list)
    for row in score_rows:
        groups[row["trace_id"], row["scorer"], row["step_index"]].append(row)
    for group in groups.values():
        newest = max(group, key=lambda row: (row["scored_at"], row["id"]))
        for row in group:
            owned[row["trace_id"]].append(row | {"latest": row is newest})
    return [row | {"scores": owned[row["id"]]} for row in trace_rows]


def holds(predicate: Predicate, row: Row) -> bool:
    """Returns whether a row satisfies a predicate."""
    match predicate:
        case All(parts):
            return all(holds(part, row) for part in parts)
        case AnyOf(parts):
            return any(holds(part, row) for part in parts)
        case Not(part):
            return not holds(part, row)
        case Compare(field, op, value):
            return compared(row[field], op, value)
        case MetaTest():
            return meta_holds(predicate, row["meta"])
        case Search(text):
            return found(text, row["payload"])
        case Related(relation, quantifier, where):
            answers = [holds(where, child) for child in row[relation]]
            return {
                Quantifier.SOME: any(answers),
                Quantifier.NONE: not any(answers),
                Quantifier.EVERY: all(answers),
            }[quantifier]
    raise AssertionError(predicate)


def compared(mine: Any, op: Op, value: Any) -> bool:
    """Returns whether a column's value satisfies an operator; a missing one satisfies three of them."""
    if op is Op.IS_NULL:
        return (mine is None) == value
    if op in {Op.NE, Op.NOT_IN}:
        return not compared(mine, Op.EQ if op is Op.NE else Op.IN, value)
    if mine is None:
        return False
    if op in ORDERED:
        return ORDERED[op](mine, value)
    return {
        Op.EQ: lambda: mine == value,
        Op.IN: lambda: mine in value,
        Op.CONTAINS: lambda: value in mine,
        Op.STARTS_WITH: lambda: mine.startswith(value),
    }[op]()


def meta_holds(test: MetaTest, meta: Any) -> bool:
    """Returns whether a trace's metadata satisfies a test."""
    mine = reached(meta, test.path)
    op, value = test.op, test.value
    if op is Op.EXISTS:
        return (mine is not MISSING) == value
    if op in {Op.NE, Op.NOT_IN}:
        return not meta_holds(MetaTest(test.path, Op.EQ if op is Op.NE else Op.IN, value), meta)
    if op in ORDERED:
        return isinstance(mine, (int, float)) and not isinstance(mine, bool) and ORDERED[op](mine, value)
    if op is Op.EQ:
        return same(mine, value)
    if op is Op.IN:
        return any(same(mine, item) for item in value)
    if op is Op.STARTS_WITH:
        return isinstance(mine, str) and mine.startswith(value)
    if isinstance(mine, list):
        return any(same(item, value) for item in mine)
    return isinstance(mine, str) and isinstance(value, str) and value in mine


def reached(value: Any, path: Sequence[str]) -> Any:
    """The value that the keys lead to, or MISSING."""
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return MISSING
        value = value[key]
    return value


def same(mine: Any, value: Any) -> bool:
    """Returns whether two JSON scalars are one value: 1 and 1.0 are, 1 and true are not."""
    numbers = (int, float)
    if isinstance(mine, numbers) and isinstance(value, numbers) and bool not in {type(mine), type(value)}:
        return mine == value
    return type(mine) is type(value) and mine == value


UNSPACED = ("CJK ", "HIRAGANA ", "KATAKANA", "IDEOGRAPHIC ITERATION", "THAI CHARACTER ", "LAO ", "KHMER ", "MYANMAR ")
"""How the names of letters begin that are written without spaces between words, as far as these tests use them."""


def is_unspaced(char: str) -> bool:
    """Returns whether a letter or mark is of a script that is written without spaces between words."""
    return unicodedata.category(char)[0] in "LM" and unicodedata.name(char, "").startswith(UNSPACED)


def folded(text: str) -> str:
    """Returns a text without the differences that search ignores."""
    compatible = unicodedata.normalize("NFKC", text)
    dotless = compatible.replace("İ", "i").replace(chr(0x131), "i")
    return unicodedata.normalize("NFKC", dotless.casefold())


def words(text: str) -> list[str]:
    """The words of a text: its runs of letters, digits and marks, and of letters of scripts without spaces."""
    spaced = ""
    for char in folded(text):
        category = unicodedata.category(char)
        if unicodedata.name(char, "").startswith("VARIATION SELECTOR") or (category == "Cf" and char != "\u200b"):
            continue
        is_word = category[0] in "LN" or category in {"Mn", "Mc"}
        spaced += char if is_word else " "
    runs = ["".join(run) for part in spaced.split() for _, run in groupby(part, is_unspaced)]
    return [run for run in runs if any(unicodedata.category(char)[0] in "LN" for char in run)]


def found(text: str, payload: str) -> bool:
    """Returns whether every term of a search occurs in a trace: its words consecutively, each as a whole word except in
    scripts without spaces, of which any part is found.
    """
    trace = orjson.loads(payload)
    parts = [trace["prompt"], *(step["content"] for step in trace["steps"]), trace["final_answer"]]
    body = f" {' '.join(words(' '.join(parts)))} "
    terms = [wanted for term in text.split() if (wanted := words(term))]
    return all(as_part(wanted) in body for wanted in terms)


def as_part(wanted: list[str]) -> str:
    """Words as they occur in a text, with the spaces around them that must be there."""
    before = "" if is_unspaced(wanted[0][0]) else " "
    after = "" if is_unspaced(wanted[-1][0]) else " "
    return before + " ".join(wanted) + after


def in_order(rows: Sequence[Row], terms: Sequence[tuple[str, bool]]) -> list[Row]:
    """Rows in an order of (column, descending), nulls last; equal ones by id, in the direction of the last term."""
    kept: list[tuple[str, bool]] = []
    for name, descending in terms:
        if name not in [earlier for earlier, _ in kept]:
            kept.append((name, descending))
        if name == "id":
            break
    if "id" not in [name for name, _ in kept]:
        kept.append(("id", kept[-1][1] if kept else False))
    ordered = list(rows)
    for name, descending in reversed(kept):
        ordered.sort(key=key_of(name, descending=descending), reverse=descending)
    return ordered


def key_of(name: str, *, descending: bool) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """A sort key that puts nulls last, in a list that is reversed afterwards too."""

    def key(row: Mapping[str, Any]) -> tuple[Any, ...]:
        value = row[name]
        return (not descending,) if value is None else (descending, value)

    return key
