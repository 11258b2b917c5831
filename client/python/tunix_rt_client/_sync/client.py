# Generated from _async/client.py: edit that file, then run python client/python/codegen/generate.py.
"""The client: one object from which everything else is reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tunix_rt_client._sync.comparisons import (
    Agreement,
    Contamination,
    Groups,
    agreement_of,
    contamination_of,
)
from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.datasets import Dataset, Datasets, dataset_by_id, new_dataset, reference
from tunix_rt_client._sync.evaluations import (
    Evaluation,
    Evaluations,
    Candidates,
    candidate_inputs,
    evaluation_by_id,
    leaderboard_of,
    new_evaluation,
)
from tunix_rt_client._sync.generations import Generation, Generations, generation_by_id, new_generation
from tunix_rt_client._sync.imports import AUTO, Columns, add_scores, delete_scores, import_file, import_rows
from tunix_rt_client._sync.live import subscribe
from tunix_rt_client._sync.runs import Run, Runs, differences_of, new_run, registered_run, run_by_id
from tunix_rt_client._sync.traces import Traces
from tunix_rt_client._generated.documents import BASE_MODELS, GET_TRACE, SCORERS
from tunix_rt_client._generated.records import BaseModelFields, ScorerFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.errors import NotFound
from tunix_rt_client.inputs import Order, input_fields, order_by_of, run_input, trace_reference
from tunix_rt_client.local import LocalServer
from tunix_rt_client.records import Trace, as_record
from tunix_rt_client.reports import Differences, ImportReport, Leaderboard


@checks_arguments
class Client:
    """A client of one tunix-rt server.

    Args:
        url: the server's address.
        timeout: seconds that one request may take.
        key: an API key of the server; None for the one in the environment variable ``TUNIX_RT_KEY``, if there is any.
    """

    def __init__(self, url: str = "http://127.0.0.1:8000", *, timeout: float = 60.0, key: str | None = None) -> None:
        self.connection = Connection(url, timeout=timeout, key=key)
        self.server: LocalServer | None = None

    @classmethod
    def local(cls, data_dir: str | Path = ".tunix-rt", *, timeout: float = 60.0) -> Client:
        """Starts a server on a data folder; it stops when the client is closed, or with this process.

        Raises:
            TunixRtError: tunix-rt is not installed, or the server did not start; the message has its log.
        """
        server = LocalServer(Path(data_dir))
        client = cls(server.start(), timeout=timeout)
        client.server = server
        return client

    def close(self) -> None:
        """Closes the connection, and stops the server if ``local`` started it."""
        self.connection.close()
        if self.server is not None:
            self.server.stop()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Executes any operation and returns its data.

        Raises:
            RequestError: the response has a top-level error. Errors in a mutation's payload are part of the data.
            ConnectionLost: there was no answer; the operation is not repeated.
        """
        return self.connection.execute(query, variables, repeatable=False)

    def subscribe(self, query: str, variables: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yields the data of each result of a subscription.

        Raises:
            ConnectionLost: the socket broke.
        """
        for data in subscribe(self.connection, query, variables):
            yield data

    def traces(
        self, where: Mapping[str, Any] | None = None, order_by: Order = None, fields: Sequence[str] | None = None
    ) -> Traces:
        """Returns the traces that a filter matches; nothing is read yet.

        Args:
            where: a ``TraceWhere`` of the schema: ``{"source": {"eq": "gsm8k"}, "stepCount": {"gte": 3}}``.
            order_by: field names of the schema, descending with a minus: ``"-charCount"``.
            fields: the columns of rows and tables, which alone are read: ``["prompt", "score.answer_match"]``.
        """
        found = Traces(self.connection, {"where": where, "orderBy": order_by_of(order_by)})
        return found if fields is None else found.select(fields)

    def trace(self, id: str | tuple[str, str]) -> Trace:
        """Returns a trace by its id or UUID, or by its source and external id: ``("gsm8k", "7")``.

        Raises:
            NotFound: there is none.
            Conflict: several traces have this source and external id.
        """
        given = trace_reference(id)
        data = self.connection.execute(GET_TRACE, given)
        if data["trace"] is None:
            raise NotFound(f"There is no trace {' '.join(given.values())!r}.", code="NOT_FOUND")
        return as_record(data["trace"], Trace)

    def import_traces(
        self,
        source: Any,
        format: str = AUTO,
        *,
        map: Columns | None = None,
        on_error: str = "skip",
        set: Mapping[str, str] | None = None,
    ) -> ImportReport:
        """Streams traces to the server, with progress.

        Args:
            source: a list of dicts, a data frame, a dataset of Hugging Face's library, or the path of a file.
            format: an import format of the server. ``auto`` takes rows as native traces, whose steps may be texts, and
                goes by the suffix of a file.
            map: the column of each field of a trace, for rows and tables: ``{"prompt": "question", ...}``.
            on_error: ``skip`` stores what is valid and reports the rest; ``stop`` raises at the first invalid line.
            set: values for all traces: ``{"source": "mine", "meta.split": "train"}``.

        Raises:
            BadInput: the source is invalid as a whole, or ``on_error`` is ``stop`` and a line is invalid.
        """
        parameters = {"on_error": on_error, "set": [f"{name}:{value}" for name, value in (set or {}).items()]}
        if isinstance(source, (str, Path)):
            return import_file(self.connection, Path(source), format, map, parameters)
        return import_rows(self.connection, source, format, map, parameters)

    def add_scores(self, source: Any, scorer: str, *, kind: str = "MODEL", version: str = "1") -> int:
        """Stores scores of a grader outside the server and returns their number.

        Args:
            source: rows with ``score`` and either ``id``, ``content_hash``, or ``source`` and ``external_id``; optional
                are ``step_index``, ``rationale`` and ``details``.
            kind: ``MODEL`` or ``HUMAN``.
        """
        return add_scores(self.connection, source, scorer, kind, version)

    def delete_scores(self, scores: Iterable[str]) -> int:
        """Deletes scores that people gave by mistake, and returns their number; those deleted before do not count.

        Args:
            scores: ids or UUIDs of scores of the kind ``HUMAN``.

        Raises:
            BadInput: a score is of another kind.
            Forbidden: a score was given with another API key, and the key of this client lacks the scope ADMIN.
        """
        return delete_scores(self.connection, scores)

    def scorers(self) -> list[ScorerFields]:
        """Returns the scorers of the server: name, version, description, range."""
        data = self.connection.execute(SCORERS)
        return [as_record(found, ScorerFields) for found in data["scorers"]]

    def datasets(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> Datasets:
        """Returns the datasets that a filter matches; nothing is read yet."""
        return Datasets(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    def dataset(self, id: str) -> Dataset:
        """Returns a dataset by its id, UUID or key.

        Raises:
            NotFound: there is none.
        """
        return dataset_by_id(self.connection, id)

    def create_dataset(
        self, name: str, version: str, *, where: Mapping[str, Any] | None = None, **more: Any
    ) -> Dataset:
        """Freezes the traces that a filter matches as a dataset.

        Args:
            more: further fields of ``CreateDatasetInput`` in Python's spelling.

        Raises:
            Conflict: the name and version are taken.
        """
        return new_dataset(
            self.connection, {"name": name, "version": version, "where": where, **input_fields(more)}
        )

    def runs(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> Runs:
        """Returns the runs that a filter matches; nothing is read yet.

        Args:
            order_by: field names of the schema, or names of metrics: ``"eval/loss"``.
        """
        return Runs(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    def run(self, id: str) -> Run:
        """Returns a run by its id, UUID or name.

        Raises:
            NotFound: there is none.
        """
        return run_by_id(self.connection, id)

    def start_run(
        self, dataset: Dataset | str, model: str, *, eval_dataset: Dataset | str | None = None, **more: Any
    ) -> Run:
        """Starts a training run and returns it at once; ``run.watch()`` follows it.

        Args:
            dataset: a dataset, or its id, UUID or key.
            model: a base model, such as ``tiny-random/qwen3``.
            eval_dataset: the dataset of the evaluation loss.
            more: further fields of ``StartRunInput`` in Python's spelling: ``method="LORA"``, ``learning_rate=1e-4``.

        Raises:
            BadInput: a parameter is out of range; ``path`` names it.
            Unavailable: Tunix is not installed where the server runs.
        """
        named = {"datasetId": reference(dataset), "modelId": model, "mode": "TRAIN"}
        evaluated = {} if eval_dataset is None else {"evalDatasetId": reference(eval_dataset)}
        return new_run(self.connection, {**named, **evaluated, **run_input(more)})

    def base_models(self) -> list[BaseModelFields]:
        """Returns the base models that the server lists: its folders, trained runs, tiny random ones."""
        data = self.connection.execute(BASE_MODELS)
        return [as_record(found, BaseModelFields) for found in data["baseModels"]]

    def dry_run(
        self, dataset: Dataset | str, model: str, *, eval_dataset: Dataset | str | None = None, **more: Any
    ) -> Run:
        """Checks a training run and counts its tokens, without training; takes the arguments of ``start_run``."""
        checked = {**more, "mode": "DRY_RUN", "wait": True}
        return self.start_run(dataset, model, eval_dataset=eval_dataset, **checked)

    def register_run(
        self,
        model: str,
        name: str | None = None,
        *,
        method: str = "SFT",
        dataset: Dataset | str | None = None,
        parameters: Mapping[str, Any] | None = None,
        total_steps: int | None = None,
    ) -> Run:
        """Registers a run that this program trains itself; ``run.report()`` and ``run.finish()`` report it.

        Args:
            model: the base model, as it is to be shown.
            name: the name of the run, unique among runs.
            method: SFT, LORA, DPO or GRPO: the nearest one.
            dataset: the training dataset, if the server has it.
            parameters: the program's parameters.
        """
        named = {"modelId": model, "outputName": name, "method": method, "parameters": parameters}
        trained = None if dataset is None else reference(dataset)
        return registered_run(self.connection, {**named, "datasetId": trained, "totalSteps": total_steps})

    def compare_runs(self, runs: Sequence[Run | str]) -> Differences:
        """Returns the parameters in which runs differ, each with its value in every run."""
        return differences_of(self.connection, runs)

    def trace_groups(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        scorer: str | None = None,
        correct_at: float = 1.0,
        having: Mapping[str, Any] | None = None,
        order_by: Order = None,
    ) -> Groups:
        """Returns the groups of the traces that a filter matches: several answers to one prompt.

        Args:
            scorer: the scorer of the groups' statistics.
            correct_at: the score from which an answer is correct.
            having: a ``TraceGroupWhere`` of the schema: ``{"correctCount": {"gt": 0}}``.
        """
        given = {"where": where, "scorer": scorer, "correctAt": correct_at, "having": having}
        return Groups(self.connection, {**given, "orderBy": order_by_of(order_by)})

    def scorer_agreement(
        self,
        a: str,
        b: str,
        *,
        where: Mapping[str, Any] | None = None,
        threshold: float = 1.0,
        threshold_b: float | None = None,
    ) -> Agreement:
        """Compares two scorers, such as a grader and a person, on the traces that both have scored.

        Args:
            threshold: the score from which a trace passes with ``a``, and with ``b`` unless ``threshold_b`` is given.
        """
        given = {"a": a, "b": b, "where": where, "threshold": threshold, "thresholdB": threshold_b}
        return agreement_of(self.connection, given)

    def contamination(self, train: Dataset | str, evaluation: Dataset | str) -> Contamination:
        """Compares the prompts of a training dataset with those of an evaluation dataset.

        Raises:
            NotFound: one of them does not exist.
        """
        return contamination_of(self.connection, reference(train), reference(evaluation))

    def start_generation(
        self,
        model: Run | str,
        dataset: Dataset | str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Generation:
        """Lets a model answer the prompts of a dataset or of a filter, and returns the job at once.

        Args:
            model: a run, whose trained model answers, or a model such as ``run:NAME``.
            more: further fields of ``StartGenerationInput`` in Python's spelling: ``samples_per_prompt=4``.
        """
        named = model if isinstance(model, str) else f"run:{model.name}"
        prompts = {"where": where, "datasetId": None if dataset is None else reference(dataset)}
        return new_generation(self.connection, {"modelId": named, **prompts, **run_input(more)})

    def generation(self, id: str) -> Generation:
        """Returns a generation by its id or UUID.

        Raises:
            NotFound: there is none.
        """
        return generation_by_id(self.connection, id)

    def generations(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> Generations:
        """Returns the generations that a filter matches; nothing is read yet."""
        return Generations(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    def create_evaluation(
        self,
        name: str,
        dataset: Dataset | str,
        scorer: str,
        candidates: Candidates,
        **more: Any,
    ) -> Evaluation:
        """Compares candidates on the prompts of a dataset, and returns the job at once; ``wait()`` waits for it.

        Args:
            candidates: by name, a run, a generation, a model, or fields of ``EvaluationCandidateInput``.
            more: further fields of ``CreateEvaluationInput`` in Python's spelling: ``sampling={"temperature": 0}``.
        """
        listed = candidate_inputs(candidates)
        given = {"name": name, "datasetId": reference(dataset), "scorer": scorer, "candidates": listed}
        return new_evaluation(self.connection, {**given, **run_input(more)})

    def evaluation(self, id: str) -> Evaluation:
        """Returns an evaluation by its id, UUID or name.

        Raises:
            NotFound: there is none.
        """
        return evaluation_by_id(self.connection, id)

    def evaluations(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> Evaluations:
        """Returns the evaluations that a filter matches; nothing is read yet."""
        return Evaluations(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    def leaderboard(self, dataset: Dataset | str, scorer: str) -> Leaderboard:
        """Returns the candidates of a dataset's evaluations, each with the range of its rank, the best first."""
        return leaderboard_of(self.connection, reference(dataset), scorer)
