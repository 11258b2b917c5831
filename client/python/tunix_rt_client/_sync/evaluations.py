# Generated from _async/evaluations.py: edit that file, then run python client/python/codegen/generate.py.
"""Evaluations: candidates compared on the prompts of a dataset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from tunix_rt_client._sync.collection import Collection
from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.generations import Generation
from tunix_rt_client._sync.jobs import Bound, wait_for, watch_job
from tunix_rt_client._sync.live import follow
from tunix_rt_client._sync.runs import Run
from tunix_rt_client._generated.documents import (
    ALIGNED_PROMPTS_PAGE,
    CANCEL_EVALUATION,
    COUNT_ALIGNED_PROMPTS,
    COUNT_EVALUATIONS,
    CREATE_EVALUATION,
    DELETE_EVALUATION,
    EVALUATION_EVENTS,
    EVALUATION_RESULTS,
    EVALUATIONS_PAGE,
    GET_EVALUATION,
    LEADERBOARD,
    RETRY_EVALUATION,
)
from tunix_rt_client._generated.records import (
    AlignedPromptFields,
    Candidate,
    Comparison,
    EvaluationFields,
    LeaderboardEntry,
)
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.display import card
from tunix_rt_client.errors import BadInput, NotFound
from tunix_rt_client.inputs import input_fields
from tunix_rt_client.records import as_record
from tunix_rt_client.reports import OUTCOMES, Leaderboard, aligned_row
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import pandas


class AlignedPrompts(Collection[AlignedPromptFields]):
    """The prompts of a comparison with one outcome, each with the scores and answers of both candidates."""

    page_document = ALIGNED_PROMPTS_PAGE
    count_document = COUNT_ALIGNED_PROMPTS
    counted_by = frozenset({"id", *OUTCOMES.values()})

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response.

        Raises:
            NotFound: the evaluation was deleted.
        """
        if data["node"] is None:
            raise NotFound("There is no such comparison; its evaluation was deleted.", code="NOT_FOUND")
        (found,) = data["node"].values()
        connection: dict[str, Any] = found
        return connection

    def record_of(self, node: dict[str, Any]) -> AlignedPromptFields:
        """Returns the prompt of one node."""
        return as_record(node, AlignedPromptFields)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the prompts as a data frame: a row a prompt, with the scores and the newest answers of both."""
        columns = ("prompt", "score_a", "score_b", "answer_a", "answer_b", "reference_answer")
        return to_dataframe([dict(zip(columns, aligned_row(found), strict=True)) for found in self], columns)


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

    def prompts(self, pair: Comparison, outcome: str) -> AlignedPrompts:
        """Returns the prompts behind a number of a comparison, with the answers of both candidates.

        Args:
            pair: a comparison of ``results``.
            outcome: ``wins``, ``losses``, ``ties`` or ``both_wrong``.

        Raises:
            BadInput: there is no such outcome.
        """
        if outcome not in OUTCOMES:
            raise BadInput(
                f"outcome must be one of {', '.join(OUTCOMES)}; it is {outcome!r}.",
                code="BAD_USER_INPUT",
                path=["outcome"],
            )
        chosen = {field: name == outcome for name, field in OUTCOMES.items()}
        return AlignedPrompts(self.connection, {"id": pair.id, **chosen})

    def watch(self) -> Evaluation:
        """Shows the evaluation live until it is finished. Lost connections are resumed.

        Raises:
            JobFailed: it did not complete.
        """
        watch_job(self, f"evaluation {self.name}", EVALUATION_EVENTS, "evaluationEvents")
        return self

    def events(self, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yields the evaluation's events from the first one on, live until it is finished, each exactly once."""
        for event in follow(self.connection, EVALUATION_EVENTS, "evaluationEvents", self.id, after):
            yield event

    def cancel(self) -> Evaluation:
        """Requests the cancellation of the evaluation; answers that were generated for it stay."""
        payload = self.connection.mutate(CANCEL_EVALUATION, "cancelEvaluation", {"id": self.id}, repeatable=True)
        return self.copy_from(as_evaluation(payload["evaluation"], self.connection))

    def retry(self) -> Evaluation:
        """Restarts an evaluation that failed, timed out or was cancelled.

        Raises:
            Conflict: it has another status.
        """
        payload = self.connection.mutate(RETRY_EVALUATION, "retryEvaluation", {"id": self.id})
        return self.copy_from(as_evaluation(payload["evaluation"], self.connection))

    def delete(self) -> None:
        """Deletes the evaluation with its results, but no traces and scores.

        Raises:
            Conflict: it is running.
        """
        self.connection.mutate(DELETE_EVALUATION, "deleteEvaluation", {"id": self.id})

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
