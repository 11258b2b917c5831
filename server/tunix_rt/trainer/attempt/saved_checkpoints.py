"""Checkpoint folders: listing them, and setting aside or removing unusable ones."""

from __future__ import annotations

import shutil
from pathlib import Path

from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER


def steps_saved(output: Path) -> list[int]:
    """Returns the steps of the complete checkpoints, in order."""
    folder = output / CHECKPOINTS_FOLDER
    return sorted(int(found.name) for found in folder.glob("*") if found.is_dir() and found.name.isdecimal())


def set_aside(output: Path, step: int) -> Path:
    """Renames a checkpoint that cannot be read, without deleting it."""
    folder = output / CHECKPOINTS_FOLDER / str(step)
    aside = folder.with_name(f"{step}.unreadable")
    shutil.rmtree(aside, ignore_errors=True)
    return folder.rename(aside)


def remove_from(output: Path, first: int) -> None:
    """Removes the checkpoints from step ``first`` on, whose weights are not finite."""
    for step in steps_saved(output):
        if step >= first:
            shutil.rmtree(output / CHECKPOINTS_FOLDER / str(step))
