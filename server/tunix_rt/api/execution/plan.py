"""Plans: a selection compiled once, then run over whole lists of objects, level by level.

The reference executor visits each field of each object: resolver, path, coercion and awaiting take about 15
microseconds a field. Most fields of a list are plain attributes of rows already loaded, so a plan reads an object's
attributes in one call, flattens lists of objects into one longer list, and fetches related rows once per level. Values
that it could not complete exactly like the reference executor are left to the reference executor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar

from graphql import GraphQLField
from graphql.execution.values import get_argument_values
from strawberry.types.arguments import convert_arguments

from tunix_rt.api.execution.budget import VALUE_BYTES, AnswerBudget
from tunix_rt.api.execution.selection import Selection

T = TypeVar("T")

STRAWBERRY = "strawberry-definition"
OBJECTS_AT_ONCE = 1000
"""Objects completed before other requests run: a few milliseconds of work."""


class Mismatch(Exception):
    """A value violates the schema; the reference executor reports it."""


class Lengthy(Exception):
    """There are too many objects to complete without a pause."""


@dataclass(frozen=True)
class Nested:
    """A field with objects: a list or a single one, in an attribute or fetched for all sources at once."""

    key: str
    plan: Plan | Branches
    is_list: bool
    required: bool
    fetch: Fetch | None = None


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


Batch: TypeAlias = Callable[[list[Any], Call], Awaitable[list[Any]]]
"""Takes rows and a call, and returns the rows' values in order."""


@dataclass
class Plan:
    """The compiled form of a selection on objects of one type.

    Args:
        keys: the response's keys, in order.
        names: the attribute behind each key.
        required: positions in ``keys`` that may not be null.
        full: positions in ``keys`` of lists that may hold no null.
        constants: keys with the same value for every object (``__typename``).
        coerced: positions in ``keys`` of values that a leaf type must turn into its output form.
        measured: positions in ``keys`` of values that can be long, and functions that return the size of all of them.
    """

    keys: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    required: set[int] = field(default_factory=set)
    full: list[int] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    coerced: list[tuple[int, Callable[[Any], Any]]] = field(default_factory=list)
    measured: list[tuple[int, Callable[[Sequence[Any]], int]]] = field(default_factory=list)
    nested: list[Nested] = field(default_factory=list)
    fetched: list[Nested] = field(default_factory=list)

    def prepare(self) -> Plan:
        """Sets the attribute reader and the minimum size of an object once all fields are known."""
        self.read: Callable[[Any], tuple[Any, ...]] = attribute_reader(self.names)
        self.waits: bool = bool(self.fetched) or any(part.plan.waits for part in self.nested)
        self.least: int = sum(len(key) + VALUE_BYTES for key in (*self.keys, *self.constants))
        return self

    def rows(self, sources: Sequence[Any], budget: AnswerBudget) -> list[dict[str, Any]]:
        """Returns each source's own fields; nested objects are not completed yet.

        Raises:
            TooCostly: the answer has too many objects or bytes.
        """
        budget.add(len(sources), self.least * len(sources))
        if not self.keys:
            return [dict(self.constants) for _ in sources]
        columns = list(zip(*map(self.read, sources), strict=True))
        if not columns:
            return []
        self._check_nulls(columns)
        for place, measure in self.measured:
            budget.add(0, measure(columns[place]))
        for place, coerce in self.coerced:
            columns[place] = tuple([None if value is None else coerce(value) for value in columns[place]])
        keys = self.keys
        answers = [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]
        if self.constants:
            for answer in answers:
                answer.update(self.constants)
        return answers

    def _check_nulls(self, columns: Sequence[tuple[Any, ...]]) -> None:
        """Raises ``Mismatch`` if a value is null that may not be, or holds a null that it may not hold."""
        if any(None in columns[place] for place in self.required):
            raise Mismatch
        for place in self.full:
            if any(None in values for values in columns[place] if values is not None):
                raise Mismatch

    def complete(self, sources: Sequence[Any], budget: AnswerBudget) -> list[dict[str, Any]]:
        """Returns the answers of a plan that fetches nothing.

        Raises:
            Lengthy: there are too many sources; use ``complete_waiting``.
        """
        if len(sources) > OBJECTS_AT_ONCE:
            raise Lengthy
        answers = self.rows(sources, budget)
        for part in self.nested:
            restore_nested(part, answers, part.plan.complete(collect_nested(part, answers), budget))
        return answers

    async def complete_waiting(self, sources: Sequence[Any], run: Any) -> list[dict[str, Any]]:
        """Returns the answers of a plan that fetches related rows, once per field for all sources.

        Args:
            run: the executor, for its context, schema and variables.
        """
        answers = await self._rows_in_pauses(sources, run.budget)
        for part in self.fetched:
            for answer, value in zip(answers, await fetch_all(part, sources, run), strict=True):
                answer[part.key] = value
        for part in (*self.nested, *self.fetched):
            children, plan = collect_nested(part, answers), part.plan
            restore_nested(part, answers, await plan.complete_waiting(children, run))
        return answers

    async def _rows_in_pauses(self, sources: Sequence[Any], budget: AnswerBudget) -> list[dict[str, Any]]:
        """Returns the same as ``rows``, but lets other requests run after each thousand."""
        answers = self.rows(sources[:OBJECTS_AT_ONCE], budget)
        for start in range(OBJECTS_AT_ONCE, len(sources), OBJECTS_AT_ONCE):
            await asyncio.sleep(0)
            answers += self.rows(sources[start : start + OBJECTS_AT_ONCE], budget)
        return answers


@dataclass
class Branches:
    """The compiled form of a selection on objects of an interface or a union.

    Args:
        plans: by the class of the objects.
    """

    plans: Mapping[type, Plan]

    @property
    def waits(self) -> bool:
        """True if any of the plans fetches related rows."""
        return any(plan.waits for plan in self.plans.values())

    def complete(self, sources: Sequence[Any], budget: AnswerBudget) -> list[dict[str, Any]]:
        """See ``Plan.complete``."""
        parts = self._parted(sources)
        return merge_parts(sources, [(places, plan.complete(found, budget)) for plan, places, found in parts])

    async def complete_waiting(self, sources: Sequence[Any], run: Any) -> list[dict[str, Any]]:
        """See ``Plan.complete_waiting``."""
        parts = self._parted(sources)
        return merge_parts(
            sources, [(places, await plan.complete_waiting(found, run)) for plan, places, found in parts]
        )

    def _parted(self, sources: Sequence[Any]) -> list[tuple[Plan, list[int], list[Any]]]:
        """Returns the objects of each class with their positions."""
        places: dict[type, list[int]] = {}
        for place, source in enumerate(sources):
            places.setdefault(type(source), []).append(place)
        if not places.keys() <= self.plans.keys():
            raise Mismatch
        return [(self.plans[kind], found, [sources[place] for place in found]) for kind, found in places.items()]


def merge_parts(
    sources: Sequence[Any], parts: Sequence[tuple[list[int], list[dict[str, Any]]]]
) -> list[dict[str, Any]]:
    """Returns the answers of all parts in the order of the sources."""
    answers: list[dict[str, Any]] = [{}] * len(sources)
    for places, completed in parts:
        for place, answer in zip(places, completed, strict=True):
            answers[place] = answer
    return answers


def attribute_reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Returns a function that reads the named attributes in one call."""
    if not names:
        return lambda _: ()
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda source: (read(source),)


async def fetch_all(part: Nested, sources: Sequence[Any], run: Any) -> list[Any]:
    """Returns the related rows of every source; a single source is batched with others by the data loader."""
    fetch = part.fetch
    if fetch is None or not sources:
        return []
    call = fetch.call(run)
    if len(sources) > 1:
        return await fetch.batch(list(sources), call)
    loader = run.context_value.loader(id(fetch.node), lambda parents: fetch.batch(parents, call))
    return [await loader.load(sources[0])]


def collect_nested(part: Nested, answers: Sequence[dict[str, Any]]) -> list[Any]:
    """Returns the nested objects of all answers as one list."""
    key = part.key
    found: list[Any] = []
    for answer in answers:
        value = answer[key]
        if value is None:
            if part.required:
                raise Mismatch
        elif part.is_list:
            found.extend(value)
        else:
            found.append(value)
    return found


def restore_nested(part: Nested, answers: Sequence[dict[str, Any]], completed: list[dict[str, Any]]) -> None:
    """Puts the completed objects back where ``collect_nested`` found them."""
    key, place = part.key, 0
    for answer in answers:
        value = answer[key]
        if value is None:
            continue
        if part.is_list:
            answer[key] = completed[place : place + len(value)]
            place += len(value)
        else:
            answer[key] = completed[place]
            place += 1
