"""Documents: parsed, validated and checked against the limits once, then cached with everything derived from them."""

from __future__ import annotations

import asyncio
import re
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    Source,
    SourceLocation,
    Visitor,
    get_operation_ast,
    parse,
    specified_rules,
    visit,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from tunix_rt.api.access.scopes import ScopeRules, Scopes, needed_scopes
from tunix_rt.api.execution.events import EventResults
from tunix_rt.api.execution.limits.filters import require_bounded_filters
from tunix_rt.api.execution.limits.inputs import require_few_inputs
from tunix_rt.api.execution.limits.operation import Limits, affordable_cost, document_errors, length_errors, too_costly
from tunix_rt.api.execution.selection import Selection
from tunix_rt.api.execution.wording import locate_errors
from tunix_rt.domain.keys.grant import Grant
from tunix_rt.domain.keys.scopes import KeyScope
from tunix_rt.domain.text import clip
from tunix_rt.errors import ScopeMissing, TunixRtError, Unauthenticated
from tunix_rt.lru import LruMap

READ_AT_ONCE_CHARS = 2_000
"""A document up to this size is parsed and validated in the event loop, in 25 milliseconds at worst.

Larger ones may take long: 3 seconds were measured for 30 KB of one repeated field, since validation compares each
occurrence with every other.
"""
LARGEST_REMEMBERED_CHARS = 20_000
REMEMBERED_CHARS = 1_000_000
"""Total characters of all cached documents: a parsed document takes about a hundred bytes a character."""

ABORTED = "Validation aborted."
"""The message of graphql-core for a document that takes too many comparisons."""

LINE_END = re.compile(r"\r\n|[\n\r]")

REFUSED = parse("{ __typename }")
"""The placeholder for a document without an operation to run, with which Strawberry reports the document's errors on
every transport.
"""


class LineSource(Source):
    """A source that indexes its lines once, since a text of a megabyte may have hundreds of errors.

    Locations are correct wherever a token can begin, which is never inside a line break.
    """

    @cached_property
    def starts(self) -> list[int]:
        """The position at which each line begins."""
        return [0, *(match.end() for match in LINE_END.finditer(self.body))]

    def get_location(self, position: int) -> SourceLocation:
        """Returns the line and the column of a position, counted from 1."""
        line = bisect_right(self.starts, position)
        return SourceLocation(line, position - self.starts[line - 1] + 1)


@dataclass
class Document:
    """A parsed document and the data derived from it.

    Its nodes live as long as it does, so their ids are used as keys.

    Args:
        scopes: the scopes that each operation needs, by its name.
    """

    node: DocumentNode | None
    errors: list[GraphQLError]
    conditional: bool = False
    scopes: Mapping[str | None, Scopes] = field(default_factory=dict)
    selections: dict[Any, Selection] = field(default_factory=dict)
    plans: dict[Any, Any] = field(default_factory=dict)
    prepared: dict[str | None, Any] = field(default_factory=dict)
    events: EventResults = field(default_factory=EventResults)

    def needs(self, name: str | None) -> Scopes | None:
        """Returns the scopes of the operation of a request's name; None if the document has errors or no such one."""
        if name is None:
            return next(iter(self.scopes.values()), None)
        return self.scopes.get(name)

    def permits(self, name: str | None, grant: Grant) -> bool:
        """Returns whether an operation exists and is permitted."""
        needed = self.needs(name)
        return needed is not None and needed <= grant.scopes


class Documents:
    """An LRU cache of the documents of one schema.

    Args:
        rules: the schema's rules of scopes; computed for the first document if None.
    """

    def __init__(self, limits: Limits, rules: ScopeRules | None = None) -> None:
        self._limits = limits
        self._rules = rules
        self._known: LruMap[str, Document] = LruMap(REMEMBERED_CHARS, len)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="documents")

    def get(self, schema: GraphQLSchema, query: str) -> Document:
        """Returns the document of a query text, with its syntax, validation and limit errors."""
        known = self._known.get(query)
        if known is not None:
            return known
        document = self._read(schema, query)
        if len(query) <= LARGEST_REMEMBERED_CHARS:
            self._known.put(query, document)
        return document

    async def read(self, schema: GraphQLSchema, query: str) -> Document:
        """Returns the document of a query text like ``get``, but reads large documents in a thread, one at a time.

        The thread shares the interpreter with the event loop, which runs every 5 milliseconds meanwhile.
        """
        if query in self._known or len(query) <= READ_AT_ONCE_CHARS or length_errors(query, self._limits):
            return self.get(schema, query)
        document = await asyncio.get_running_loop().run_in_executor(self._reader, self._read, schema, query)
        if len(query) <= LARGEST_REMEMBERED_CHARS and query not in self._known:
            self._known.put(query, document)
        return document

    def affordable_cost(self, document: DocumentNode, name: str | None, variables: Mapping[str, Any]) -> int:
        """Returns the cost of an operation; raises as ``limits.affordable_cost`` does."""
        return affordable_cost(document, name, variables, self._limits.max_query_cost)

    def _read(self, schema: GraphQLSchema, query: str) -> Document:
        too_long = length_errors(query, self._limits)
        if too_long:
            return Document(None, too_long)
        try:
            node = parse(LineSource(query), max_tokens=self._limits.max_query_tokens)
        except GraphQLError as error:
            return Document(None, [error])
        except RecursionError:
            return Document(None, [GraphQLError("The document is nested too deeply to be parsed.")])
        try:
            return self._check(schema, node)
        except RecursionError:
            return Document(None, [too_costly("The document is nested too deeply, by fields or fragments.")])

    def _check(self, schema: GraphQLSchema, node: DocumentNode) -> Document:
        errors = document_errors(node, self._limits)
        errors = errors or validation_errors(schema, node)
        scopes = {} if errors else needed_scopes(schema, self._scope_rules(schema), node)
        return Document(node, errors, is_conditional(node), scopes)

    def _scope_rules(self, schema: GraphQLSchema) -> ScopeRules:
        """Returns the rules of the schema, which are the same for all documents."""
        if self._rules is None:
            self._rules = ScopeRules.of(schema)
        return self._rules


def validation_errors(schema: GraphQLSchema, node: DocumentNode) -> list[GraphQLError]:
    """Returns the validation errors of a document.

    graphql-core limits the comparisons between repeated fields and fragments; the error of that limit gets a code.
    """
    errors = validate_document(schema, node, tuple(specified_rules))
    if any(error.message == ABORTED for error in errors):
        return [too_costly("The document repeats too many fields or fragments; request each field once.")]
    return locate_errors(schema, node, errors)


def is_conditional(document: DocumentNode) -> bool:
    """Returns whether @skip or @include occurs, so that the selection depends on the variables."""
    found: list[str] = []

    class Conditions(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
            if node.name.value in {"skip", "include"}:
                found.append(node.name.value)

    visit(document, Conditions())
    return bool(found)


def choice_errors(document: DocumentNode, name: str | None) -> list[GraphQLError]:
    """Returns the errors that keep the operation to run from being identified; empty if it is.

    Args:
        name: the operation name of the request.
    """
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    if not operations:
        return [GraphQLError("The document has no operation.")]
    if name is None and len(operations) > 1:
        return [GraphQLError("operationName is required because the document has several operations.", operations)]
    if name is not None and all(node.name is None or node.name.value != name for node in operations):
        return [GraphQLError(f"The document has no operation named {clip(name)!r}.")]
    return []


def root_fields(document: DocumentNode | None, name: str | None) -> str:
    """Returns the names of an operation's root fields and of the fragments among them, separated by commas."""
    operation = get_operation_ast(document, name) if document is not None else None
    selections = operation.selection_set.selections if operation is not None else ()
    return ", ".join(node.name.value for node in selections if isinstance(node, (FieldNode, FragmentSpreadNode)))


class RememberDocuments(SchemaExtension):
    """Passes the cached document to Strawberry, which does not parse and validate it again."""

    documents: Documents

    async def on_parse(self) -> AsyncIterator[None]:
        context = self.execution_context
        if context.context.grant is None:  # the document is not even parsed: its errors would describe the schema
            self._refuse(Unauthenticated("An API key is needed."))
            yield
            return
        document = await self.documents.read(context.schema._schema, context.query or "")
        context.context.document = document
        # Strawberry falls back to the first operation if none is named, so the request's own name is checked.
        undecided = choice_errors(document.node, context._provided_operation_name) if document.node else document.errors
        errors = document.errors or undecided
        context.graphql_document = document.node
        if undecided:
            context.graphql_document, context._provided_operation_name = REFUSED, None
        context.pre_execution_errors = list(errors) or None  # the executor codes them in place
        if not errors:
            context.validation_rules = ()
            await self._require_scopes(document, context.context.grant)
        yield

    async def _require_scopes(self, document: Document, grant: Grant) -> None:
        """Refuses the operation if it needs scopes that the request does not have, and records that."""
        name = self.execution_context._provided_operation_name
        needed = document.needs(name)
        try:
            grant.require(frozenset(KeyScope) if needed is None else needed)
        except TunixRtError as error:
            if isinstance(error, ScopeMissing):
                await self.execution_context.context.record_refusal(root_fields(document.node, name))
            self._refuse(error)

    def _refuse(self, error: TunixRtError) -> None:
        """Makes an error the only result of the operation."""
        context = self.execution_context
        context.graphql_document, context._provided_operation_name = REFUSED, None
        context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]

    def on_execute(self) -> Iterator[None]:
        context = self.execution_context
        if context.graphql_document is not None:
            asked = (context.graphql_document, context.operation_name, context.variables or {})
            require_bounded_filters(*asked)
            require_few_inputs(context.schema._schema, *asked)
            context.context.spend(self.documents.affordable_cost(*asked))
        yield


def remember(documents: Documents) -> type[RememberDocuments]:
    """Returns the extension class that uses these documents."""
    return type("RememberTheseDocuments", (RememberDocuments,), {"documents": documents})
