# Generated from _async/datasets.py: edit that file, then run python client/python/codegen/generate.py.
"""Datasets: frozen selections of traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunix_rt_client._sync.collection import Collection
from tunix_rt_client._sync.comparisons import Contamination, contamination_of
from tunix_rt_client._sync.connection import Connection
from tunix_rt_client._sync.exports import Export, export_to
from tunix_rt_client._sync.jobs import Bound, wait_for
from tunix_rt_client._sync.trace_rows import Members
from tunix_rt_client._generated.documents import (
    COUNT_DATASETS,
    CREATE_DATASET,
    DATASET_OVERLAP,
    DATASETS_PAGE,
    DELETE_DATASET,
    GET_DATASET,
    SPLIT_DATASET,
    VERIFY_DATASET,
)
from tunix_rt_client._generated.records import DatasetFields, Overlap, Verification
from tunix_rt_client.arguments import checks_arguments
from tunix_rt_client.display import card
from tunix_rt_client.errors import NotFound
from tunix_rt_client.records import Trace, as_record
from tunix_rt_client.tables import to_dataframe

if TYPE_CHECKING:
    import datasets
    import pandas


@checks_arguments
class Dataset(Bound, DatasetFields, kw_only=True, rename="camel", dict=True):
    """An immutable, ordered selection of traces."""

    def traces(self, where: Mapping[str, Any] | None = None) -> Members:
        """Returns the dataset's traces in their order, or those of them that match a filter."""

        return Members(self.connection, {"id": self.id, "where": where})

    def __iter__(self) -> Iterator[Trace]:
        for trace in self.traces():
            yield trace

    def refresh(self) -> Dataset:
        """Reads the dataset's current state and returns it."""
        return self.copy_from(dataset_by_id(self.connection, self.id))

    def wait(self, timeout: float | None = None) -> Dataset:
        """Waits until the dataset is built.

        Raises:
            JobFailed: it was not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        wait_for(self, f"dataset {self.key}", timeout)
        return self

    def split(self, *, seed: int = 0, version: str | None = None, **parts: float) -> list[Dataset]:
        """Splits the dataset without sharing a prompt: ``train, test = dataset.split(train=0.9, test=0.1)``.

        Args:
            seed: the same seed makes the same parts.
            parts: the name of each part with its fraction (float) or its number of traces (int).
        """
        sizes = [{"name": name, "count" if isinstance(size, int) else "fraction": size} for name, size in parts.items()]
        given = {"id": self.id, "parts": sizes, "seed": seed, "version": version}
        payload = self.connection.mutate(SPLIT_DATASET, "splitDataset", given, keyed=True)
        return [as_dataset(node, self.connection) for node in payload["datasets"]]

    def verify(self) -> Verification:
        """Compares the dataset with its checksum and with the current selection of its recipe."""
        payload = self.connection.mutate(VERIFY_DATASET, "verifyDataset", {"id": self.id}, repeatable=True)
        return as_record(payload["verification"], Verification)

    def overlap(self, other: Dataset | str) -> Overlap:
        """Returns the prompts and traces that two datasets share."""
        data = self.connection.execute(DATASET_OVERLAP, {"a": self.id, "b": reference(other)})
        return as_record(data["datasetOverlap"], Overlap)

    def contamination(self, other: Dataset | str) -> Contamination:
        """Compares the prompts of this dataset, as training data, with those of an evaluation dataset."""
        return contamination_of(self.connection, self.id, reference(other))

    def export(
        self, path: str | Path, *, format: str = "TRACE", container: str | None = None, **options: Any
    ) -> Export:
        """Writes the dataset to a file on the server, downloads it, and checks its SHA-256.

        Args:
            path: the file to write; its suffix names the container, such as ``.jsonl``, ``.csv`` or ``.parquet``.
            format: the schema's ``ExportFormat``.
            container: the schema's ``ExportContainer``, when the suffix does not name it.
            options: further fields of ``StartExportInput`` in Python's spelling: ``include_scores=True``.
        """
        return export_to(self.connection, path, {"datasetId": self.id, "format": format}, container, options)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the dataset's traces as a data frame."""
        return self.traces().to_pandas()

    def to_hf(self) -> datasets.Dataset:
        """Returns the dataset's traces as a dataset of Hugging Face's library."""
        return self.traces().to_hf()

    def delete(self) -> None:
        """Deletes the dataset; its traces stay."""
        self.connection.mutate(DELETE_DATASET, "deleteDataset", {"id": self.id})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key!r}, {self.trace_count:,} traces, {self.status})"

    def _repr_html_(self) -> str:
        rows = [("Status", self.status), ("Traces", f"{self.trace_count:,}"), ("SHA-256", self.sha256)]
        return card(f"Dataset {self.key}", [*rows, ("Created", f"{self.created_at:%Y-%m-%d %H:%M:%S %Z}")])


class Datasets(Collection[Dataset]):
    """Datasets that match a filter, in an order."""

    page_document = DATASETS_PAGE
    count_document = COUNT_DATASETS

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["datasets"]
        return found

    def record_of(self, node: dict[str, Any]) -> Dataset:
        """Returns the dataset of one node."""
        return as_dataset(node, self.connection)

    def to_pandas(self) -> pandas.DataFrame:
        """Returns the datasets as a data frame: a row a dataset."""
        columns = ("key", "name", "version", "status", "trace_count", "sha256", "created_at")
        return to_dataframe([{name: getattr(dataset, name) for name in columns} for dataset in self], columns)


def as_dataset(node: Mapping[str, Any], connection: Connection) -> Dataset:
    """Returns the dataset of one node."""
    found = as_record(node, Dataset)
    found.bind(connection)
    return found


def dataset_by_id(connection: Connection, id: str) -> Dataset:
    """Returns a dataset by its id, UUID or key.

    Raises:
        NotFound: there is none.
    """
    data = connection.execute(GET_DATASET, {"id": id})
    if data["dataset"] is None:
        raise NotFound(f"There is no dataset {id!r}.", code="NOT_FOUND")
    return as_dataset(data["dataset"], connection)


def new_dataset(connection: Connection, given: Mapping[str, Any]) -> Dataset:
    """Creates a dataset and waits until it is built."""
    payload = connection.mutate(CREATE_DATASET, "createDataset", given, keyed=True)
    return as_dataset(payload["dataset"], connection).wait()


def reference(dataset: Dataset | str) -> str:
    """Returns the reference to a dataset in the schema: its id, UUID or key."""
    return dataset if isinstance(dataset, str) else dataset.id
