"""Datasets: frozen selections of traces."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunix_rt_client._async.collection import AsyncCollection
from tunix_rt_client._async.comparisons import AsyncContamination, contamination_of
from tunix_rt_client._async.connection import AsyncConnection
from tunix_rt_client._async.exports import AsyncExport, export_to
from tunix_rt_client._async.jobs import AsyncBound, wait_for
from tunix_rt_client._async.trace_rows import AsyncMembers
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
class AsyncDataset(AsyncBound, DatasetFields, kw_only=True, rename="camel", dict=True):
    """An immutable, ordered selection of traces."""

    def traces(self, where: Mapping[str, Any] | None = None) -> AsyncMembers:
        """Returns the dataset's traces in their order, or those of them that match a filter."""

        return AsyncMembers(self.connection, {"id": self.id, "where": where})

    async def __aiter__(self) -> AsyncIterator[Trace]:
        async for trace in self.traces():
            yield trace

    async def refresh(self) -> AsyncDataset:
        """Reads the dataset's current state and returns it."""
        return self.copy_from(await dataset_by_id(self.connection, self.id))

    async def wait(self, timeout: float | None = None) -> AsyncDataset:
        """Waits until the dataset is built.

        Raises:
            JobFailed: it was not.
            WaitTimeout: it was not finished within ``timeout`` seconds.
        """
        await wait_for(self, f"dataset {self.key}", timeout)
        return self

    async def split(self, *, seed: int = 0, version: str | None = None, **parts: float) -> list[AsyncDataset]:
        """Splits the dataset without sharing a prompt: ``train, test = dataset.split(train=0.9, test=0.1)``.

        Args:
            seed: the same seed makes the same parts.
            parts: the name of each part with its fraction (float) or its number of traces (int).
        """
        sizes = [{"name": name, "count" if isinstance(size, int) else "fraction": size} for name, size in parts.items()]
        given = {"id": self.id, "parts": sizes, "seed": seed, "version": version}
        payload = await self.connection.mutate(SPLIT_DATASET, "splitDataset", given, keyed=True)
        return [as_dataset(node, self.connection) for node in payload["datasets"]]

    async def verify(self) -> Verification:
        """Compares the dataset with its checksum and with the current selection of its recipe."""
        payload = await self.connection.mutate(VERIFY_DATASET, "verifyDataset", {"id": self.id}, repeatable=True)
        return as_record(payload["verification"], Verification)

    async def overlap(self, other: AsyncDataset | str) -> Overlap:
        """Returns the prompts and traces that two datasets share."""
        data = await self.connection.execute(DATASET_OVERLAP, {"a": self.id, "b": reference(other)})
        return as_record(data["datasetOverlap"], Overlap)

    async def contamination(self, other: AsyncDataset | str) -> AsyncContamination:
        """Compares the prompts of this dataset, as training data, with those of an evaluation dataset."""
        return await contamination_of(self.connection, self.id, reference(other))

    async def export(
        self, path: str | Path, *, format: str = "TRACE", container: str | None = None, **options: Any
    ) -> AsyncExport:
        """Writes the dataset to a file on the server, downloads it, and checks its SHA-256.

        Args:
            path: the file to write; its suffix names the container, such as ``.jsonl``, ``.csv`` or ``.parquet``.
            format: the schema's ``ExportFormat``.
            container: the schema's ``ExportContainer``, when the suffix does not name it.
            options: further fields of ``StartExportInput`` in Python's spelling: ``include_scores=True``.
        """
        return await export_to(self.connection, path, {"datasetId": self.id, "format": format}, container, options)

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the dataset's traces as a data frame."""
        return await self.traces().to_pandas()

    async def to_hf(self) -> datasets.Dataset:
        """Returns the dataset's traces as a dataset of Hugging Face's library."""
        return await self.traces().to_hf()

    async def delete(self) -> None:
        """Deletes the dataset; its traces stay."""
        await self.connection.mutate(DELETE_DATASET, "deleteDataset", {"id": self.id})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key!r}, {self.trace_count:,} traces, {self.status})"

    def _repr_html_(self) -> str:
        rows = [("Status", self.status), ("Traces", f"{self.trace_count:,}"), ("SHA-256", self.sha256)]
        return card(f"Dataset {self.key}", [*rows, ("Created", f"{self.created_at:%Y-%m-%d %H:%M:%S %Z}")])


class AsyncDatasets(AsyncCollection[AsyncDataset]):
    """Datasets that match a filter, in an order."""

    page_document = DATASETS_PAGE
    count_document = COUNT_DATASETS

    def connection_of(self, data: dict[str, Any]) -> dict[str, Any]:
        """Returns the connection in a response."""
        found: dict[str, Any] = data["datasets"]
        return found

    def record_of(self, node: dict[str, Any]) -> AsyncDataset:
        """Returns the dataset of one node."""
        return as_dataset(node, self.connection)

    async def to_pandas(self) -> pandas.DataFrame:
        """Returns the datasets as a data frame: a row a dataset."""
        columns = ("key", "name", "version", "status", "trace_count", "sha256", "created_at")
        return to_dataframe([{name: getattr(dataset, name) for name in columns} async for dataset in self], columns)


def as_dataset(node: Mapping[str, Any], connection: AsyncConnection) -> AsyncDataset:
    """Returns the dataset of one node."""
    found = as_record(node, AsyncDataset)
    found.bind(connection)
    return found


async def dataset_by_id(connection: AsyncConnection, id: str) -> AsyncDataset:
    """Returns a dataset by its id, UUID or key.

    Raises:
        NotFound: there is none.
    """
    data = await connection.execute(GET_DATASET, {"id": id})
    if data["dataset"] is None:
        raise NotFound(f"There is no dataset {id!r}.", code="NOT_FOUND")
    return as_dataset(data["dataset"], connection)


async def new_dataset(connection: AsyncConnection, given: Mapping[str, Any]) -> AsyncDataset:
    """Creates a dataset and waits until it is built."""
    payload = await connection.mutate(CREATE_DATASET, "createDataset", given, keyed=True)
    return await as_dataset(payload["dataset"], connection).wait()


def reference(dataset: AsyncDataset | str) -> str:
    """Returns the reference to a dataset in the schema: its id, UUID or key."""
    return dataset if isinstance(dataset, str) else dataset.id
