"""The run folder: ``DATA/runs/NAME``, shared by all attempts of a run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MANIFEST_FILE = "manifest.yaml"
DATASET_FILE = "dataset.jsonl"
EVAL_FILE = "eval.jsonl"
STDOUT_FILE = "stdout.log"
STDERR_FILE = "stderr.log"

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


def mark_deleted(folder: Path) -> None:
    """Marks a folder, if it exists, as that of a run that is being deleted."""
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
