"""Shapes: conversion of a noun's rows to GraphQL objects, loading only the columns of the selected fields.

Rows are read by position and column by column: reading a value of a SQLAlchemy row by name takes five times as long,
and a page reads hundreds of values.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Column, Table

from tunix_rt.api.execution.columns import ObjectColumns
from tunix_rt.domain.global_ids import global_ids

T = TypeVar("T")
Attributes: TypeAlias = Mapping[str, Sequence[Any]]
"""By attribute, its value in each object."""


@dataclass(frozen=True, eq=False)
class FieldSource:
    """A field that is computed from columns.

    Compared by identity, since comparing columns builds SQL.

    Args:
        columns: the columns that it is computed from.
        compute: takes the values of each column in all rows, and returns attributes of all objects.
    """

    columns: Sequence[Column[Any]]
    compute: Callable[..., Attributes]


@dataclass(frozen=True, eq=False)
class Alias:
    """A column whose value is stored in an attribute of another name."""

    column: Column[Any]
    attribute: str


Sources = dict[str, FieldSource | Alias | Column[Any]]
"""The fields of a noun in the schema's spelling, and the sources of their values."""


@dataclass(frozen=True, eq=False)
class RowLayout:
    """The columns and attributes that a set of fields needs.

    Args:
        columns: the columns to load, each once and the widest last; rows may have more columns after them.
        plain: the attributes that have a column's value unchanged, with the column's position.
        computed: for each other field, the positions of its columns, and ``FieldSource.compute``.
    """

    columns: list[Column[Any]]
    plain: list[tuple[str, int]]
    computed: list[tuple[list[int], Callable[..., Attributes]]]


@dataclass(frozen=True, eq=False)
class Shape(Generic[T]):
    """The fields of a noun that come from its own row.

    Args:
        make: the object's class; instances are created without its constructor, with the selected fields only.
        sources: the sources of the fields' values.
    """

    make: type[T]
    table: Table
    sources: Sources

    @lru_cache(maxsize=1000)  # noqa: B019 - a shape lives as long as its module
    def layout(self, names: frozenset[str]) -> RowLayout:
        """Returns the layout of the selected fields, computed once for each set of names."""
        selected = [self.sources[name] for name in sorted(names) if name in self.sources]
        made = list(dict.fromkeys(found for found in selected if isinstance(found, FieldSource)))
        plain = {found.name: found for found in selected if isinstance(found, Column)}
        plain |= {found.attribute: found.column for found in selected if isinstance(found, Alias)}
        needed = {column.name for column in (*plain.values(), *(part for found in made for part in found.columns))}
        columns = [column for column in self.table.columns if column.name in needed]
        positions = {column.name: position for position, column in enumerate(columns)}
        return RowLayout(
            columns,
            [(attribute, positions[column.name]) for attribute, column in plain.items()],
            [([positions[column.name] for column in found.columns], found.compute) for found in made],
        )

    def columns(self, names: frozenset[str]) -> list[Column[Any]]:
        """Returns the columns that the selected fields need, to be loaded before any others."""
        return self.layout(names).columns

    def by_columns(self, rows: Iterable[Sequence[Any]], names: frozenset[str]) -> Sequence[T]:
        """Returns the objects of rows that begin with ``columns``, which are made only if they are asked for."""
        rows = rows if isinstance(rows, Sequence) else list(rows)
        return self.of_columns(list(zip(*rows, strict=True)), len(rows), names)

    def of_columns(self, values: Sequence[Sequence[Any]], size: int, names: frozenset[str]) -> ObjectColumns:
        """Returns the objects of rows by their columns, the first of which are ``columns``.

        Args:
            values: the values of each column; without rows, none or an empty list for each.
            size: the number of rows.
        """
        layout = self.layout(names)
        if not values or not size:
            return ObjectColumns(self.make, size, {})
        found: dict[str, Sequence[Any]] = {attribute: values[position] for attribute, position in layout.plain}
        for positions, compute in layout.computed:
            found.update(compute(*[values[position] for position in positions]))
        return ObjectColumns(self.make, size, found)

    def objects(self, rows: Iterable[Sequence[Any]], names: frozenset[str]) -> list[T]:
        """Returns the objects of rows that begin with ``columns``."""
        return list(self.by_columns(rows, names))

    def stored_objects(self, rows: Iterable[Mapping[str, Any]], names: frozenset[str]) -> list[T]:
        """Returns the objects of rows that were just stored."""
        columns = [column.name for column in self.columns(names)]
        return self.objects(([row[name] for name in columns] for row in rows), names)


def node_sources(type_name: str, column: Column[Any]) -> Sources:
    """Returns the sources of the fields ``id`` and ``uuid`` of a Node."""
    return {
        "id": FieldSource([column], lambda identities: {"id": global_ids(type_name, identities)}),
        "uuid": Alias(column, "uuid"),
    }


def as_enum(column: Column[Any], kind: type[enum.Enum]) -> FieldSource:
    """Returns the source of an enum whose members' values are stored."""
    members = {member.value: member for member in kind}
    return as_value(column, members.__getitem__)


def as_enum_or_none(column: Column[Any], kind: type[enum.Enum]) -> FieldSource:
    """Returns the source of an enum whose members' values are stored; None for null."""
    return as_value(column, {member.value: member for member in kind}.get)


def as_value(column: Column[Any], convert: Callable[[Any], Any], attribute: str | None = None) -> FieldSource:
    """Returns the source of a value that is converted from one column.

    Args:
        attribute: the object's attribute; defaults to the column's name.
    """
    name = attribute or column.name
    return FieldSource([column], lambda stored: {name: list(map(convert, stored))})


def as_filled(columns: Sequence[Column[Any]], fill: Callable[..., None]) -> FieldSource:
    """Returns the source of attributes that are set object by object.

    Args:
        fill: sets the attributes, given the object and the columns' values in its row.
    """

    def compute(*values: Sequence[Any]) -> Attributes:
        targets = [SimpleNamespace() for _ in values[0]]
        for target, row in zip(targets, zip(*values, strict=True), strict=True):
            fill(target, *row)
        return {name: [getattr(target, name) for target in targets] for name in vars(targets[0])}

    return FieldSource(columns, compute)
