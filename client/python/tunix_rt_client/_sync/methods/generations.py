# Generated from _async/methods/generations.py: edit that file, then run python client/python/codegen/generate.py.
"""Generations, as the client reads and starts them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client._sync.datasets import Dataset, reference
from tunix_rt_client._sync.generations import Generation, Generations, generation_by_id, new_generation
from tunix_rt_client._sync.methods.base import Methods
from tunix_rt_client._sync.runs import Run
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, order_by_of, run_input


@checks_arguments
class GenerationMethods(Methods):
    """Generations."""

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
