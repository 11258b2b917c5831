# Generated from _async/methods/datasets.py: edit that file, then run python client/python/codegen/generate.py.
"""Datasets, as the client reads and creates them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client._sync.datasets import Dataset, Datasets, dataset_by_id, new_dataset
from tunix_rt_client._sync.methods.base import Methods
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.inputs import Order, input_fields, order_by_of


@checks_arguments
class DatasetMethods(Methods):
    """Datasets."""

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
