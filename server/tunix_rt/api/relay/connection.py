"""Connections, edges and page arguments by the Relay specification, with coded errors and a bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry

from tunix_rt.api.execution.limits import PAGE_DEFAULT, PAGE_MAX
from tunix_rt.api.scalars import BigInt
from tunix_rt.errors import BadUserInput

T = TypeVar("T")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow the last one of this page.")
    has_previous_page: bool = strawberry.field(
        description="Whether rows precede this page; known when walking backward, or when `after` was given."
    )
    start_cursor: str | None = strawberry.field(description="The cursor of the first row; null for an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; null for an empty page.")


@strawberry.type(description="A row in a list, with its place in it.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The row's place: pass it as `after` or `before`, under the same order.")
    node: T = strawberry.field(description="The row itself.")


@strawberry.type(description="A page of a list, walked by keyset cursors: any page costs what the first costs.")
class Connection(Generic[T]):
    edges: list[Edge[T]] = strawberry.field(description="The rows of this page with their cursors.")
    nodes: list[T] = strawberry.field(description="The rows of this page, for those who need no cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page lies in the list.")
    total_count: BigInt = strawberry.field(description="How many rows the whole list has; counted only when selected.")


@dataclass(frozen=True)
class Page:
    """What part of a list is asked for.

    Args:
        size: rows, 0 to 500.
        cursor: the row beyond which the page starts, in the direction of the walk.
        until: the row before which it ends, where both cursors were given.
    """

    size: int
    backward: bool
    cursor: str | None
    until: str | None

    @classmethod
    def of(cls, first: int | None, after: str | None, last: int | None, before: str | None) -> Page:
        """The page that Relay's four arguments describe.

        Raises:
            BadUserInput: for ``first`` with ``last``, or a size outside 0 to 500.
        """
        if first is not None and last is not None:
            raise BadUserInput("Give first or last, not both.", ["last"])
        if last is not None:
            return cls(page_size(last, "last"), True, before, after)
        return cls(page_size(PAGE_DEFAULT if first is None else first, "first"), False, after, before)


def page_size(value: int, name: str) -> int:
    """``value``, if a page may have that many rows; raises as ``Page.of`` does."""
    if not 0 <= value <= PAGE_MAX:
        raise BadUserInput(f"{name} must be between 0 and {PAGE_MAX}, it is {value}.", [name])
    return value


def connection(
    objects: Sequence[Any], cursors: Sequence[str], page: Page, *, more: bool, total: int | None, edges: bool
) -> Connection[Any]:
    """The connection of one page.

    Args:
        objects: the page's rows in list order.
        cursors: theirs, or only the first's and the last's where ``edges`` is false.
        more: whether rows lie beyond the page in the direction of the walk.
        total: the count, or None where it was not selected.
        edges: whether the edges are selected.
    """
    made: Connection[Any] = Connection.__new__(Connection)
    made.nodes = list(objects)
    if edges:
        made.edges = [Edge(cursor=cursor, node=node) for cursor, node in zip(cursors, objects, strict=True)]
    made.page_info = PageInfo(
        has_next_page=more if not page.backward else page.cursor is not None,
        has_previous_page=more if page.backward else page.cursor is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )
    if total is not None:
        made.total_count = BigInt(total)
    return made
