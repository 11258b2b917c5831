"""Shapes: conversion of a noun's rows to GraphQL objects, loading only the columns of the selected fields.

Rows are read by position: reading a value of a SQLAlchemy row by name takes five times as long, and a page reads
hundreds of values.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Table

from tunix_rt.domain.global_ids import global_id

T = TypeVar("T")
Pick = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True, eq=False)
class FieldSource:
    """A field that is computed from columns.

    Compared by identity, since comparing columns builds SQL.

    Args:
        columns: the columns that it is computed from.
        fill: sets the object's attributes, given the object and the columns' values.
    """

    columns: Sequence[Column[Any]]
    fill: Callable[..., None]


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
        names: the attributes that have a column's value unchanged.
        plain: picks these values from a row.
        fills: for each other field, picks its values from a row, and sets its attributes.
    """

    columns: list[Column[Any]]
    names: tuple[str, ...]
    plain: Pick
    fills: list[tuple[Pick, Callable[..., None]]]


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
        places = {column.name: place for place, column in enumerate(columns)}
        return RowLayout(
            columns,
            tuple(plain),
            picker([places[column.name] for column in plain.values()]),
            [(picker([places[column.name] for column in found.columns]), found.fill) for found in made],
        )

    def columns(self, names: frozenset[str]) -> list[Column[Any]]:
        """Returns the columns that the selected fields need, to be loaded before any others."""
        return self.layout(names).columns

    def objects(self, rows: Iterable[Sequence[Any]], names: frozenset[str]) -> list[T]:
        """Returns the objects of rows that begin with ``columns``."""
        layout = self.layout(names)
        make, plain, attributes, fills = self.make, layout.plain, layout.names, layout.fills
        objects: list[T] = []
        for row in rows:
            target = make.__new__(make)
            target.__dict__.update(zip(attributes, plain(row), strict=True))
            for pick, fill in fills:
                fill(target, *pick(row))
            objects.append(target)
        return objects

    def stored(self, rows: Iterable[Mapping[str, Any]], names: frozenset[str]) -> list[T]:
        """Returns the objects of rows that were just stored."""
        columns = [column.name for column in self.columns(names)]
        return self.objects(([row[name] for name in columns] for row in rows), names)


def node_sources(type_name: str, column: Column[Any]) -> Sources:
    """Returns the sources of the fields ``id`` and ``uuid`` of a Node."""
    return {
        "id": as_value(column, lambda identity: global_id(type_name, identity), "id"),
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

    def fill(target: Any, stored: Any) -> None:
        target.__dict__[name] = convert(stored)

    return FieldSource([column], fill)


def picker(places: Sequence[int]) -> Pick:
    """Returns a function that picks a row's values at these positions."""
    if not places:
        return lambda _: ()
    if len(places) == 1:
        place = places[0]
        return lambda row: (row[place],)
    return itemgetter(*places)
