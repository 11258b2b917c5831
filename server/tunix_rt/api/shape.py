"""Shapes: how a noun's rows become its GraphQL objects, loading only the columns that are selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Table

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Source:
    """Where a field's value comes from. Compared by identity: columns compare to SQL.

    Args:
        columns: the columns it needs.
        fill: sets the object's attributes from the row.
    """

    columns: Sequence[Column[Any]]
    fill: Callable[[Any, Any], None]


def column_source(column: Column[Any]) -> Source:
    """A field that is a column of the same name."""
    name = column.name

    def fill(target: Any, row: Any) -> None:
        setattr(target, name, getattr(row, name))

    return Source([column], fill)


@dataclass(frozen=True, eq=False)
class Reading:
    """What one set of fields needs: the columns to load, each once and the widest last, and what fills an object."""

    columns: list[Column[Any]]
    fills: list[Callable[[Any, Any], None]]


@dataclass(frozen=True, eq=False)
class Shape(Generic[T]):
    """The fields of a noun that come from its own row.

    Args:
        make: the object's class; instances are made without its constructor, with the selected fields only.
        always: what every object carries, selected or not.
        sources: field name, as the schema spells it, to where it comes from.
    """

    make: type[T]
    table: Table
    always: Source
    sources: Mapping[str, Source]

    @lru_cache(maxsize=1000)  # noqa: B019 - a shape lives as long as its module
    def reading(self, names: frozenset[str]) -> Reading:
        """What the selected fields need."""
        chosen = dict.fromkeys([self.always, *(self.sources[name] for name in sorted(names) if name in self.sources)])
        needed = {column.name for source in chosen for column in source.columns}
        return Reading(
            [column for column in self.table.columns if column.name in needed], [source.fill for source in chosen]
        )

    def columns(self, names: frozenset[str]) -> list[Column[Any]]:
        """The columns that the selected fields need."""
        return self.reading(names).columns

    def objects(self, rows: Iterable[Any], names: frozenset[str]) -> list[T]:
        """The objects of rows that have the columns of the same names."""
        fills = self.reading(names).fills
        make = self.make
        objects: list[T] = []
        for row in rows:
            target = make.__new__(make)
            for fill in fills:
                fill(target, row)
            objects.append(target)
        return objects
