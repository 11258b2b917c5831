"""Evaluations: candidates compared on the prompts of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client._async.generations import AsyncGeneration
from tunix_rt_client._async.jobs import AsyncBound, wait_for
from tunix_rt_client._async.runs import AsyncRun
from tunix_rt_client._generated.documents import CREATE_EVALUATION, EVALUATION_RESULTS, GET_EVALUATION, LEADERBOARD
from tunix_rt_client._generated.records import Candidate, Comparison, EvaluationFields, Standing
from tunix_rt_client.display import card
from tunix_rt_client.errors import NotFound
from tunix_rt_client.inputs import run_input
from tunix_rt_client.records import as_record
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class AsyncEvaluation(AsyncBound, EvaluationFields, kw_only=True, rename="camel", dict=True):
    """A comparison of candidates, frozen when it is completed."""

    async def refresh(self) -> AsyncEvaluation:
        """Reads the evaluation's current state and returns it."""
        return self.copy_from(await evaluation_by_id(self.connection, self.id))

    async def wait(self, timeout: float | None = None) -> AsyncEvaluation:
        """Waits until the evaluation is completed.

        Raises:
            JobFailed: it was not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        await wait_for(self, f"evaluation {self.name}", timeout)
        return self

    async def results(self) -> tuple[list[Candidate], list[Comparison]]:
        """Returns the candidates with their means and intervals, and the difference of each pair."""
        data = (await self.connection.execute(EVALUATION_RESULTS, {"id": self.id}))["evaluation"]
        candidates = [as_record(node, Candidate) for node in data["candidates"]["nodes"]]
        return candidates, [as_record(node, Comparison) for node in data["pairs"]["nodes"]]

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the candidates as a data frame: a row a candidate, with its mean and interval."""
        candidates, _ = await self.results()
        return to_dataframe([msgspec.structs.asdict(candidate) for candidate in candidates])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.prompt_count:,} prompts, {self.status})"

    def _repr_html_(self) -> str:
        rows = [("Status", self.status), ("Dataset", self.dataset_key), ("Scorer", self.scorer)]
        return card(f"Evaluation {self.name}", [*rows, ("Prompts", f"{self.prompt_count:,}")])


def candidate_input(name: str, candidate: AsyncRun | AsyncGeneration | str | Mapping[str, Any]) -> dict[str, Any]:
    """Returns a candidate as its input: a run, a generation, a model's name, or the fields of the schema's input."""
    if isinstance(candidate, AsyncRun):
        return {"name": name, "runId": candidate.id}
    if isinstance(candidate, AsyncGeneration):
        return {"name": name, "generationId": candidate.id}
    return {"name": name, **({"modelId": candidate} if isinstance(candidate, str) else candidate)}


async def new_evaluation(connection: AsyncConnection, given: Mapping[str, Any]) -> AsyncEvaluation:
    """Creates an evaluation."""
    payload = await connection.mutate(CREATE_EVALUATION, "createEvaluation", run_input(given), keyed=True)
    return as_evaluation(payload["evaluation"], connection)


def as_evaluation(node: Mapping[str, Any], connection: AsyncConnection) -> AsyncEvaluation:
    """Returns the evaluation of one node."""
    found = as_record(node, AsyncEvaluation)
    found.bind(connection)
    return found


async def evaluation_by_id(connection: AsyncConnection, id: str) -> AsyncEvaluation:
    """Returns an evaluation by its id, UUID or name.

    Raises:
        NotFound: there is none.
    """
    data = await connection.execute(GET_EVALUATION, {"id": id})
    if data["evaluation"] is None:
        raise NotFound(f"There is no evaluation {id!r}.", code="NOT_FOUND")
    return as_evaluation(data["evaluation"], connection)


async def standings(connection: AsyncConnection, dataset: str, scorer: str) -> list[Standing]:
    """Returns the leaderboard of a dataset, the best candidate first."""
    data = await connection.execute(LEADERBOARD, {"datasetId": dataset, "scorer": scorer})
    return [as_record(node, Standing) for node in data["leaderboard"]["entries"]]
