"""Datasets, as the client reads and creates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client._async.datasets import AsyncDataset, AsyncDatasets, dataset_by_id, new_dataset
from tunix_rt_client._async.methods.base import AsyncMethods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, input_fields, order_by_of


@checks_arguments
class AsyncDatasetMethods(AsyncMethods):
    """Datasets."""

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
