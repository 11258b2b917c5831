"""Training runs, as the client reads, starts and registers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tunix_rt_client._async.datasets import AsyncDataset, reference
from tunix_rt_client._async.methods.base import AsyncMethods
from tunix_rt_client._async.runs import AsyncRun, AsyncRuns, differences_of, new_run, registered_run, run_by_id
from tunix_rt_client._generated.documents import BASE_MODELS
from tunix_rt_client._generated.records import BaseModelFields
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, order_by_of, run_input
from tunix_rt_client.records import as_record
from tunix_rt_client.reports import Differences


@checks_arguments
class AsyncRunMethods(AsyncMethods):
    """Training runs, and the models that they can start from."""

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
