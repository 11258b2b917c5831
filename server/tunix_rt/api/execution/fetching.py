"""Batched fields of a document: their arguments, and what they remember between calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from graphql import GraphQLField
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments

from tunix_rt.api.execution.selection import Selection

T = TypeVar("T")

STRAWBERRY = "strawberry-definition"


@dataclass(frozen=True)
class Fetch:
    """A batched field in the document.

    Args:
        batch: takes all sources and a call, and returns their values in order.
        memo: what calls remember, as long as the document is cached; None if the arguments contain variables.
    """

    definition: GraphQLField
    node: Any
    selection: Selection
    batch: Batch
    memo: dict[str, Any] | None = None

    def call(self, run: Any) -> Call:
        """Returns the call of a run, with the arguments as Python values.

        Args:
            run: the executor, for its context, schema and variables.

        Raises:
            GraphQLError, TunixRtError: an argument is invalid.
        """
        if self.memo is None:
            return Call(run.context_value, self.selection, self._arguments(run))
        if "arguments" not in self.memo:
            self.memo["arguments"] = self._arguments(run)
        return Call(run.context_value, self.selection, self.memo["arguments"], self.memo)

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
    """

    context: Any
    selection: Selection
    arguments: dict[str, Any]
    memo: dict[str, Any] | None = None

    def remembered(self, key: str, make: Callable[[], T]) -> T:
        """Returns what ``make`` returns, which only depends on the selection and the arguments."""
        if self.memo is None:
            return make()
        if key not in self.memo:
            self.memo[key] = make()
        found: T = self.memo[key]
        return found


Batch: TypeAlias = Callable[[Sequence[Any], Call], Awaitable[Sequence[Any]]]
"""Takes rows and a call, and returns the rows' values in order."""
