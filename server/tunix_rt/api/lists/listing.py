"""Listings: the columns, filters and orders of the lists of a noun."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement

from tunix_rt.api.filtering.operators import WHERE, Path, predicate_of
from tunix_rt.api.lists.shape import Shape
from tunix_rt.db.paging import SortOrder, Term
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.predicates import Predicate, check, is_everything
from tunix_rt.domain.filtering.sql import Filterable, compile_predicate
from tunix_rt.errors import BadUserInput

ORDER_MAX = 5


@dataclass(frozen=True, eq=False)
class Listing:
    """The definition of the lists of one noun.

    Args:
        name: the GraphQL type's name, which its ids carry.
        shape: the columns and fields of its rows.
        identity: its id column.
        filterable: the fields that its filters may use.
        where: its filter input type.
        order: its order input type, whose fields' values are column names.
        default: the order if none is given.
        term: the term of an element of ``orderBy``; None if its field's value is always a column's name.
        require_order: requires that the rows can be sorted by an ``orderBy``, which depends on what is stored; None if
            they always can.
    """

    name: str
    shape: Shape[Any]
    identity: Column[Any]
    filterable: Filterable
    where: type
    order: type
    default: tuple[Term, ...]
    term: Callable[[Any], Term | None] | None = None
    require_order: Callable[[Session, Sequence[Any]], Awaitable[None]] | None = None

    @property
    def node(self) -> type:
        """The rows' GraphQL type."""
        return self.shape.make

    def listing(self) -> Listing:
        """Returns this listing, as ``NamedListing.listing`` returns its own."""
        return self

    def order_of(self, order_by: Sequence[Any] | None) -> SortOrder:
        """Returns the total order of an ``orderBy``.

        Raises:
            BadUserInput: it has too many terms, or a malformed one.
        """
        if order_by is not None and len(order_by) > ORDER_MAX:
            raise BadUserInput(f"orderBy has at most {ORDER_MAX} terms; it has {len(order_by)}.", ["orderBy"])
        return self._order(tuple(self.term_of(part) for part in order_by or ()))

    def term_of(self, part: Any) -> Term:
        """Returns the term of an element of ``orderBy``; raises as ``order_of`` does."""
        special = None if self.term is None else self.term(part)
        return special or Term(self.shape.table.c[part.field.value], part.direction.value == "desc")

    @lru_cache(maxsize=1000)  # noqa: B019 - a listing lives as long as its module
    def _order(self, terms: tuple[Term, ...]) -> SortOrder:
        return SortOrder.of(terms or self.default, self.identity)

    def predicate_of(self, where: Any, path: Path = WHERE) -> Predicate:
        """Returns the checked predicate of a ``where``; the path of an error begins with ``path``."""
        return check(predicate_of(where, path))

    def conditions(self, where: Any, kind: str, *, joined: bool = False) -> list[ColumnElement[bool]]:
        """Returns the SQL conditions of a ``where``.

        Args:
            joined: whether the rows are looked up by those of another table; see ``Filterable.joined``.
        """
        predicate = self.predicate_of(where)
        noun = (self.filterable.joined if joined else None) or self.filterable
        return [] if is_everything(predicate) else [compile_predicate(predicate, noun, kind)]
