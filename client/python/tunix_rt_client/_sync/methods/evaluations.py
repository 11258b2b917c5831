# Generated from _async/methods/evaluations.py: edit that file, then run python client/python/codegen/generate.py.
"""Evaluations and leaderboards, as the client reads and creates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client._sync.datasets import Dataset, reference
from tunix_rt_client._sync.evaluations import (
    Evaluation,
    Evaluations,
    Candidates,
    candidate_inputs,
    evaluation_by_id,
    leaderboard_of,
    new_evaluation,
)
from tunix_rt_client._sync.methods.base import Methods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, order_by_of, run_input
from tunix_rt_client.reports import Leaderboard


@checks_arguments
class EvaluationMethods(Methods):
    """Evaluations and leaderboards."""

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
