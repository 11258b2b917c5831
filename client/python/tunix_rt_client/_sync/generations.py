# Generated from _async/generations.py: edit that file, then run python client/python/codegen/generate.py.
"""Generations: a model answers prompts, and its answers become traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tunix_rt_client._sync.collection import Collection
from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.jobs import Bound, wait_for, watch_job
from tunix_rt_client._sync.live import follow
from tunix_rt_client._sync.trace_rows import TraceRows
from tunix_rt_client._generated.documents import (
    CANCEL_GENERATION,
    COUNT_GENERATION_TRACES,
    COUNT_GENERATIONS,
    DELETE_GENERATION,
    GENERATION_EVENTS,
    GENERATION_TRACES_PAGE,
    GENERATIONS_PAGE,
    GET_GENERATION,
    RETRY_GENERATION,
    START_GENERATION,
)
from tunix_rt_client._generated.records import GenerationFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.display import card
from tunix_rt_client.errors import NotFound
from tunix_rt_client.records import as_record
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class Answers(TraceRows):
    """The answers of a generation."""

    page_document = GENERATION_TRACES_PAGE
    count_document = COUNT_GENERATION_TRACES

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["generation"]["traces"]
        return found


@checks_arguments
class Generation(Bound, GenerationFields, kw_only=True, rename="camel", dict=True):
    """A job in which a model answers prompts."""

    def refresh(self) -> Generation:
        """Reads the generation's current state and returns it."""
        return self.copy_from(generation_by_id(self.connection, self.id))

    def wait(self, timeout: float | None = None) -> Generation:
        """Waits until all prompts are answered.

        Raises:
            JobFailed: they were not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        wait_for(self, f"generation by {self.model_id}", timeout)
        return self

    def watch(self) -> Generation:
        """Shows the generation live until it is finished: progress and answers. Lost connections are resumed.

        Raises:
            JobFailed: not all prompts were answered.
        """
        watch_job(self, f"generation by {self.model_id}", GENERATION_EVENTS, "generationEvents")
        return self

    def events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yields the generation's events from the first one on, live until it is finished, each exactly once."""
        for event in follow(self.connection, GENERATION_EVENTS, "generationEvents", self.id, after):
            yield event

    def traces(self, where: Mapping[str, Any] | None = None) -> Answers:
        """Returns the answers as traces, or those of them that match a filter."""
        return Answers(self.connection, {"id": self.id, "where": where})

    def cancel(self) -> Generation:
        """Requests the cancellation of the generation; answers that are stored stay."""
        payload = self.connection.mutate(CANCEL_GENERATION, "cancelGeneration", {"id": self.id}, repeatable=True)
        return self.copy_from(as_generation(payload["generation"], self.connection))

    def retry(self) -> Generation:
        """Resumes a generation that failed, timed out or was cancelled; only missing answers are generated.

        Raises:
            Conflict: it has another status.
        """
        payload = self.connection.mutate(RETRY_GENERATION, "retryGeneration", {"id": self.id})
        return self.copy_from(as_generation(payload["generation"], self.connection))

    def delete(self) -> None:
        """Deletes the generation, but not its answers.

        Raises:
            Conflict: it is running.
        """
        self.connection.mutate(DELETE_GENERATION, "deleteGeneration", {"id": self.id})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model_id!r}, {self.answer_count:,} answers, {self.status})"

    def _repr_html_(self) -> str:
        counts = [("Status", self.status), ("Answers", f"{self.answer_count:,}"), ("Malformed", self.malformed_count)]
        return card(f"Generation by {self.model_id}", [*counts, ("Tokens", f"{self.token_count:,}")])


class Generations(Collection[Generation]):
    """Generations that match a filter, in an order."""

    page_document = GENERATIONS_PAGE
    count_document = COUNT_GENERATIONS

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["generations"]
        return found

    def record_of(self, node: dict[str, Any]) -> Generation:
        """Returns the generation of one node."""
        return as_generation(node, self.connection)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the generations as a data frame: a row a generation."""
        columns = ("id", "model_id", "status", "answer_count", "malformed_count", "token_count", "created_at")
        rows = [{name: getattr(generation, name) for name in columns} for generation in self]
        return to_dataframe(rows, columns)


def as_generation(node: Mapping[str, Any], connection: Connection) -> Generation:
    """Returns the generation of one node."""
    found = as_record(node, Generation)
    found.bind(connection)
    return found


def generation_by_id(connection: Connection, id: str) -> Generation:
    """Returns a generation by its id or UUID.

    Raises:
        NotFound: there is none.
    """
    data = connection.execute(GET_GENERATION, {"id": id})
    if data["generation"] is None:
        raise NotFound(f"There is no generation {id!r}.", code="NOT_FOUND")
    return as_generation(data["generation"], connection)


def new_generation(connection: Connection, given: Mapping[str, Any]) -> Generation:
    """Starts a generation."""
    payload = connection.mutate(START_GENERATION, "startGeneration", given, keyed=True)
    return as_generation(payload["generation"], connection)
