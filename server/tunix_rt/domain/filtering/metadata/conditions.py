"""Compiles metadata filters to SQL with the same semantics on both databases, by an index where possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import not_

from tunix_rt.domain.filtering.metadata import postgresql as postgresql_meta
from tunix_rt.domain.filtering.metadata import sqlite as sqlite_meta
from tunix_rt.domain.filtering.predicates import MetaTest, Op
from tunix_rt.domain.filtering.sql import Condition
from tunix_rt.domain.text import INT64
from tunix_rt.errors import BadUserInput

META_PATH_MAX = 8
META_KEY_MAX_CHARS = 256
NEGATIVE = {Op.NE: Op.EQ, Op.NOT_IN: Op.IN}
LISTS = {Op.IN, Op.NOT_IN}
ORDERED = {Op.LT, Op.LTE, Op.GT, Op.GTE}


def meta_condition(leaf: MetaTest, kind: str, *, joined: bool = False, served: bool = True) -> Condition:
    """Returns the condition for traces whose metadata satisfies a test.

    Args:
        joined: whether the traces are looked up by another table's rows, see ``Filterable.joined``.
        served: whether an index may look up a list of values, see ``Filterable.unserved``.

    Raises:
        BadUserInput: the path or the value is invalid.
    """
    check_meta_test(leaf)
    if leaf.op in NEGATIVE:
        positive = MetaTest(leaf.path, NEGATIVE[leaf.op], leaf.value)
        return not_(meta_condition(positive, kind, joined=joined, served=served))
    if kind == "sqlite":
        return sqlite_meta.condition(leaf, joined=joined)
    return postgresql_meta.condition(leaf, served=served)


def check_meta_test(leaf: MetaTest) -> None:
    """Checks the path and the value of a test; raises as ``meta_condition`` does."""
    check_path(leaf.path)
    check_operand(leaf)


def check_path(path: Sequence[str]) -> None:
    """Checks the limits of a metadata path's keys."""
    if not 1 <= len(path) <= META_PATH_MAX or not all(1 <= len(key) <= META_KEY_MAX_CHARS for key in path):
        raise BadUserInput(
            f"meta.path must have 1 to {META_PATH_MAX} keys of 1 to {META_KEY_MAX_CHARS} characters.",
            ["where", "meta", "path"],
        )


def check_operand(leaf: MetaTest) -> None:
    """Refuses an operand that cannot be compared with a JSON value."""
    if leaf.op in ORDERED:
        check_number(leaf.value, leaf.op)
    elif leaf.op is not Op.EXISTS:
        for value in leaf.value if leaf.op in LISTS else [leaf.value]:
            check_scalar(value, leaf.op)


def check_scalar(value: Any, op: Op) -> None:
    """Refuses an object, a list, or a value that cannot be stored."""
    if value is not None and not isinstance(value, (str, bool, int, float)):
        raise BadUserInput(
            f"meta.{op.value} takes a string, a number, a boolean or null; use a longer path for nested values.",
            ["where", "meta", op.value],
        )
    if isinstance(value, int) and value not in INT64:
        raise BadUserInput(f"meta.{op.value} takes integers of at most 64 bits.", ["where", "meta", op.value])


def check_number(value: Any, op: Op) -> None:
    """Refuses anything but a number as the operand of an ordering operator."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadUserInput(f"meta.{op.value} takes a number.", ["where", "meta", op.value])
    check_scalar(value, op)
