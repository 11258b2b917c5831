"""Groups of traces, the agreement of scorers, and contamination, as the client reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client._async.comparisons import (
    AsyncAgreement,
    AsyncContamination,
    AsyncGroups,
    agreement_of,
    contamination_of,
)
from tunix_rt_client._async.datasets import AsyncDataset, reference
from tunix_rt_client._async.methods.base import AsyncMethods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, order_by_of


@checks_arguments
class AsyncGroupMethods(AsyncMethods):
    """Groups of traces, the agreement of scorers, and contamination."""

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
