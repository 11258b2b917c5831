"""Reports the type, the outcome and the duration of every operation to an observer, on all transports."""

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
    """The outcome of an operation."""

    OK = "ok"
    ERRORS = "errors"
    """Some fields failed."""
    REFUSED = "refused"
    """The document, a variable or a limit kept it from running."""
    CANCELLED = "cancelled"
    """It timed out, or the client disconnected."""


class ErrorPlace(Enum):
    """The place of an error in a response."""

    ANSWER = "answer"
    """A top-level error."""
    PAYLOAD = "payload"
    """A user error in a mutation's payload."""


class Observer(Protocol):
    """Receives reports about operations and errors, for metrics."""

    def operation_ended(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """Records the end of an operation; the kind is query, mutation, subscription or unknown."""

    def record_error(self, code: ErrorCode, place: ErrorPlace) -> None:
        """Records an error that is sent to a client."""


class Unobserved:
    """The observer that ignores every report."""

    def operation_ended(self, kind: str, outcome: Outcome, seconds: float) -> None:
        """Does nothing."""

    def record_error(self, code: ErrorCode, place: ErrorPlace) -> None:
        """Does nothing."""


class ObserveOperations(SchemaExtension):
    """Reports the end of each operation to the observer."""

    observer: Observer

    def on_operation(self) -> Iterator[None]:
        start, outcome = time.perf_counter(), Outcome.CANCELLED
        try:
            yield
            outcome = outcome_of(self.execution_context)
        except Exception:  # the type of operation is unknown, or not allowed here
            outcome = Outcome.REFUSED
            raise
        finally:
            seconds = time.perf_counter() - start
            self.observer.operation_ended(kind_of(self.execution_context), outcome, seconds)


def outcome_of(context: ExecutionContext) -> Outcome:
    """Returns the outcome of an operation that was not interrupted."""
    errors = context.pre_execution_errors
    if not errors:
        return Outcome.OK
    ran = getattr(context.result, "data", None) is not None or any(error.path is not None for error in errors)
    return Outcome.ERRORS if ran else Outcome.REFUSED


def kind_of(context: ExecutionContext) -> str:
    """Returns the type of an operation: query, mutation or subscription; unknown if the document does not decide it."""
    if context.graphql_document is None or context.graphql_document is REFUSED:
        return UNKNOWN
    try:
        return context.operation_type.value
    except RuntimeError:
        return UNKNOWN


def observed_by(observer: Observer) -> type[ObserveOperations]:
    """Returns the extension class that reports to an observer."""
    return type("ObserveTheseOperations", (ObserveOperations,), {"observer": observer})
