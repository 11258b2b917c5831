"""The run folder: ``DATA/runs/NAME``, shared by all attempts of a run."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tunix_rt.domain.atomic_files import create_atomically

MANIFEST_FILE = "manifest.yaml"
DATASET_FILE = "dataset.jsonl"
EVAL_FILE = "eval.jsonl"
STDOUT_FILE = "stdout.log"
STDERR_FILE = "stderr.log"

RUN_ID_FILE = ".run-id"
"""Has the id of the run whose folder it is: a later run may have the same name."""

STORED_FILE = ".stored"
"""Marks a folder whose files are all in the storage: a worker removes it once its run is deleted, from wherever."""

DELETED_FILE = ".deleted"
"""Marks a folder whose run is being deleted: if the deletion is interrupted, the next sweep completes it."""

CHECK_PREFIX = ".check-"
"""Prefix of the folders in which dry runs write the files that they check."""


def runs_folder(data_dir: Path) -> Path:
    """Returns the folder of all runs."""
    return data_dir / "runs"


def folder_of(data_dir: Path, name: str) -> Path:
    """Returns the path of the run folder with this name."""
    return runs_folder(data_dir) / name


def adopt(folder: Path, run_id: uuid.UUID) -> None:
    """Creates a run's folder, in place of one that a deleted run of the same name has left on this machine.

    Raises:
        OSError: it cannot be written.
    """
    known = run_id_in(folder)
    if known == run_id:
        return
    if known is not None:
        remove(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another process has adopted it in the meantime
        create_atomically(folder / RUN_ID_FILE, str(run_id).encode())


def run_id_in(folder: Path) -> uuid.UUID | None:
    """Returns the id of the run that a folder belongs to; None if it has none."""
    try:
        return uuid.UUID((folder / RUN_ID_FILE).read_text())
    except (OSError, ValueError):
        return None


def mark_stored(folder: Path) -> None:
    """Marks a folder as one whose files are all in the storage."""
    (folder / STORED_FILE).touch()


def unmark_stored(folder: Path) -> None:
    """Removes the mark of ``mark_stored``: another attempt will change the files."""
    (folder / STORED_FILE).unlink(missing_ok=True)


def run_folders(data_dir: Path) -> list[Path]:
    """Returns the folders that belong to a run."""
    return [file.parent for file in runs_folder(data_dir).glob(f"*/{RUN_ID_FILE}")]


def stored_folders(data_dir: Path) -> dict[uuid.UUID, Path]:
    """Returns the folders that ``mark_stored`` has marked, by the ids of their runs."""
    marked = [file.parent for file in runs_folder(data_dir).glob(f"*/{STORED_FILE}")]
    return {run_id: folder for folder in marked if (run_id := run_id_in(folder)) is not None}


def mark_deleted(folder: Path) -> None:
    """Marks a folder, if it exists, as a folder of a run that is being deleted."""
    with suppress(FileNotFoundError, NotADirectoryError):
        (folder / DELETED_FILE).touch()


def unmark_deleted(folder: Path) -> None:
    """Removes the mark of ``mark_deleted``."""
    with suppress(FileNotFoundError, NotADirectoryError):
        (folder / DELETED_FILE).unlink()


def marked_folders(data_dir: Path) -> Iterator[Path]:
    """Yields the folders that ``mark_deleted`` has marked."""
    yield from (file.parent for file in runs_folder(data_dir).glob(f"*/{DELETED_FILE}"))


def remove(folder: Path) -> None:
    """Removes a folder and its contents, as far as possible."""
    shutil.rmtree(folder, ignore_errors=True)
