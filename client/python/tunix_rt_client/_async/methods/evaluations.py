"""Evaluations and leaderboards, as the client reads and creates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client._async.datasets import AsyncDataset, reference
from tunix_rt_client._async.evaluations import (
    AsyncEvaluation,
    AsyncEvaluations,
    Candidates,
    candidate_inputs,
    evaluation_by_id,
    leaderboard_of,
    new_evaluation,
)
from tunix_rt_client._async.methods.base import AsyncMethods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, order_by_of, run_input
from tunix_rt_client.reports import Leaderboard


@checks_arguments
class AsyncEvaluationMethods(AsyncMethods):
    """Evaluations and leaderboards."""

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
