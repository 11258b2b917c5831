"""Shapes: how a noun's rows become its GraphQL objects, loading only the columns that are selected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Table

T = TypeVar("T")


@dataclass(frozen=True)
class Source:
    """Where a field's value comes from.

    Args:
        columns: the columns it needs.
        fill: sets the object's attributes from the row.
    """

    columns: Sequence[Column[Any]]
    fill: Callable[[Any, Any], None]


def column_source(column: Column[Any], name: str | None = None) -> Source:
    """A field that is a column."""
    column_name, attribute = column.name, name or column.name

    def fill(target: Any, row: Any) -> None:
        setattr(target, attribute, getattr(row, column_name))

    return Source([column], fill)


@dataclass(frozen=True)
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

    def chosen(self, names: Iterable[str]) -> list[Source]:
        """The sources of the selected fields, each once."""
        found = [self.always]
        for name in sorted(names):
            source = self.sources.get(name)
            if source is not None and source not in found:
                found.append(source)
        return found

    def columns(self, names: Iterable[str]) -> list[Column[Any]]:
        """The columns that the selected fields need, each once, the widest last."""
        found = dict.fromkeys(column for source in self.chosen(names) for column in source.columns)
        return sorted(found, key=lambda column: list(self.table.columns).index(column))

    def objects(self, rows: Iterable[Any], names: Iterable[str]) -> list[T]:
        """The objects of rows that have the columns of the same names."""
        fills = [source.fill for source in self.chosen(names)]
        make = self.make
        objects: list[T] = []
        for row in rows:
            target = make.__new__(make)
            for fill in fills:
                fill(target, row)
            objects.append(target)
        return objects
