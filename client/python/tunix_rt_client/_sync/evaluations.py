# Generated from _async/evaluations.py: edit that file, then run python client/python/codegen/generate.py.
"""Evaluations: candidates compared on the prompts of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.generations import Generation
from tunix_rt_client._sync.jobs import Bound, wait_for
from tunix_rt_client._sync.runs import Run
from tunix_rt_client._generated.documents import CREATE_EVALUATION, EVALUATION_RESULTS, GET_EVALUATION, LEADERBOARD
from tunix_rt_client._generated.records import Candidate, Comparison, EvaluationFields, Standing
from tunix_rt_client.display import card
from tunix_rt_client.errors import NotFound
from tunix_rt_client.inputs import run_input
from tunix_rt_client.records import as_record
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class Evaluation(Bound, EvaluationFields, kw_only=True, rename="camel", dict=True):
    """A comparison of candidates, frozen when it is completed."""

    def refresh(self) -> Evaluation:
        """Reads the evaluation's current state and returns it."""
        return self.copy_from(evaluation_by_id(self.connection, self.id))

    def wait(self, timeout: float | None = None) -> Evaluation:
        """Waits until the evaluation is completed.

        Raises:
            JobFailed: it was not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        wait_for(self, f"evaluation {self.name}", timeout)
        return self

    def results(self) -> tuple[list[Candidate], list[Comparison]]:
        """Returns the candidates with their means and intervals, and the difference of each pair."""
        data = (self.connection.execute(EVALUATION_RESULTS, {"id": self.id}))["evaluation"]
        candidates = [as_record(node, Candidate) for node in data["candidates"]["nodes"]]
        return candidates, [as_record(node, Comparison) for node in data["pairs"]["nodes"]]

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the candidates as a data frame: a row a candidate, with its mean and interval."""
        candidates, _ = self.results()
        return to_dataframe([msgspec.structs.asdict(candidate) for candidate in candidates])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.prompt_count:,} prompts, {self.status})"

    def _repr_html_(self) -> str:
        rows = [("Status", self.status), ("Dataset", self.dataset_key), ("Scorer", self.scorer)]
        return card(f"Evaluation {self.name}", [*rows, ("Prompts", f"{self.prompt_count:,}")])


def candidate_input(name: str, candidate: Run | Generation | str | Mapping[str, Any]) -> dict[str, Any]:
    """Returns a candidate as its input: a run, a generation, a model's name, or the fields of the schema's input."""
    if isinstance(candidate, Run):
        return {"name": name, "runId": candidate.id}
    if isinstance(candidate, Generation):
        return {"name": name, "generationId": candidate.id}
    return {"name": name, **({"modelId": candidate} if isinstance(candidate, str) else candidate)}


def new_evaluation(connection: Connection, given: Mapping[str, Any]) -> Evaluation:
    """Creates an evaluation."""
    payload = connection.mutate(CREATE_EVALUATION, "createEvaluation", run_input(given), keyed=True)
    return as_evaluation(payload["evaluation"], connection)


def as_evaluation(node: Mapping[str, Any], connection: Connection) -> Evaluation:
    """Returns the evaluation of one node."""
    found = as_record(node, Evaluation)
    found.bind(connection)
    return found


def evaluation_by_id(connection: Connection, id: str) -> Evaluation:
    """Returns an evaluation by its id, UUID or name.

    Raises:
        NotFound: there is none.
    """
    data = connection.execute(GET_EVALUATION, {"id": id})
    if data["evaluation"] is None:
        raise NotFound(f"There is no evaluation {id!r}.", code="NOT_FOUND")
    return as_evaluation(data["evaluation"], connection)


def standings(connection: Connection, dataset: str, scorer: str) -> list[Standing]:
    """Returns the leaderboard of a dataset, the best candidate first."""
    data = connection.execute(LEADERBOARD, {"datasetId": dataset, "scorer": scorer})
    return [as_record(node, Standing) for node in data["leaderboard"]["entries"]]
