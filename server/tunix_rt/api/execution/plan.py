"""Plans: a selection compiled once, then run over whole lists of objects, level by level.

The reference executor visits each field of each object: resolver, path, coercion and awaiting take about 15
microseconds a field. Most fields of a list are plain attributes of rows already loaded, so a plan reads them as columns
or an object's attributes in one call, flattens lists of objects into one longer list, and fetches related rows once per
level. Values that it could not complete exactly like the reference executor are left to the reference executor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson

from tunix_rt.api.execution.columns import JsonForm, JsonLists, ListColumns, ObjectColumns, divide
from tunix_rt.api.execution.fetching import Fetch
from tunix_rt.api.execution.limits.budget import VALUE_BYTES, AnswerBudget

CLASS = "__class__"
"""The attribute that every object has, for keys whose values are set later."""
EVERY = slice(None)
NESTED = (ObjectColumns, ListColumns, JsonLists)
OBJECTS_AT_ONCE = 1000
"""Objects completed before other requests run: a few milliseconds of work."""


class Mismatch(Exception):
    """A value violates the schema; the reference executor reports it."""


class Lengthy(Exception):
    """There are too many objects to complete without a pause."""


@dataclass(frozen=True)
class Nested:
    """A field with objects: a list or a single one, in the attribute ``name`` or fetched for all sources at once.

    Args:
        form: the selection of a list as a form of its stored JSON, if it has one and the answer is only encoded.
    """

    key: str
    name: str
    plan: Plan | Branches
    is_list: bool
    required: bool
    fetch: Fetch | None = None
    form: JsonForm | None = None

    def splice(self, found: Sequence[Any], budget: AnswerBudget) -> list[orjson.Fragment] | None:
        """Returns the values as JSON if they are stored so and are selected so, else None.

        Raises:
            TooCostly: the answer has too many objects or bytes.
        """
        if self.form is None or not isinstance(found, JsonLists):
            return None
        lists = list(map(self.form.splice, found.texts))
        budget.add(sum(count for _, count in lists), sum(len(text) for text, _ in lists))
        return [orjson.Fragment(text) for text, _ in lists]


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

    def rows(self, sources: Sequence[Any], budget: AnswerBudget, selected: slice = EVERY) -> list[dict[str, Any]]:
        """Returns each source's own fields; nested objects are not completed yet.

        Args:
            selected: the sources to complete.

        Raises:
            TooCostly: the answer has too many objects or bytes.
        """
        count = len(range(*selected.indices(len(sources))))
        budget.add(count, self.least * count)
        if not self.keys:
            return [dict(self.constants) for _ in range(count)]
        columns = self._columns(sources, selected)
        if not columns:
            return []
        self._check_nulls(columns)
        for index, measure in self.measured:
            budget.add(0, measure(columns[index]))
        for index, coerce in self.coerced:
            columns[index] = [None if value is None else coerce(value) for value in columns[index]]
        keys = self.keys
        answers = [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]
        if self.constants:
            for answer in answers:
                answer.update(self.constants)
        return answers

    def _columns(self, sources: Sequence[Any], selected: slice) -> list[Sequence[Any]]:
        """Returns the values of each attribute; of objects in columns, their class in place of nested objects."""
        if not isinstance(sources, ObjectColumns):
            return list(zip(*map(self.read, sources[selected]), strict=True))
        classes = [sources.make] * len(sources)
        found = [classes if name == CLASS else sources.values(name) for name in self.names]
        return [(classes if isinstance(values, NESTED) else values)[selected] for values in found]

    def _check_nulls(self, columns: Sequence[Sequence[Any]]) -> None:
        """Raises ``Mismatch`` if a value is null that may not be, or holds a null that it may not hold."""
        if any(None in columns[index] for index in self.required):
            raise Mismatch
        for index in self.full:
            if any(None in values for values in columns[index] if values is not None):
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
            found = nested_values(part, sources, answers)
            completed = part.splice(found, budget)
            if completed is None:
                completed = replace_objects(part, found, part.plan.complete(nested_objects(part, found), budget))
            set_values(part.key, answers, completed)
        return answers

    async def complete_waiting(self, sources: Sequence[Any], run: Any) -> list[dict[str, Any]]:
        """Returns the answers of a plan that fetches related rows, once per field for all sources.

        Args:
            run: the executor, for its context, schema and variables.
        """
        answers = await self._rows_in_pauses(sources, run.budget)
        found = [(part, await fetch_all(part, sources, run)) for part in self.fetched]
        for part, values in [*((part, nested_values(part, sources, answers)) for part in self.nested), *found]:
            completed = part.splice(values, run.budget)
            if completed is None:
                objects = nested_objects(part, values)
                completed = replace_objects(part, values, await part.plan.complete_waiting(objects, run))
            set_values(part.key, answers, completed)
        return answers

    async def _rows_in_pauses(self, sources: Sequence[Any], budget: AnswerBudget) -> list[dict[str, Any]]:
        """Returns the same as ``rows``, but lets other requests run after each thousand."""
        if len(sources) <= OBJECTS_AT_ONCE:
            return self.rows(sources, budget)
        answers = []
        for start in range(0, len(sources), OBJECTS_AT_ONCE):
            answers += self.rows(sources, budget, slice(start, start + OBJECTS_AT_ONCE))
            await asyncio.sleep(0)
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
        parts = self._by_class(sources)
        return merge_parts(sources, [(positions, plan.complete(found, budget)) for plan, positions, found in parts])

    async def complete_waiting(self, sources: Sequence[Any], run: Any) -> list[dict[str, Any]]:
        """See ``Plan.complete_waiting``."""
        parts = self._by_class(sources)
        return merge_parts(
            sources, [(positions, await plan.complete_waiting(found, run)) for plan, positions, found in parts]
        )

    def _by_class(self, sources: Sequence[Any]) -> list[tuple[Plan, Sequence[int], Sequence[Any]]]:
        """Returns the objects of each class with their positions."""
        if isinstance(sources, ObjectColumns) and sources.make in self.plans:
            return [(self.plans[sources.make], range(len(sources)), sources)]
        positions: dict[type, list[int]] = {}
        for position, source in enumerate(sources):
            positions.setdefault(type(source), []).append(position)
        if not positions.keys() <= self.plans.keys():
            raise Mismatch
        return [
            (self.plans[kind], found, [sources[position] for position in found]) for kind, found in positions.items()
        ]


def merge_parts(
    sources: Sequence[Any], parts: Sequence[tuple[Sequence[int], list[dict[str, Any]]]]
) -> list[dict[str, Any]]:
    """Returns the answers of all parts in the order of the sources."""
    answers: list[dict[str, Any]] = [{}] * len(sources)
    for positions, completed in parts:
        for position, answer in zip(positions, completed, strict=True):
            answers[position] = answer
    return answers


def attribute_reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Returns a function that reads the named attributes in one call."""
    if not names:
        return lambda _: ()
    read = attrgetter(*names)
    return read if len(names) > 1 else lambda source: (read(source),)


async def fetch_all(part: Nested, sources: Sequence[Any], run: Any) -> Sequence[Any]:
    """Returns the related rows of every source; a single source is batched with others by the data loader."""
    fetch = part.fetch
    if fetch is None or not sources:
        return []
    call = fetch.call(run)
    if fetch.ahead is not None and isinstance(sources, ObjectColumns) and id(fetch) in sources.ahead:
        return fetch.ahead.values(sources, sources.ahead[id(fetch)], call)
    if len(sources) > 1:
        return await fetch.batch(sources, call)
    loader = run.context_value.loader(id(fetch.node), lambda parents: fetch.batch(parents, call))
    return [await loader.load(sources[0])]


def nested_values(part: Nested, sources: Sequence[Any], answers: Sequence[dict[str, Any]]) -> Sequence[Any]:
    """Returns the nested objects or lists of all sources, whose own fields are completed."""
    if isinstance(sources, ObjectColumns):
        return sources.values(part.name)
    key = part.key
    return [answer[key] for answer in answers]


def nested_objects(part: Nested, found: Sequence[Any]) -> Sequence[Any]:
    """Returns the objects in ``nested_values`` as one list."""
    if isinstance(found, ListColumns):
        return found.flat
    if isinstance(found, ObjectColumns):
        return found
    if part.required and any(value is None for value in found):
        raise Mismatch
    there = [value for value in found if value is not None]
    return list(chain.from_iterable(there)) if part.is_list else there


def replace_objects(part: Nested, found: Sequence[Any], completed: list[dict[str, Any]]) -> list[Any]:
    """Returns ``nested_values`` with the completed objects in place of the objects; nulls stay."""
    if isinstance(found, ObjectColumns):
        return completed
    if isinstance(found, ListColumns):
        return divide(completed, found.lengths)
    if not part.is_list:
        rest = iter(completed)
        return [None if value is None else next(rest) for value in found]
    lists = iter(divide(completed, [len(value) for value in found if value is not None]))
    return [None if value is None else next(lists) for value in found]


def set_values(key: str, answers: Sequence[dict[str, Any]], values: Sequence[Any]) -> None:
    """Sets the value of a key in each answer."""
    for answer, value in zip(answers, values, strict=True):
        answer[key] = value
