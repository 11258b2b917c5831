"""Where the files of a run lie: ``DATA/runs/NAME``, one folder for all its attempts."""

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
"""In a folder whose run is being deleted: if that is interrupted, the next sweep knows what is left to do."""

CHECK_PREFIX = ".check-"
"""Of the folders in which dry runs render what they check."""


def runs_folder(data_dir: Path) -> Path:
    """The folder of all runs."""
    return data_dir / "runs"


def folder_of(data_dir: Path, name: str) -> Path:
    """The folder of the run whose folder has that name."""
    return runs_folder(data_dir) / name


def mark_deleted(folder: Path) -> None:
    """Says in a folder that its run is being deleted; where there is no folder, there is nothing to say."""
    with suppress(FileNotFoundError, NotADirectoryError):
        (folder / DELETED_FILE).touch()


def unmark_deleted(folder: Path) -> None:
    """Takes that back."""
    with suppress(FileNotFoundError, NotADirectoryError):
        (folder / DELETED_FILE).unlink()


def marked_folders(data_dir: Path) -> Iterator[Path]:
    """The folders whose runs were being deleted."""
    yield from (file.parent for file in runs_folder(data_dir).glob(f"*/{DELETED_FILE}"))


def remove(folder: Path) -> None:
    """Removes a folder with everything in it, as far as it can be."""
    shutil.rmtree(folder, ignore_errors=True)
