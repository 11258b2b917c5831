"""The executor: graphql-core's, except that selections with a plan are completed by it."""

from __future__ import annotations

import asyncio
import sys
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLCompositeType,
    GraphQLSchema,
    Undefined,
    execute,
    is_composite_type,
    is_non_null_type,
)
from graphql.execution import Executor
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.utils.await_maybe import await_maybe

from tunix_rt.api.execution.compiling import OF_ANY_SIZE, compile_plan
from tunix_rt.api.execution.events import EventExecution
from tunix_rt.api.execution.limits.budget import AnswerBudget, value_size
from tunix_rt.api.execution.plan import Branches, Lengthy, Mismatch, Plan
from tunix_rt.api.execution.wording import locate_variable_errors
from tunix_rt.errors import TooCostly

UNPLANNED = object()
MANY_VALUES = 1000
"""Variables with more values than this are coerced in a thread: each takes about 7 microseconds."""


def execute_off_loop(
    schema: GraphQLSchema,
    document: DocumentNode,
    *,
    variable_values: dict[str, Any] | None,
    executor_class: type[Executor[Any]],
    **arguments: Any,
) -> Any:
    """Executes an operation like graphql-core's ``execute``, but coerces large variables in a thread."""
    if not has_more_values(variable_values, MANY_VALUES):
        return execute(schema, document, variable_values=variable_values, executor_class=executor_class, **arguments)

    async def built_first() -> Any:
        built = await asyncio.to_thread(
            executor_class.build, schema, document, raw_variable_values=variable_values, **arguments
        )
        ready: Any = SimpleNamespace(build=lambda *_, **__: built)
        return await await_maybe(execute(schema, document, executor_class=ready, **arguments))

    return built_first()


def has_more_values(value: Any, maximum: int) -> bool:
    """Returns whether a decoded JSON value has more values than ``maximum``; stops counting there."""
    waiting, found = [value], 0
    while waiting and found <= maximum:
        inner = waiting.pop()
        if isinstance(inner, dict):
            inner = list(inner.values())
        if isinstance(inner, list):
            found += len(inner)
            waiting.extend(inner[: maximum + 1])
    return found > maximum


async def finish(results: dict[str, Any], awaited: list[str]) -> dict[str, Any]:
    """Awaits the results of fields, all of them before an error of one is raised.

    Args:
        awaited: the names of the results that are awaitable.
    """
    if len(awaited) == 1:
        results[awaited[0]] = await results[awaited[0]]
        return results
    found = await asyncio.gather(*(results[name] for name in awaited), return_exceptions=True)
    for result in found:
        if isinstance(result, BaseException):
            raise result
    results.update(zip(awaited, found, strict=True))
    return results


class LocatingExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, whose errors about variables have the paths of their arguments."""

    @classmethod
    def build(cls, schema: GraphQLSchema, document: DocumentNode, *values: Any, **arguments: Any) -> Any:
        """Returns the executor of an operation, or the errors of its variables, with the paths of their arguments."""
        built = super().build(schema, document, *values, **arguments)
        return locate_variable_errors(schema, document, built) if isinstance(built, list) else built


class PlanningExecutor(LocatingExecutor):
    """Completes objects and lists of objects by their plans.

    If a plan meets a value that it cannot handle, it is abandoned and the reference executor completes the same value
    from the start: resolvers below a completed value only read, so reading twice is safe.
    """

    splices = False
    """Whether plans may put stored JSON into the answer, which can only be encoded then."""

    def execute_fields(
        self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, position_context: Any
    ) -> Any:
        """Executes fields concurrently, like graphql-core, but lets all of them finish if one of them fails.

        graphql-core cancels the others, and a cancelled statement costs PostgreSQL's pool its connection.
        """
        results: dict[str, Any] = {}
        try:
            for name, details in grouped_field_set.items():
                field_path = Path(path, name, parent_type.name)
                result = self.execute_field(parent_type, source_value, details, field_path, position_context)
                if result is not Undefined:
                    results[name] = result
        except Exception:
            self.track_async_work(list(results.values()))
            raise
        awaited = [name for name, result in results.items() if self.is_awaitable(result)]
        return finish(results, awaited) if awaited else results

    def complete_object_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        def reference() -> Any:
            return super(PlanningExecutor, self).complete_object_value(
                return_type, field_details_list, info, path, result, position_context
            )

        return self._complete_planned(return_type, field_details_list, [result], reference, lambda answers: answers[0])

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        def reference() -> Any:
            return super(PlanningExecutor, self).complete_list_value(
                return_type, field_details_list, info, path, result, position_context
            )

        item = return_type.of_type
        if not is_non_null_type(item) or not is_composite_type(item.of_type) or not isinstance(result, list):
            return reference()
        return self._complete_planned(item.of_type, field_details_list, result, reference, lambda answers: answers)

    def _complete_planned(self, item_type: Any, details: Any, sources: list[Any], reference: Any, shape: Any) -> Any:
        plan = self._plan(item_type, details)
        if plan is None:
            return reference()
        if plan.waits:
            return self._wait(plan, sources, reference, shape)
        spent = self.budget.usage()
        try:
            return shape(plan.complete(sources, self.budget))
        except Lengthy:
            self.budget.restore(spent)
            return self._wait(plan, sources, reference, shape)
        except (Mismatch, AttributeError, TypeError, ValueError):
            self.budget.restore(spent)
            return reference()

    async def _wait(self, plan: Plan | Branches, sources: list[Any], reference: Any, shape: Any) -> Any:
        spent = self.budget.usage()
        try:
            return shape(await plan.complete_waiting(sources, self))
        except TooCostly:
            raise
        except Exception:  # the reference executor raises it again, with its path
            self.budget.restore(spent)
            answer = reference()
            return await answer if self.is_awaitable(answer) else answer

    def complete_leaf_value(self, return_type: Any, result: Any) -> Any:  # type: ignore[override]
        """Completes a leaf's value and counts its size, like plans do."""
        value = super().complete_leaf_value(return_type, result)
        if return_type.name in OF_ANY_SIZE:
            self.budget.add(0, value_size(value))
        return value

    def handle_field_error(self, raw_error: Exception, return_type: Any, field_details_list: Any, path: Any) -> None:
        """Handles an error of a field, located at the field's first occurrence in the document."""
        super().handle_field_error(raw_error, return_type, field_details_list[:1], path)

    def build_per_event_executor(self, payload: Any) -> Any:
        """Returns the executor of a subscription's event; equal subscriptions share the result of the same object."""
        document = getattr(self.context_value, "document", None)
        if document is None:
            return self._event_executor(payload)
        execute = partial(self._execute_event, payload)
        return EventExecution(
            partial(document.events.result, payload, self._event_key, execute, lambda: self.budget.size)
        )

    def _execute_event(self, payload: Any) -> Any:
        """Returns the result of an event, or an awaitable of it."""
        return self._event_executor(payload).execute_operation(False)

    def _event_executor(self, payload: Any) -> Any:
        """Returns the executor of an event, with an unused budget."""
        self.budget.restart()
        return super().build_per_event_executor(payload)

    @cached_property
    def _event_key(self) -> tuple[str | None, str, str]:
        """Everything that an event's result depends on, apart from the event and the document.

        The server's URL is part of it, since results may contain URLs.
        """
        name = self.operation.name.value if self.operation.name else None
        return name, repr(self.variable_values.coerced), self.context_value.base_url

    @cached_property
    def budget(self) -> AnswerBudget:
        """The budget of this operation's answer; unlimited without a context, as for introspection by the program."""
        return getattr(self.context_value, "budget", None) or AnswerBudget(sys.maxsize, sys.maxsize)

    def _plan(self, item_type: GraphQLCompositeType, details: Any) -> Plan | Branches | None:
        document = getattr(self.context_value, "document", None)
        if document is None or document.conditional:
            return None if document is None else compile_plan(self, item_type, details)
        key = (item_type.name, *(id(detail.node) for detail in details))
        plan = document.plans.get(key, UNPLANNED)
        if plan is UNPLANNED:
            plan = document.plans[key] = compile_plan(self, item_type, details)
        return plan if isinstance(plan, (Plan, Branches)) else None
