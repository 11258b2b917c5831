"""Batched fields of a document: their arguments, and what they remember between calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from graphql import GraphQLError, GraphQLField
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments

from tunix_rt.api.execution.selection import Selection
from tunix_rt.errors import TunixRtError

T = TypeVar("T")

STRAWBERRY = "strawberry-definition"


@dataclass(frozen=True)
class Ahead:
    """The way to read the values of a batched field with the rows of the level above, by one statement.

    Args:
        needs: returns what that statement has to read with the rows, given the field's call; None if the field is
            to be read by a separate statement.
        values: returns the field's values, given the rows, what was read for them, and the field's call.
    """

    needs: Callable[[Call], Any]
    values: Callable[[Sequence[Any], Any, Call], Sequence[Any]]


@dataclass(frozen=True)
class Fetch:
    """A batched field in the document.

    Args:
        batch: takes all sources and a call, and returns their values in order.
        memo: what calls remember, as long as the document is cached; None if the arguments contain variables.
        ahead: the way to read the values with the rows above; None if there is none.
        below: the batched fields of the field's rows that have such a way.
    """

    definition: GraphQLField
    node: Any
    selection: Selection
    batch: Batch
    memo: dict[str, Any] | None = None
    ahead: Ahead | None = None
    below: Sequence[Fetch] = ()

    def call(self, run: Any) -> Call:
        """Returns the call of a run, with the arguments as Python values.

        Args:
            run: the executor, for its context, schema and variables.

        Raises:
            GraphQLError, TunixRtError: an argument is invalid.
        """
        memo = self._memo(run)
        if memo is None:
            return Call(run.context_value, self.selection, self._arguments(run), needs=self._needs(run, None))
        if "arguments" not in memo:
            memo["arguments"] = self._arguments(run)
        return Call(run.context_value, self.selection, memo["arguments"], memo, self._needs(run, memo))

    def _memo(self, run: Any) -> dict[str, Any] | None:
        """Returns what calls remember, with the arguments of a run; None to remember nothing."""
        if self.memo is not None or not hasattr(run, "memo_of"):
            return self.memo
        found: dict[str, Any] | None = run.memo_of(self)
        return found

    def _needs(self, run: Any, memo: dict[str, Any] | None) -> Mapping[int, Any]:
        """Returns what the fields below need of the field's statement, by the ids of their fetches.

        A field with invalid arguments needs nothing: its error belongs to its own place in the answer.
        """
        if not self.below:
            return {}
        if memo is not None and "needs" in memo:
            found: Mapping[int, Any] = memo["needs"]
            return found
        needs = {}
        for below in self.below:
            with suppress(GraphQLError, TunixRtError):
                need = below.ahead.needs(below.call(run)) if below.ahead else None
                if need is not None:
                    needs[id(below)] = need
        if memo is not None and all(below._memo(run) is not None for below in self.below):
            memo["needs"] = needs
        return needs

    def _arguments(self, run: Any) -> dict[str, Any]:
        """Returns the field's arguments, converted by Strawberry."""
        if not self.node.arguments:
            return {}
        schema = run.schema._strawberry_schema
        values = get_argument_values(self.definition, self.node, run.variable_values)
        return convert_arguments(
            values,
            self.definition.extensions[STRAWBERRY].arguments,
            schema.schema_converter.scalar_registry,
            schema.config,
        )


@dataclass(frozen=True)
class Call:
    """One call of a batched field: the context, the selection below the field, and its arguments.

    Args:
        memo: see ``Fetch``; shared by all calls with the same selection and arguments.
        needs: what fields of the rows need of the field's statement, by the ids of their fetches, see ``Ahead``; the
            statement may leave it out.
    """

    context: Any
    selection: Selection
    arguments: dict[str, Any]
    memo: dict[str, Any] | None = None
    needs: Mapping[int, Any] = field(default_factory=dict)

    def remember(self, key: str, make: Callable[[], T]) -> T:
        """Returns what ``make`` returns, which only depends on the selection and the arguments."""
        if self.memo is None:
            return make()
        if key not in self.memo:
            self.memo[key] = make()
        found: T = self.memo[key]
        return found


Batch: TypeAlias = Callable[[Sequence[Any], Call], Awaitable[Sequence[Any]]]
"""Takes rows and a call, and returns the rows' values in order."""
