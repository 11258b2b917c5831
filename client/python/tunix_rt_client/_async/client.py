"""The client: one object from which everything else is reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tunix_rt_client._async.comparisons import (
    AsyncAgreement,
    AsyncContamination,
    AsyncGroups,
    agreement_of,
    contamination_of,
)
from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client._async.datasets import AsyncDataset, AsyncDatasets, dataset_by_id, new_dataset, reference
from tunix_rt_client._async.evaluations import (
    AsyncEvaluation,
    AsyncEvaluations,
    Candidates,
    candidate_inputs,
    evaluation_by_id,
    leaderboard_of,
    new_evaluation,
)
from tunix_rt_client._async.generations import AsyncGeneration, AsyncGenerations, generation_by_id, new_generation
from tunix_rt_client._async.imports import AUTO, Columns, add_scores, delete_scores, import_file, import_rows
from tunix_rt_client._async.live import subscribe
from tunix_rt_client._async.runs import AsyncRun, AsyncRuns, differences_of, new_run, registered_run, run_by_id
from tunix_rt_client._async.traces import AsyncTraces
from tunix_rt_client._generated.documents import BASE_MODELS, GET_TRACE, SCORERS
from tunix_rt_client._generated.records import BaseModelFields, ScorerFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.errors import NotFound
from tunix_rt_client.inputs import Order, input_fields, order_by_of, run_input, trace_reference
from tunix_rt_client.local import LocalServer
from tunix_rt_client.records import Trace, as_record
from tunix_rt_client.reports import Differences, ImportReport, Leaderboard


@checks_arguments
class AsyncClient:
    """A client of one tunix-rt server.

    Args:
        url: the server's address.
        timeout: seconds that one request may take.
        key: an API key of the server; None for the one in the environment variable ``TUNIX_RT_KEY``, if there is any.
    """

    def __init__(self, url: str = "http://127.0.0.1:8000", *, timeout: float = 60.0, key: str | None = None) -> None:
        self.connection = AsyncConnection(url, timeout=timeout, key=key)
        self.server: LocalServer | None = None

    @classmethod
    def local(cls, data_dir: str | Path = ".tunix-rt", *, timeout: float = 60.0) -> AsyncClient:
        """Starts a server on a data folder; it stops when the client is closed, or with this process.

        Raises:
            TunixRtError: tunix-rt is not installed, or the server did not start; the message has its log.
        """
        server = LocalServer(Path(data_dir))
        client = cls(server.start(), timeout=timeout)
        client.server = server
        return client

    async def aclose(self) -> None:
        """Closes the connection, and stops the server if ``local`` started it."""
        await self.connection.aclose()
        if self.server is not None:
            self.server.stop()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Executes any operation and returns its data.

        Raises:
            RequestError: the response has a top-level error. Errors in a mutation's payload are part of the data.
            ConnectionLost: there was no answer; the operation is not repeated.
        """
        return await self.connection.execute(query, variables, repeatable=False)

    async def subscribe(self, query: str, variables: Mapping[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yields the data of each result of a subscription.

        Raises:
            ConnectionLost: the socket broke.
        """
        async for data in subscribe(self.connection, query, variables):
            yield data

    def traces(
        self, where: Mapping[str, Any] | None = None, order_by: Order = None, fields: Sequence[str] | None = None
    ) -> AsyncTraces:
        """Returns the traces that a filter matches; nothing is read yet.

        Args:
            where: a ``TraceWhere`` of the schema: ``{"source": {"eq": "gsm8k"}, "stepCount": {"gte": 3}}``.
            order_by: field names of the schema, descending with a minus: ``"-charCount"``.
            fields: the columns of rows and tables, which alone are read: ``["prompt", "score.answer_match"]``.
        """
        found = AsyncTraces(self.connection, {"where": where, "orderBy": order_by_of(order_by)})
        return found if fields is None else found.select(fields)

    async def trace(self, id: str | tuple[str, str]) -> Trace:
        """Returns a trace by its id or UUID, or by its source and external id: ``("gsm8k", "7")``.

        Raises:
            NotFound: there is none.
            Conflict: several traces have this source and external id.
        """
        given = trace_reference(id)
        data = await self.connection.execute(GET_TRACE, given)
        if data["trace"] is None:
            raise NotFound(f"There is no trace {' '.join(given.values())!r}.", code="NOT_FOUND")
        return as_record(data["trace"], Trace)

    async def import_traces(
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
            return await import_file(self.connection, Path(source), format, map, parameters)
        return await import_rows(self.connection, source, format, map, parameters)

    async def add_scores(self, source: Any, scorer: str, *, kind: str = "MODEL", version: str = "1") -> int:
        """Stores scores of a grader outside the server and returns their number.

        Args:
            source: rows with ``score`` and either ``id``, ``content_hash``, or ``source`` and ``external_id``; optional
                are ``step_index``, ``rationale`` and ``details``.
            kind: ``MODEL`` or ``HUMAN``.
        """
        return await add_scores(self.connection, source, scorer, kind, version)

    async def delete_scores(self, scores: Iterable[str]) -> int:
        """Deletes scores that people gave by mistake, and returns their number; those deleted before do not count.

        Args:
            scores: ids or UUIDs of scores of the kind ``HUMAN``.

        Raises:
            BadInput: a score is of another kind.
            Forbidden: a score was given with another API key, and the key of this client lacks the scope ADMIN.
        """
        return await delete_scores(self.connection, scores)

    async def scorers(self) -> list[ScorerFields]:
        """Returns the scorers of the server: name, version, description, range."""
        data = await self.connection.execute(SCORERS)
        return [as_record(found, ScorerFields) for found in data["scorers"]]

    def datasets(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> AsyncDatasets:
        """Returns the datasets that a filter matches; nothing is read yet."""
        return AsyncDatasets(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    async def dataset(self, id: str) -> AsyncDataset:
        """Returns a dataset by its id, UUID or key.

        Raises:
            NotFound: there is none.
        """
        return await dataset_by_id(self.connection, id)

    async def create_dataset(
        self, name: str, version: str, *, where: Mapping[str, Any] | None = None, **more: Any
    ) -> AsyncDataset:
        """Freezes the traces that a filter matches as a dataset.

        Args:
            more: further fields of ``CreateDatasetInput`` in Python's spelling.

        Raises:
            Conflict: the name and version are taken.
        """
        return await new_dataset(
            self.connection, {"name": name, "version": version, "where": where, **input_fields(more)}
        )

    def runs(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> AsyncRuns:
        """Returns the runs that a filter matches; nothing is read yet.

        Args:
            order_by: field names of the schema, or names of metrics: ``"eval/loss"``.
        """
        return AsyncRuns(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    async def run(self, id: str) -> AsyncRun:
        """Returns a run by its id, UUID or name.

        Raises:
            NotFound: there is none.
        """
        return await run_by_id(self.connection, id)

    async def start_run(
        self, dataset: AsyncDataset | str, model: str, *, eval_dataset: AsyncDataset | str | None = None, **more: Any
    ) -> AsyncRun:
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
        return await new_run(self.connection, {**named, **evaluated, **run_input(more)})

    async def base_models(self) -> list[BaseModelFields]:
        """Returns the base models that the server lists: its folders, trained runs, tiny random ones."""
        data = await self.connection.execute(BASE_MODELS)
        return [as_record(found, BaseModelFields) for found in data["baseModels"]]

    async def dry_run(
        self, dataset: AsyncDataset | str, model: str, *, eval_dataset: AsyncDataset | str | None = None, **more: Any
    ) -> AsyncRun:
        """Checks a training run and counts its tokens, without training; takes the arguments of ``start_run``."""
        checked = {**more, "mode": "DRY_RUN", "wait": True}
        return await self.start_run(dataset, model, eval_dataset=eval_dataset, **checked)

    async def register_run(
        self,
        model: str,
        name: str | None = None,
        *,
        method: str = "SFT",
        dataset: AsyncDataset | str | None = None,
        parameters: Mapping[str, Any] | None = None,
        total_steps: int | None = None,
    ) -> AsyncRun:
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
        return await registered_run(self.connection, {**named, "datasetId": trained, "totalSteps": total_steps})

    async def compare_runs(self, runs: Sequence[AsyncRun | str]) -> Differences:
        """Returns the parameters in which runs differ, each with its value in every run."""
        return await differences_of(self.connection, runs)

    def trace_groups(
        self,
        where: Mapping[str, Any] | None = None,
        *,
        scorer: str | None = None,
        correct_at: float = 1.0,
        having: Mapping[str, Any] | None = None,
        order_by: Order = None,
    ) -> AsyncGroups:
        """Returns the groups of the traces that a filter matches: several answers to one prompt.

        Args:
            scorer: the scorer of the groups' statistics.
            correct_at: the score from which an answer is correct.
            having: a ``TraceGroupWhere`` of the schema: ``{"correctCount": {"gt": 0}}``.
        """
        given = {"where": where, "scorer": scorer, "correctAt": correct_at, "having": having}
        return AsyncGroups(self.connection, {**given, "orderBy": order_by_of(order_by)})

    async def scorer_agreement(
        self,
        a: str,
        b: str,
        *,
        where: Mapping[str, Any] | None = None,
        threshold: float = 1.0,
        threshold_b: float | None = None,
    ) -> AsyncAgreement:
        """Compares two scorers, such as a grader and a person, on the traces that both have scored.

        Args:
            threshold: the score from which a trace passes with ``a``, and with ``b`` unless ``threshold_b`` is given.
        """
        given = {"a": a, "b": b, "where": where, "threshold": threshold, "thresholdB": threshold_b}
        return await agreement_of(self.connection, given)

    async def contamination(self, train: AsyncDataset | str, evaluation: AsyncDataset | str) -> AsyncContamination:
        """Compares the prompts of a training dataset with those of an evaluation dataset.

        Raises:
            NotFound: one of them does not exist.
        """
        return await contamination_of(self.connection, reference(train), reference(evaluation))

    async def start_generation(
        self,
        model: AsyncRun | str,
        dataset: AsyncDataset | str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> AsyncGeneration:
        """Lets a model answer the prompts of a dataset or of a filter, and returns the job at once.

        Args:
            model: a run, whose trained model answers, or a model such as ``run:NAME``.
            more: further fields of ``StartGenerationInput`` in Python's spelling: ``samples_per_prompt=4``.
        """
        named = model if isinstance(model, str) else f"run:{model.name}"
        prompts = {"where": where, "datasetId": None if dataset is None else reference(dataset)}
        return await new_generation(self.connection, {"modelId": named, **prompts, **run_input(more)})

    async def generation(self, id: str) -> AsyncGeneration:
        """Returns a generation by its id or UUID.

        Raises:
            NotFound: there is none.
        """
        return await generation_by_id(self.connection, id)

    def generations(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> AsyncGenerations:
        """Returns the generations that a filter matches; nothing is read yet."""
        return AsyncGenerations(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    async def create_evaluation(
        self,
        name: str,
        dataset: AsyncDataset | str,
        scorer: str,
        candidates: Candidates,
        **more: Any,
    ) -> AsyncEvaluation:
        """Compares candidates on the prompts of a dataset, and returns the job at once; ``wait()`` waits for it.

        Args:
            candidates: by name, a run, a generation, a model, or fields of ``EvaluationCandidateInput``.
            more: further fields of ``CreateEvaluationInput`` in Python's spelling: ``sampling={"temperature": 0}``.
        """
        listed = candidate_inputs(candidates)
        given = {"name": name, "datasetId": reference(dataset), "scorer": scorer, "candidates": listed}
        return await new_evaluation(self.connection, {**given, **run_input(more)})

    async def evaluation(self, id: str) -> AsyncEvaluation:
        """Returns an evaluation by its id, UUID or name.

        Raises:
            NotFound: there is none.
        """
        return await evaluation_by_id(self.connection, id)

    def evaluations(self, where: Mapping[str, Any] | None = None, order_by: Order = None) -> AsyncEvaluations:
        """Returns the evaluations that a filter matches; nothing is read yet."""
        return AsyncEvaluations(self.connection, {"where": where, "orderBy": order_by_of(order_by)})

    async def leaderboard(self, dataset: AsyncDataset | str, scorer: str) -> Leaderboard:
        """Returns the candidates of a dataset's evaluations, each with the range of its rank, the best first."""
        return await leaderboard_of(self.connection, reference(dataset), scorer)
