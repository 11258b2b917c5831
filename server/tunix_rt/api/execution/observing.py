"""What is told of every operation, whatever the transport: what kind it was, how it ended, how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum
from typing import Protocol

from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from tunix_rt.api.execution.documents import REFUSED
from tunix_rt.errors import ErrorCode

UNKNOWN = "unknown"


class Outcome(Enum):
    """How an operation ended."""

    OK = "ok"
    ERRORS = "errors"
    """Some of the answer is missing."""
    REFUSED = "refused"
    """Nothing ran: the document, a variable or a limit."""
    CANCELLED = "cancelled"
    """It took too long, or nobody waits for it any more."""


class Floor(Enum):
    """Where an error is told."""

    ANSWER = "answer"
    """At the top level."""
    PAYLOAD = "payload"
    """In a mutation's payload."""


class Observer(Protocol):
    """Whoever wants to know."""

    def operation_ended(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """An operation is over; the kind is query, mutation, subscription or unknown."""

    def record_error(self, code: ErrorCode, floor: Floor) -> None:
        """An error goes out to a user."""


class Unobserved:
    """Nobody wants to know."""

    def operation_ended(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """Nothing."""

    def record_error(self, code: ErrorCode, floor: Floor) -> None:
        """Nothing."""


class ObserveOperations(SchemaExtension):
    """Tells of each operation as it ends."""

    observer: Observer

    def on_operation(self) -> Iterator[None]:
        start, outcome = time.perf_counter(), Outcome.CANCELLED
        try:
            yield
            outcome = outcome_of(self.execution_context)
        except Exception:  # it cannot even be told what kind of operation it is, or the kind is not allowed here
            outcome = Outcome.REFUSED
            raise
        finally:
            seconds = time.perf_counter() - start
            self.observer.operation_ended(kind_of(self.execution_context), outcome, seconds)


def outcome_of(context: ExecutionContext) -> Outcome:
    """How an operation ended that nothing interrupted."""
    errors = context.pre_execution_errors
    if not errors:
        return Outcome.OK
    ran = getattr(context.result, "data", None) is not None or any(error.path is not None for error in errors)
    return Outcome.ERRORS if ran else Outcome.REFUSED


def kind_of(context: ExecutionContext) -> str:
    """query, mutation or subscription; unknown where a document leaves it open."""
    if context.graphql_document is None or context.graphql_document is REFUSED:
        return UNKNOWN
    try:
        return context.operation_type.value
    except RuntimeError:
        return UNKNOWN


def observing(observer: Observer) -> type[ObserveOperations]:
    """The extension class that tells this observer."""
    return type("ObserveTheseOperations", (ObserveOperations,), {"observer": observer})
