# No `from __future__ import annotations` here: the fields' annotations are made from the noun, at run time.
"""Fields of a noun: its root connection, its child connections, its batched values and its lookup."""

import re
from collections.abc import Awaitable, Callable, Sequence
from importlib import import_module
from typing import Annotated, Any

import strawberry
from sqlalchemy import Column, ColumnElement
from strawberry import UNSET

from tunix_rt.api.access.scopes import Requires
from tunix_rt.api.execution.columns import optional_attribute_of
from tunix_rt.api.execution.fetching import Ahead, Batch, Call
from tunix_rt.api.execution.selection import current_selection, selection_of
from tunix_rt.api.lists.listing import Listing
from tunix_rt.api.lists.reading import (
    empty_page,
    objects_by_id,
    pages_of_parents,
    pages_read_ahead,
    pages_to_read_ahead,
    root_page,
    root_pages,
)
from tunix_rt.api.naming import find_row_id, ways_to_name
from tunix_rt.api.relay.connection import Connection

WHERE = "Filters the list. All conditions in an object must hold; `{}` matches every row."
ORDER_BY = "Sort order, most significant term first. Ties are broken by id; nulls sort last in both directions."
FIRST = (
    "Number of rows from the start of the list, or after the cursor `after`: 0 to 500. Defaults to 50 if `last` is "
    "not given either."
)
AFTER = "Returns rows after this cursor."
LAST = (
    "Number of rows from the end of the list, or before the cursor `before`: 0 to 500. Cannot be combined with `first`."
)
BEFORE = "Returns rows before this cursor."

Answer = Callable[[Any, Any, dict[str, Any]], Awaitable[Any]]
"""Takes the source, Strawberry's info and the page's arguments, and returns a connection."""


def root_connection(listing: Listing, requires: Requires, description: str) -> Any:
    """Returns the field of a noun's whole list."""

    async def answer(_: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return await root_page(listing, Call(info.context, current_selection(info), arguments))

    async def page(_: Sequence[None], call: Call) -> Sequence[Any]:
        return await root_pages(listing, call)

    return paged_field(listing, answer, description=description, metadata={"root_batch": page}, directives=[requires])


class NamedListing:
    """A listing that is named instead of imported, because its noun is above the one whose field refers to it.

    Its types are resolved when the schema is built, the listing itself at the first request. A field with it needs no
    annotation: Strawberry takes the resolver's type.

    Args:
        module: the listing's module.
        noun: the type's name, from which the names of its inputs and of its listing, ``NOUN_LIST``, are derived.
    """

    def __init__(self, module: str, noun: str) -> None:
        self._module, self._noun = module, noun
        self.node, self.where, self.order = (
            Annotated[name, strawberry.lazy(module)] for name in (noun, f"{noun}Where", f"{noun}Order")
        )

    def listing(self) -> Listing:
        """Returns the listing."""
        name = "_".join(words_of(self._noun)).upper()
        found: Listing = getattr(import_module(self._module), f"{name}_LIST")
        return found


def words_of(noun: str) -> list[str]:
    """Returns the words of a type's name, in lower case."""
    return [word.lower() for word in re.findall("[A-Z][a-z]*", noun)]


def child_connection(
    listing: Listing | NamedListing,
    parent: Column[Any],
    description: str,
    via: Sequence[ColumnElement[bool]] = (),
    *,
    many: bool = False,
) -> Any:
    """Returns the field of a row's children, fetched by one statement for all rows of the level above.

    Args:
        via: conditions that join the children to the parent's column, if it is in another table.
        many: whether a row may have very many children, so that no statement may scan all of them.
    """

    async def pages(parents: Sequence[Any], call: Call) -> Sequence[Any]:
        require_usable(parents)
        return await pages_of_parents(listing.listing(), parent, parents, call, via, many=many)

    batch = unless_kept(pages, lambda call: empty_page(listing.listing(), call))

    async def answer(root: Any, info: Any, arguments: dict[str, Any]) -> Any:
        return await batch_value(root, info, batch, arguments)

    metadata = {"batch": batch} | ({} if via or many else {"ahead": child_pages_ahead(listing, parent)})
    return paged_field(listing, answer, description=description, metadata=metadata)


def child_pages_ahead(listing: Listing | NamedListing, parent: Column[Any]) -> Ahead:
    """Returns the way to read the pages of children with the rows above."""

    def pages(parents: Sequence[Any], arrays: Any, call: Call) -> Sequence[Any]:
        require_usable(parents)
        return pages_read_ahead(listing.listing(), parents, arrays, call)

    return Ahead(lambda call: pages_to_read_ahead(listing.listing(), parent, call), pages)


def require_usable(parents: Sequence[Any]) -> None:
    """Raises the error of the first row whose children cannot be shown."""
    for reason in optional_attribute_of(parents, "unusable"):
        if reason is not None:
            raise reason


def paged_field(listing: Listing | NamedListing, answer: Answer, **options: Any) -> Any:
    """Returns a connection field with the six arguments that all connections have."""

    async def resolve(
        root: Any,
        info: strawberry.Info,
        where: Annotated[listing.where | None, strawberry.argument(description=WHERE)] = UNSET,  # type: ignore[name-defined]
        order_by: Annotated[list[listing.order] | None, strawberry.argument(description=ORDER_BY)] = UNSET,  # type: ignore[name-defined]
        first: Annotated[int | None, strawberry.argument(description=FIRST)] = UNSET,
        after: Annotated[str | None, strawberry.argument(description=AFTER)] = UNSET,
        last: Annotated[int | None, strawberry.argument(description=LAST)] = UNSET,
        before: Annotated[str | None, strawberry.argument(description=BEFORE)] = UNSET,
    ) -> Connection[listing.node]:  # type: ignore[name-defined]
        arguments = {
            "where": where,
            "order_by": order_by,
            "first": first,
            "after": after,
            "last": last,
            "before": before,
        }
        return await answer(root, info, {name: value for name, value in arguments.items() if value is not UNSET})

    return strawberry.field(resolver=resolve, **options)


def batched_field(
    batch: Any,
    graphql_type: Any,
    description: str,
    empty: Callable[[Call], Any] | None = None,
    ahead: Ahead | None = None,
) -> Any:
    """Returns a field without arguments whose values are fetched for all rows of the level above at once.

    Args:
        batch: takes the rows and a ``Call``, and returns their values in order.
        empty: returns the value of a row that is ``kept``; see ``unless_kept``.
        ahead: the way to read the values with the rows above; None if there is none.
    """
    if empty is not None:
        batch = unless_kept(batch, empty)

    async def resolve(root: Any, info: strawberry.Info) -> graphql_type:
        return await batch_value(root, info, batch, {})

    return strawberry.field(resolver=resolve, description=description, metadata={"batch": batch, "ahead": ahead})


def unless_kept(batch: Batch, empty: Callable[[Call], Any]) -> Batch:
    """Returns a batch that does not query rows that are ``kept``: those shown while the database is unavailable.

    Args:
        empty: returns the value of such a row.
    """

    async def known(rows: Sequence[Any], call: Call) -> Sequence[Any]:
        if all(optional_attribute_of(rows, "kept")):
            return [empty(call) for _ in rows]
        return await batch(rows, call)

    return known


async def batch_value(root: Any, info: Any, batch: Any, arguments: dict[str, Any]) -> Any:
    """Returns one row's value of a batched field for the reference executor, batched with those of other rows."""
    raw = info._raw_info
    call = Call(info.context, selection_of(raw.field_nodes, raw.fragments), arguments)
    loader = info.context.loader(id(raw.field_nodes[0]), lambda parents: batch(parents, call))
    return await loader.load(root)


def lookup(listing: Listing, requires: Requires, description: str) -> Any:
    """Returns the field that looks up one row by its id or its name."""
    which = f"The {words_of(listing.name)[-1]}: {ways_to_name(listing.name)}."

    async def resolve(
        info: strawberry.Info, id: Annotated[strawberry.ID, strawberry.argument(description=which)]
    ) -> listing.shape.make | None:  # type: ignore[name-defined]
        value = await find_row_id(info.context, id, listing.name)
        if value is None:
            return None
        found = await objects_by_id(listing, info.context, [value], frozenset(current_selection(info)))
        return found.get(value)

    return strawberry.field(resolver=resolve, description=description, directives=[requires])
