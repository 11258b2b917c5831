"""Prepared operations: queries of one list, whose every step is decided once for a document.

For a page of plain columns, graphql-core and Strawberry take several times as long as the page itself: they build an
execution context, extensions and an executor, and visit the operation, for a result that only the arguments change.
A query with a single root field that is a list, and with a plan for everything below it, needs none of that. Every
other operation, and each value that a plan cannot complete, is left to the reference executor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    is_object_type,
    located_error,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import VariableValues, get_variable_values

from tunix_rt.api.execution.compiling import compile_plan, fetch_of, unwrap
from tunix_rt.api.execution.documents import Document, choice_errors
from tunix_rt.api.execution.executor import MANY_VALUES, PlanningExecutor, has_more_values
from tunix_rt.api.execution.fetching import STRAWBERRY, Fetch
from tunix_rt.api.execution.limits.budget import AnswerBudget
from tunix_rt.api.execution.limits.filters import require_bounded_filters
from tunix_rt.api.execution.limits.inputs import require_few_inputs
from tunix_rt.api.execution.limits.operation import Limits, affordable_cost
from tunix_rt.api.execution.plan import Branches, Plan
from tunix_rt.errors import TooCostly
from tunix_rt.lru import LruMap

MAX_COERCION_ERRORS = 50
REMEMBERED_VARIABLES, REMEMBERED_CHARS = 300, 2000
"""The sets of variables whose requests are remembered, over all operations, and the most characters of one as JSON."""
NO_VARIABLES = VariableValues({}, {})


@dataclass(frozen=True)
class GivenVariables:
    """The checked variables of a run.

    Args:
        cost: the number of objects that the operation may request with them.
        memos: what calls with these variables remember, by the ids of their fetches; None to remember nothing.
    """

    values: VariableValues
    cost: int
    memos: dict[int, dict[str, Any]] | None = None


class Unprepared(Exception):
    """The operation, or one of its values, is left to the reference executor."""


@dataclass(frozen=True)
class PreparedRun:
    """One run of a prepared operation, with the attributes of an executor that plans use."""

    schema: Any
    context_value: Any
    given: GivenVariables
    budget: AnswerBudget

    @property
    def variable_values(self) -> VariableValues:
        """The variables."""
        return self.given.values

    def memo_of(self, fetch: Fetch) -> dict[str, Any] | None:
        """Returns what calls of a field remember for these variables; None if they are not remembered."""
        memos = self.given.memos
        return None if memos is None else memos.setdefault(id(fetch), {})


@dataclass(frozen=True, eq=False)
class PreparedOperation:
    """A query with a single root field whose result a plan completes.

    Args:
        fetch: the root field; its batch takes the root value, which is None, and returns one list.
        fixed: no variables, and the cost without them.
        varies: whether the operation has variables, so that they, and the cost, are checked in each run.
    """

    operation: OperationDefinitionNode
    key: str
    nodes: list[FieldNode]
    fetch: Fetch
    plan: Plan | Branches
    fixed: GivenVariables
    varies: bool

    async def run(self, schema: Any, context: Any, given: GivenVariables) -> dict[str, Any]:
        """Returns the operation's data.

        Raises:
            GraphQLError: the root field failed, as the reference executor locates it.
            Unprepared: the reference executor has to run the operation.
        """
        run = PreparedRun(schema, context, given, context.budget)
        try:
            found = await self.fetch.batch([None], self.fetch.call(run))
        except Exception as error:
            raise self._locate(error) from error
        try:
            if self.plan.waits:
                (answer,) = await self.plan.complete_waiting(found, run)
            else:
                (answer,) = self.plan.complete(found, run.budget)
        except TooCostly as error:
            raise self._locate(error) from error
        except Exception as error:
            raise Unprepared from error
        return {self.key: answer}

    def coerce(self, schema: Any, variables: Mapping[str, Any]) -> VariableValues:
        """Returns the variables as graphql-core coerces them; raises ``Unprepared`` if it cannot."""
        definitions = self.operation.variable_definitions or ()
        found = get_variable_values(schema, definitions, dict(variables), MAX_COERCION_ERRORS)
        if not isinstance(found, VariableValues):
            raise Unprepared
        return found

    def _locate(self, error: Exception) -> GraphQLError:
        return located_error(error, self.nodes[:1], [self.key])


@dataclass(frozen=True)
class Preparations:
    """Prepares the operations of one schema, each once for its document.

    Args:
        schema: graphql-core's schema.
        limits: the limits on documents.
    """

    schema: Any
    limits: Limits
    remembered: LruMap[tuple[PreparedOperation, str], GivenVariables] = field(
        default_factory=lambda: LruMap(REMEMBERED_VARIABLES)
    )

    def find(
        self, document: Document, name: str | None, variables: Mapping[str, Any]
    ) -> tuple[PreparedOperation, GivenVariables]:
        """Returns the prepared operation of a document, and its checked variables.

        Raises:
            Unprepared: the reference executor has to run it.
        """
        node = document.node
        if node is None or document.errors or document.conditional or has_more_values(variables, MANY_VALUES):
            raise Unprepared
        if name not in document.prepared:
            document.prepared[name] = self._prepare(node, name, variables)
        found = document.prepared[name]
        if not isinstance(found, PreparedOperation):
            raise Unprepared
        return found, self._check_variables(found, node, name, variables) if found.varies else found.fixed

    def _check_variables(
        self, operation: PreparedOperation, node: DocumentNode, name: str | None, variables: Mapping[str, Any]
    ) -> GivenVariables:
        """Returns the checked variables of a run, the same object for the same variables, unless they are long.

        Raises:
            Unprepared: they are invalid or exceed a limit.
        """
        text = json.dumps(variables)
        known = self.remembered.get((operation, text))
        if known is not None:
            return known
        cost = self._cost(node, name, variables)
        memos: dict[int, dict[str, Any]] | None = {} if len(text) <= REMEMBERED_CHARS else None
        given = GivenVariables(operation.coerce(self.schema, variables), cost, memos)
        if memos is not None:
            self.remembered.put((operation, text), given)
        return given

    def _cost(self, node: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> int:
        """Returns the cost of an operation after checking its limits; raises ``Unprepared`` beyond them."""
        try:
            require_bounded_filters(node, name, variables)
            require_few_inputs(self.schema, node, name, variables)
            return affordable_cost(node, name, variables, self.limits.max_query_cost)
        except TooCostly as error:
            raise Unprepared from error

    def _prepare(self, node: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> PreparedOperation | None:
        """Returns the prepared operation, or None if it cannot be prepared with any variables."""
        operation = get_operation_ast(node, name) if not choice_errors(node, name) else None
        if operation is None or operation.operation is not OperationType.QUERY or operation.directives:
            return None
        cost = self._cost(node, name, variables)
        executor: Any = PlanningExecutor.build(
            self.schema, node, operation_name=name, raw_variable_values=dict(variables)
        )
        if not isinstance(executor, Executor):
            raise Unprepared
        executor.splices = True  # type: ignore[attr-defined]
        return prepare_root(executor, operation, cost)


def prepare_root(executor: Any, operation: OperationDefinitionNode, cost: int) -> PreparedOperation | None:
    """Returns the prepared form of an operation; None if it has another shape than one planned list.

    Permissions and other extensions of the field would have to run, so a field with any is left alone.
    """
    root = executor.schema.query_type
    grouped, defers, _ = collect_fields(executor.schema, executor.fragments, executor.variable_values, root, operation)
    if defers or len(grouped) != 1:
        return None
    ((key, details),) = grouped.items()
    definition = root.fields.get(details[0].node.name.value)
    own = definition.extensions.get(STRAWBERRY) if definition else None
    if own is None or "root_batch" not in own.metadata or own.extensions or own.permission_classes:
        return None
    required, inner = unwrap(definition.type)
    plan = compile_plan(executor, inner, details) if required and is_object_type(inner) else None
    if plan is None:
        return None
    fetch = fetch_of(executor, details, definition, own.metadata["root_batch"])
    fetch = replace(fetch, below=[found for found in fetches_of_rows(plan) if found.ahead is not None])
    nodes = [detail.node for detail in details]
    fixed = GivenVariables(NO_VARIABLES, cost)
    return PreparedOperation(operation, key, nodes, fetch, plan, fixed, bool(operation.variable_definitions))


def fetches_of_rows(plan: Plan | Branches) -> Iterator[Fetch]:
    """Yields the batched fields of the rows of a connection with this plan."""
    if not isinstance(plan, Plan):
        return
    for part in plan.nested:
        if part.name == "edges":
            yield from fetches_of_rows(part.plan)
        elif part.name in {"nodes", "node"} and isinstance(part.plan, Plan):
            yield from (found.fetch for found in part.plan.fetched if found.fetch is not None)
