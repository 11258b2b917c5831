"""Lazy collections: a connection of the schema, read page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.display import card
from tunix_rt_client.errors import BadInput, TooCostly
from tunix_rt_client.progress import progress_bar

PAGE = 500
Record = TypeVar("Record")
Whole = TypeVar("Whole", bound="AsyncCollection[Any]")


@checks_arguments
class AsyncCollection(Generic[Record]):
    """The objects that a filter matches. Nothing is read before it is asked for, and only one page is held at a time.

    Args:
        limit: the maximum number of objects to read; None for all.
        progress: whether to show a progress bar while reading more than one page.
    """

    def __init__(
        self, connection: AsyncConnection, variables: dict[str, Any], *, limit: int | None = None, progress: bool = True
    ) -> None:
        self.connection = connection
        self.variables = {name: value for name, value in variables.items() if value is not None}
        self.limit = limit
        self.progress = progress

    page_document = ""
    count_document = ""
    counted_by = frozenset({"id", "where"})

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        raise NotImplementedError

    def record_of(self, node: dict[str, Any]) -> Record:
        """Returns the record of one node."""
        raise NotImplementedError

    async def __alen__(self) -> int:
        """Returns the number of objects."""
        names = self.variables.keys() & self.counted_by
        data = await self.connection.execute(self.count_document, {name: self.variables[name] for name in names})
        total: int = self.connection_of(data)["totalCount"]
        return total if self.limit is None else min(total, self.limit)

    async def count(self) -> int:
        """Returns the number of objects."""
        return await self.__alen__()

    async def __aiter__(self) -> AsyncIterator[Record]:
        async for node in self.nodes(self.page_document):
            yield self.record_of(node)

    async def nodes(self, document: str) -> AsyncIterator[dict[str, Any]]:
        """Yields all nodes, with a progress bar if there is more than one page.

        Args:
            document: the query of one page.
        """
        bar = None
        try:
            async for nodes, more in self.pages(document):
                if bar is None and more and self.progress:
                    bar = progress_bar(await self.__alen__())
                for node in nodes:
                    yield node
                if bar is not None:
                    bar.update(len(nodes))
        finally:
            if bar is not None:
                bar.close()

    async def pages(self, document: str) -> AsyncIterator[tuple[list[dict[str, Any]], bool]]:
        """Yields the nodes of each page, and whether another one follows.

        A page whose response would be too large is read in halves.
        """
        after, left, size = None, self.limit, PAGE
        while left is None or left > 0:
            first = size if left is None else min(size, left)
            try:
                page = self.connection_of(
                    await self.connection.execute(document, self.variables | {"first": first, "after": after})
                )
            except TooCostly:
                if first == 1:
                    raise
                size = first // 2
                continue
            left = None if left is None else left - len(page["nodes"])
            more = page["pageInfo"]["hasNextPage"] and left != 0
            yield page["nodes"], more
            if not more:
                return
            after = page["pageInfo"]["endCursor"]

    async def first(self) -> Record | None:
        """Returns the first object, or None if there is none."""
        async for record in self[:1]:
            return record
        return None

    async def to_list(self) -> list[Record]:
        """Returns all objects as a list."""
        return [record async for record in self]

    def __getitem__(self: Whole, part: slice) -> Whole:
        """Returns a collection of the first objects: ``traces[:100]``.

        Raises:
            BadInput: it is no slice, or one that does not start at the first object, or has a step.
        """
        if not isinstance(part, slice):
            raise BadInput("There are no positions: use first(), or traces[:100].", code="BAD_USER_INPUT")
        if part.start not in (None, 0) or part.step not in (None, 1) or (part.stop is not None and part.stop < 0):
            raise BadInput("Only the first objects can be selected, as in traces[:100].", code="BAD_USER_INPUT")
        limit = part.stop if self.limit is None or part.stop is None else min(part.stop, self.limit)
        return self._with_limit(self.limit if limit is None else limit)

    def _with_limit(self: Whole, limit: int | None) -> Whole:
        """Returns the same collection with another limit."""
        return type(self)(self.connection, self.variables, limit=limit, progress=self.progress)

    def _repr_html_(self) -> str:
        order = ", ".join(
            f"{one['field']} {one.get('direction', 'ASC')}" for one in self.variables.get("orderBy") or []
        )
        rows = [("Filter", self.variables.get("where") or "all"), ("Order", order or "the server's")]
        rows += [("Limit", f"{self.limit:,}")] if self.limit is not None else []
        return card(f"{type(self).__name__}, not read yet", rows)

    def __repr__(self) -> str:
        where = self.variables.get("where")
        parts = [f"where={where!r}"] if where else []
        parts += [f"limit={self.limit}"] if self.limit is not None else []
        return f"{type(self).__name__}({', '.join(parts)})"
