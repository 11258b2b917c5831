"""Objects kept by columns are the same as objects, for plans and for every other reader."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from tunix_rt.api.datasets.types import DATASET_SHAPE
from tunix_rt.api.execution.columns import ListColumns, ObjectColumns, attribute_of, join, optional_attribute_of
from tunix_rt.api.execution.limits.budget import AnswerBudget
from tunix_rt.api.execution.plan import OBJECTS_AT_ONCE, Branches, Lengthy, Nested, Plan


@dataclass
class Leaf:
    number: int


@dataclass
class Tree:
    name: str
    leaf: Leaf
    leaves: list[Leaf]


LEAF = Plan(keys=["n"], names=["number"], required={0}).prepare()
TREE = Plan(
    keys=["name", "leaf", "leaves"],
    names=["name", "leaf", "leaves"],
    required={0, 1, 2},
    constants={"kind": "Tree"},
    nested=[Nested("leaf", "leaf", LEAF, False, True), Nested("leaves", "leaves", LEAF, True, True)],
).prepare()


def trees(count: int) -> list[Tree]:
    """Trees with 0, 1 or 2 leaves."""
    return [Tree(f"t{n}", Leaf(n), [Leaf(n * 10 + leaf) for leaf in range(n % 3)]) for n in range(count)]


def by_columns(objects: list[Tree]) -> ObjectColumns:
    """The same trees by columns."""
    flat = [leaf.number for tree in objects for leaf in tree.leaves]
    columns: dict[str, Any] = {
        "name": [tree.name for tree in objects],
        "leaf": ObjectColumns(Leaf, len(objects), {"number": [tree.leaf.number for tree in objects]}),
        "leaves": ListColumns(ObjectColumns(Leaf, len(flat), {"number": flat}), [len(tree.leaves) for tree in objects]),
    }
    return ObjectColumns(Tree, len(objects), columns)


def unlimited() -> AnswerBudget:
    """A budget that nothing exceeds."""
    return AnswerBudget(10**9, 10**9)


@pytest.mark.parametrize("count", [0, 1, 7])
def test_objects_are_made_from_columns(count: int):
    found = by_columns(trees(count))

    assert list(found) == trees(count)
    assert len(found) == count
    assert found[1:3] == trees(count)[1:3]


def test_lists_are_made_from_columns():
    lists = ListColumns([1, 2, 3], [2, 0, 1])

    assert list(lists) == [[1, 2], [], [3]]
    assert lists[0] == [1, 2]
    assert len(lists) == 3


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_plan_completes_columns_like_objects(count: int):
    one, other = unlimited(), unlimited()

    assert TREE.complete(by_columns(trees(count)), one) == TREE.complete(trees(count), other)
    assert one.usage() == other.usage()


async def test_a_plan_completes_many_objects_by_columns_in_pauses():
    count = 2 * OBJECTS_AT_ONCE + 1
    run = SimpleNamespace(budget=unlimited())
    with pytest.raises(Lengthy):
        TREE.complete(by_columns(trees(count)), run.budget)
    run.budget.restart()

    found = await TREE.complete_waiting(by_columns(trees(count)), run)

    assert found == await TREE.complete_waiting(trees(count), SimpleNamespace(budget=unlimited()))
    assert [tree["name"] for tree in found] == [f"t{n}" for n in range(count)]


def test_branches_complete_columns_of_their_classes():
    branches = Branches({Tree: TREE})

    assert branches.complete(by_columns(trees(4)), unlimited()) == TREE.complete(trees(4), unlimited())


def test_an_attribute_that_was_not_loaded_is_an_error():
    found = ObjectColumns(Leaf, 1, {"number": [1]})

    with pytest.raises(AttributeError, match="name"):
        found.values("name")
    assert ObjectColumns(Leaf, 0, {}).values("name") == ()
    assert list(optional_attribute_of(found, "name")) == [None]
    assert list(attribute_of([Leaf(1)], "number")) == list(attribute_of(found, "number")) == [1]
    assert list(optional_attribute_of([Leaf(1)], "name")) == [None]


def test_parts_are_joined_by_columns_or_as_objects():
    parts = [ObjectColumns(Leaf, 2, {"number": [1, 2]}), ObjectColumns(Leaf, 1, {"number": [3]})]

    joined = join(parts)

    assert isinstance(joined, ObjectColumns)
    assert list(joined) == [Leaf(1), Leaf(2), Leaf(3)]
    assert join([parts[0], [Leaf(9)]]) == [Leaf(1), Leaf(2), Leaf(9)]


def test_no_rows_need_no_values():
    names = frozenset({"key", "traces"})

    assert list(DATASET_SHAPE.of_columns([[] for _ in DATASET_SHAPE.columns(names)], 0, names)) == []
