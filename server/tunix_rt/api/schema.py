"""The schema, whose types are built once for a process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from functools import cache, partial
from typing import Any, TypeVar

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLSchema
from graphql import ExecutionResult as CoreResult
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType
from strawberry.utils.await_maybe import await_maybe

import tunix_rt.api.enums.data
import tunix_rt.api.enums.grading
import tunix_rt.api.enums.integrations
import tunix_rt.api.enums.runs
import tunix_rt.api.enums.server  # noqa: F401 - registers the domain's enums in the schema, as do the modules above
from tunix_rt.api.access.scopes import ScopeRules
from tunix_rt.api.context import Context
from tunix_rt.api.errors import CodedError
from tunix_rt.api.execution.documents import LARGEST_REMEMBERED_CHARS, Documents, RememberDocuments, remember
from tunix_rt.api.execution.encoding import encode_in_parts
from tunix_rt.api.execution.executor import PlanningExecutor, execute_off_loop
from tunix_rt.api.execution.limits.budget import AnswerBudget
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.execution.observing import (
    ErrorPlace,
    ObserveOperations,
    Observer,
    Outcome,
    Unobserved,
    observed_by,
)
from tunix_rt.api.execution.prepared_operation import GivenVariables, Preparations, PreparedOperation, Unprepared
from tunix_rt.api.scalars import SCALARS
from tunix_rt.db.session import request_limit
from tunix_rt.errors import AnswerTooLarge, RateLimited, RequestTimeout

Result = TypeVar("Result")

DESCRIPTION = """Reasoning traces and their scores, datasets, exports, generations, evaluations, and training runs with
Google's Tunix.

Lists are connections with keyset cursors, filtered by `where` and sorted by `orderBy`. Arguments that identify an
object accept its `id`, its `uuid`, and its unique key or name if it has one. Times are in UTC, hashes in hexadecimal.
Mutations return errors that the caller can correct in `errors` of the payload; every other error is a top-level error
with a code in `extensions.code`. `serverInfo` has the limits."""
DEFINITION = '''"""
{description}
"""
schema {{
  query: Query
  mutation: Mutation
  subscription: Subscription
}}

'''
ENCODED_AT_ONCE_BYTES = 524_288
"""An answer up to this size is encoded in the event loop, in about a millisecond."""
ESCAPE_BYTES = 6
"""Maximum bytes of one byte of text in JSON: a control character is written as ``\\u0001``."""


def encoded_at_once(max_bytes: int) -> int:
    """Returns the counted size up to which an answer is encoded in the event loop and cannot exceed ``max_bytes``."""
    return min(ENCODED_AT_ONCE_BYTES, max_bytes // ESCAPE_BYTES)


class TunixSchema(strawberry.Schema):
    """Strawberry's schema, with a separate context for each operation, and errors left to the transport.

    Every error is reported to ``observer``.
    """

    observer: Observer = Unobserved()
    rules: ScopeRules | None = None
    documents: Documents
    preparations: Preparations

    def as_str(self) -> str:
        """Returns the schema in its definition language, with the schema's description, which Strawberry omits."""
        return DEFINITION.format(description=self._schema.description) + super().as_str()

    __str__ = as_str

    def _create_execution_context(
        self,
        query: str | None,
        allowed_operation_types: Iterable[OperationType],
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionContext:
        own = context_value.for_operation() if isinstance(context_value, Context) else context_value
        return super()._create_execution_context(
            query, allowed_operation_types, variable_values, own, root_value, operation_name, operation_extensions
        )

    def _get_execute_function(self) -> Callable[..., Any]:
        return execute_limited

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Replaces each error by one with a code, for every transport."""
        context = execution_context.context if execution_context else None
        request_id = context.request_id if isinstance(context, Context) else "unknown"
        errors[:] = [
            error if isinstance(error, CodedError) else self._report(CodedError(error, request_id)) for error in errors
        ]

    def _report(self, error: CodedError) -> CodedError:
        """Reports an error to the observer, and returns it."""
        self.observer.record_error(error.code, ErrorPlace.ANSWER)
        return error

    async def _handle_execution_result(self, context: ExecutionContext, result: Any, *rest: Any, **options: Any) -> Any:
        """Returns Strawberry's result, with large data encoded, or replaced by an error if it is too large."""
        found = await super()._handle_execution_result(context, result, *rest, **options)
        budget = getattr(context.context, "budget", None)
        if budget is not None:
            await self._encode_large(found, budget, getattr(context.context, "request_id", "unknown"))
        return found

    async def _encode_large(self, result: Any, budget: AnswerBudget, request_id: str) -> None:
        """Replaces large data by its encoded form, or by an error if it is too large."""
        if result.data is None or budget.size <= encoded_at_once(budget.max_bytes):
            return
        try:
            result.data = await encode_in_parts(result.data, budget.max_bytes)
        except AnswerTooLarge as error:
            coded = CodedError(GraphQLError(error.message, original_error=error), request_id)
            result.data, result.errors = None, [self._report(coded)]

    async def execute_in_time(self, query: str, *, context_value: Context, **arguments: Any) -> ExecutionResult:
        """Executes an operation within the request's time limit, which a resolver may extend.

        Args:
            context_value: the context of this operation alone.
        """

        async def execute() -> ExecutionResult:
            prepared = await self._execute_prepared(query, context_value, **arguments)
            return prepared or await self.execute(query, context_value=context_value, **arguments)

        return await run_in_time(execute, context_value, lambda error: self._failure(error, context_value))

    def _failure(self, error: GraphQLError, context: Context) -> ExecutionResult:
        """Returns the result of an operation that failed, whose error it reports."""
        return ExecutionResult(data=None, errors=[self._report(CodedError(error, context.request_id))])

    async def _execute_prepared(
        self,
        query: str,
        context: Context,
        *,
        variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        **_: Any,
    ) -> ExecutionResult | None:
        """Returns the result of an operation that can be prepared; None if ``execute`` has to execute it."""
        if context.grant is None or not 0 < len(query) <= LARGEST_REMEMBERED_CHARS:
            return None
        document = await self.documents.read(self._schema, query)
        if not document.permits(operation_name, context.grant):
            return None
        variables = variable_values or {}
        try:
            operation, given = self.preparations.find(document, operation_name, variables)
            context.spend(given.cost)
            return await self._run_prepared(operation, context, given)
        except Unprepared:
            return None
        except RateLimited as error:
            return self._failure(GraphQLError(error.message, original_error=error), context)

    async def _run_prepared(
        self, operation: PreparedOperation, context: Context, given: GivenVariables
    ) -> ExecutionResult:
        """Runs a prepared operation and reports it to the observer; raises ``Unprepared`` as it does."""
        start = time.perf_counter()
        outcome: Outcome | None = Outcome.CANCELLED
        try:
            data = await operation.run(self._schema, context, given)
            result, outcome = ExecutionResult(data=data, errors=None), Outcome.OK
        except GraphQLError as error:
            result, outcome = self._failure(error, context), Outcome.ERRORS
        except Unprepared:
            outcome = None
            raise
        finally:
            if outcome is not None:
                self.observer.operation_ended("query", outcome, time.perf_counter() - start)
        await self._encode_large(result, context.budget, context.request_id)
        return result


def execute_limited(schema: GraphQLSchema, document: DocumentNode, *, context_value: Any, **arguments: Any) -> Any:
    """Executes a query or a mutation, within the request's time limit unless that is set already.

    WebSockets and server-sent events execute each operation by this alone.
    """
    run = partial(execute_off_loop, schema, document, context_value=context_value, **arguments)
    if not isinstance(context_value, Context) or context_value.limit is not None:
        return run()
    return run_in_time(lambda: await_maybe(run()), context_value, lambda error: CoreResult(data=None, errors=[error]))


async def run_in_time(
    run: Callable[[], Awaitable[Result]], context: Context, fail: Callable[[GraphQLError], Result]
) -> Result:
    """Returns the result of an operation, or of ``fail`` if it takes longer than the request's time limit.

    Args:
        context: the context of this operation alone; a resolver may extend its limit.
    """
    started = asyncio.get_running_loop().time()
    limit = context.limit = asyncio.timeout(context.settings.request_timeout_seconds)
    token = request_limit.set(limit)
    try:
        async with limit:
            return await run()
    except TimeoutError:
        return fail(timeout_error(limit, started))
    finally:
        request_limit.reset(token)


def timeout_error(limit: asyncio.Timeout, started: float) -> GraphQLError:
    """Returns the error of an operation that exceeded its limit, which a resolver may have extended."""
    error = RequestTimeout(f"The operation took longer than {(limit.when() or started) - started:.3g} seconds.")
    return GraphQLError(error.message, original_error=error)


def build_schema(limits: Limits, observer: Observer | None = None, *, read_only: bool = False) -> TunixSchema:
    """Builds the schema with limits on documents.

    Args:
        observer: receives reports of every operation and every error.
        read_only: leaves out mutations and subscriptions, and the import of their modules.
    """
    return with_limits(shared_schema(read_only), limits, observer)


def with_limits(types: TunixSchema, limits: Limits, observer: Observer | None = None) -> TunixSchema:
    """Returns a schema with the types of another one and limits on documents; see ``build_schema``."""
    documents = Documents(limits, types.rules)
    schema = copy(types)
    schema.extensions = (remember(documents), *([observed_by(observer)] if observer else []))
    require_known_extensions(schema)
    schema._schema = sharing_types(schema._schema)
    schema._schema._strawberry_schema = schema  # type: ignore[attr-defined]
    schema.observer = observer or schema.observer
    schema.documents, schema.preparations = documents, Preparations(schema._schema, limits)
    return schema


def sharing_types(schema: GraphQLSchema) -> GraphQLSchema:
    """Returns a copy of a schema that shares its maps of types, which graphql-core's own copy collects again."""
    own = GraphQLSchema.__new__(type(schema))
    vars(own).update(vars(schema))
    return own


@cache
def shared_schema(read_only: bool) -> TunixSchema:
    """Returns the schema with its types, without extensions: what takes long to build, built once for a process."""
    from tunix_rt.api.queries import Query
    from tunix_rt.api.runs.events import RUN_EVENTS

    schema = TunixSchema(
        query=Query,
        mutation=None if read_only else mutation_type(),
        subscription=None if read_only else subscription_type(),
        types=RUN_EVENTS,
        config=StrawberryConfig(scalar_map=SCALARS),
        execution_context_class=PlanningExecutor,
    )
    schema._schema.description = DESCRIPTION
    schema._schema.assume_valid = True  # it has just been validated; its copies are not validated again
    schema.rules = ScopeRules.of(schema._schema)
    return schema


def mutation_type() -> type:
    """Returns the root type of mutations; its modules are imported at the first call."""
    from tunix_rt.api.mutations import Mutation

    return Mutation


def subscription_type() -> type:
    """Returns the root type of subscriptions; its modules are imported at the first call."""
    from tunix_rt.api.subscriptions import Subscription

    return Subscription


def require_known_extensions(schema: TunixSchema) -> None:
    """Checks that the schema has no extension that prepared operations, which run none, would leave out.

    Raises:
        TypeError: it has one.
    """
    for extension in schema.extensions:
        if not isinstance(extension, type) or not issubclass(extension, (RememberDocuments, ObserveOperations)):
            raise TypeError(f"Prepared operations would leave out the extension {extension!r}.")
