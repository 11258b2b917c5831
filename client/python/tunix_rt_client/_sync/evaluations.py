# Generated from _async/evaluations.py: edit that file, then run python client/python/codegen/generate.py.
"""Evaluations: candidates compared on the prompts of a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._sync.collection import Collection
from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.generations import Generation
from tunix_rt_client._sync.jobs import Bound, wait_for
from tunix_rt_client._sync.runs import Run
from tunix_rt_client._generated.documents import (
    COUNT_EVALUATIONS,
    CREATE_EVALUATION,
    EVALUATION_RESULTS,
    EVALUATIONS_PAGE,
    GET_EVALUATION,
    LEADERBOARD,
)
from tunix_rt_client._generated.records import Candidate, Comparison, EvaluationFields, LeaderboardEntry
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.display import card
from tunix_rt_client.errors import BadInput, NotFound
from tunix_rt_client.inputs import input_fields
from tunix_rt_client.records import as_record
from tunix_rt_client.reports import Leaderboard
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


@checks_arguments
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
        return to_dataframe([msgspec.structs.asdict(found) for found in candidates], Candidate.__struct_fields__)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.prompt_count:,} prompts, {self.status})"

    def _repr_html_(self) -> str:
        rows = [("Status", self.status), ("Dataset", self.dataset_key), ("Scorer", self.scorer)]
        return card(f"Evaluation {self.name}", [*rows, ("Prompts", f"{self.prompt_count:,}")])


class Evaluations(Collection[Evaluation]):
    """Evaluations that match a filter, in an order."""

    page_document = EVALUATIONS_PAGE
    count_document = COUNT_EVALUATIONS

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["evaluations"]
        return found

    def record_of(self, node: dict[str, Any]) -> Evaluation:
        """Returns the evaluation of one node."""
        return as_evaluation(node, self.connection)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the evaluations as a data frame: a row an evaluation."""
        columns = ("name", "status", "dataset_key", "scorer", "prompt_count", "created_at", "completed_at")
        rows = [{name: getattr(evaluation, name) for name in columns} for evaluation in self]
        return to_dataframe(rows, columns)


Candidates = Mapping[str, "Run | Generation | str | Mapping[str, Any]"]


def candidate_inputs(candidates: object) -> list[dict[str, Any]]:
    """Returns candidates as inputs, each with its name.

    Raises:
        BadInput: they have no names, or one of them is no candidate.
    """
    if not isinstance(candidates, Mapping):
        raise BadInput("candidates must be a dict of names and candidates.", code="BAD_USER_INPUT", path=["candidates"])
    return [{"name": name, **candidate_fields(name, candidate)} for name, candidate in candidates.items()]


def candidate_fields(name: str, candidate: object) -> dict[str, Any]:
    """Returns a run, a generation, a model's name, or fields of the schema's input as fields of that input.

    Raises:
        BadInput: it is none of them.
    """
    if isinstance(candidate, Run):
        return {"runId": candidate.id}
    if isinstance(candidate, Generation):
        return {"generationId": candidate.id}
    if isinstance(candidate, str):
        return {"modelId": candidate}
    if isinstance(candidate, Mapping):
        return input_fields(candidate)
    wanted = "a run, a generation, a model's name or a dict of fields"
    raise BadInput(
        f"The candidate {name!r} is of type {type(candidate).__name__}; it must be {wanted}.",
        code="BAD_USER_INPUT",
        path=["candidates", name],
    )


def new_evaluation(connection: Connection, given: Mapping[str, Any]) -> Evaluation:
    """Creates an evaluation."""
    payload = connection.mutate(CREATE_EVALUATION, "createEvaluation", given, keyed=True)
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


def leaderboard_of(connection: Connection, dataset: str, scorer: str) -> Leaderboard:
    """Returns the leaderboard of a dataset, the best candidate first."""
    data = connection.execute(LEADERBOARD, {"datasetId": dataset, "scorer": scorer})
    return Leaderboard(as_record(node, LeaderboardEntry) for node in data["leaderboard"]["entries"])
