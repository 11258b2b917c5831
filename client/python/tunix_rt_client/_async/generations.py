"""Generations: a model answers prompts, and its answers become traces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from tunix_rt_client._async.collection import AsyncCollection
from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client._async.jobs import AsyncBound, wait_for, watch_job
from tunix_rt_client._async.live import follow
from tunix_rt_client._async.trace_rows import AsyncTraceRows
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


class AsyncAnswers(AsyncTraceRows):
    """The answers of a generation."""

    page_document = GENERATION_TRACES_PAGE
    count_document = COUNT_GENERATION_TRACES

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["generation"]["traces"]
        return found


@checks_arguments
class AsyncGeneration(AsyncBound, GenerationFields, kw_only=True, rename="camel", dict=True):
    """A job in which a model answers prompts."""

    async def refresh(self) -> AsyncGeneration:
        """Reads the generation's current state and returns it."""
        return self.copy_from(await generation_by_id(self.connection, self.id))

    async def wait(self, timeout: float | None = None) -> AsyncGeneration:
        """Waits until all prompts are answered.

        Raises:
            JobFailed: they were not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        await wait_for(self, f"generation by {self.model_id}", timeout)
        return self

    async def watch(self) -> AsyncGeneration:
        """Shows the generation live until it is finished: progress and answers. Lost connections are resumed.

        Raises:
            JobFailed: not all prompts were answered.
        """
        await watch_job(self, f"generation by {self.model_id}", GENERATION_EVENTS, "generationEvents")
        return self

    async def events(self, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """Yields the generation's events from the first one on, live until it is finished, each exactly once."""
        async for event in follow(self.connection, GENERATION_EVENTS, "generationEvents", self.id, after):
            yield event

    def traces(self, where: Mapping[str, Any] | None = None) -> AsyncAnswers:
        """Returns the answers as traces, or those of them that match a filter."""
        return AsyncAnswers(self.connection, {"id": self.id, "where": where})

    async def cancel(self) -> AsyncGeneration:
        """Requests the cancellation of the generation; answers that are stored stay."""
        payload = await self.connection.mutate(CANCEL_GENERATION, "cancelGeneration", {"id": self.id}, repeatable=True)
        return self.copy_from(as_generation(payload["generation"], self.connection))

    async def retry(self) -> AsyncGeneration:
        """Resumes a generation that failed, timed out or was cancelled; only missing answers are generated.

        Raises:
            Conflict: it has another status.
        """
        payload = await self.connection.mutate(RETRY_GENERATION, "retryGeneration", {"id": self.id})
        return self.copy_from(as_generation(payload["generation"], self.connection))

    async def delete(self) -> None:
        """Deletes the generation, but not its answers.

        Raises:
            Conflict: it is running.
        """
        await self.connection.mutate(DELETE_GENERATION, "deleteGeneration", {"id": self.id})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model_id!r}, {self.answer_count:,} answers, {self.status})"

    def _repr_html_(self) -> str:
        counts = [("Status", self.status), ("Answers", f"{self.answer_count:,}"), ("Malformed", self.malformed_count)]
        return card(f"Generation by {self.model_id}", [*counts, ("Tokens", f"{self.token_count:,}")])


class AsyncGenerations(AsyncCollection[AsyncGeneration]):
    """Generations that match a filter, in an order."""

    page_document = GENERATIONS_PAGE
    count_document = COUNT_GENERATIONS

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["generations"]
        return found

    def record_of(self, node: dict[str, Any]) -> AsyncGeneration:
        """Returns the generation of one node."""
        return as_generation(node, self.connection)

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the generations as a data frame: a row a generation."""
        columns = ("id", "model_id", "status", "answer_count", "malformed_count", "token_count", "created_at")
        rows = [{name: getattr(generation, name) for name in columns} async for generation in self]
        return to_dataframe(rows, columns)


def as_generation(node: Mapping[str, Any], connection: AsyncConnection) -> AsyncGeneration:
    """Returns the generation of one node."""
    found = as_record(node, AsyncGeneration)
    found.bind(connection)
    return found


async def generation_by_id(connection: AsyncConnection, id: str) -> AsyncGeneration:
    """Returns a generation by its id or UUID.

    Raises:
        NotFound: there is none.
    """
    data = await connection.execute(GET_GENERATION, {"id": id})
    if data["generation"] is None:
        raise NotFound(f"There is no generation {id!r}.", code="NOT_FOUND")
    return as_generation(data["generation"], connection)


async def new_generation(connection: AsyncConnection, given: Mapping[str, Any]) -> AsyncGeneration:
    """Starts a generation."""
    payload = await connection.mutate(START_GENERATION, "startGeneration", given, keyed=True)
    return as_generation(payload["generation"], connection)
