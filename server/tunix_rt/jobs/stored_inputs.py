"""Copies of what a job needs from the storage, repeated while that cannot be reached."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, TypeVar

from tunix_rt.db.session import Retrying
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE
from tunix_rt.domain.runs.stored_files.fetching import fetch_file
from tunix_rt.domain.runs.stored_files.keys import ArtifactRow
from tunix_rt.domain.storage.base import FileStore, StorageFailed
from tunix_rt.errors import Unavailable
from tunix_rt.jobs.holding import JobFailed

P = ParamSpec("P")
T = TypeVar("T")


async def wait_for_storage(seconds: float, function: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Returns the result of a function that is repeated while the storage cannot be reached.

    Raises:
        JobFailed: it could not be reached for this time.
    """
    try:
        return await Retrying(seconds)(function, *args, **kwargs)
    except Unavailable as error:
        raise JobFailed(error.code, error.message) from error


async def fetch_datasets(storage: FileStore, rows: Sequence[ArtifactRow], folder: Path, seconds: float) -> None:
    """Copies the datasets that are stored; those that cannot be read are left out.

    Args:
        seconds: the time limit of retries.

    Raises:
        JobFailed: the storage could not be reached for too long.
        OSError: the folder cannot be written.
    """
    for row in rows:
        if row.attempt is not None and row.name in {DATASET_FILE, EVAL_FILE}:
            with suppress(StorageFailed):
                await wait_for_storage(seconds, fetch_file, storage, row, folder)
