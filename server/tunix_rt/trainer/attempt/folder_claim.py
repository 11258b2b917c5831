"""The claim on the output folder: by one configuration for good, and by one process at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from tunix_rt.trainer.attempt.saved_checkpoints import steps_saved
from tunix_rt.trainer.contract import TrainerErrorCode
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import Manifest, as_plain

RUN_FILE = "run.json"
LOCK_FILE = ".lock"
IGNORED_KEYS = ("output", "resume", "attempt", "run_id")


def lock_folder(folder: Path) -> int:
    """Creates the folder if necessary and locks it until the process ends.

    Raises:
        TrainerError: CONFLICT if another process holds it, BAD_MANIFEST if it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise TrainerError(TrainerErrorCode.BAD_MANIFEST, f"output.output_dir cannot be written: {error}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise TrainerError(TrainerErrorCode.CONFLICT, f"Another process is training in {folder}.") from None
    return lock


def claim(manifest: Manifest) -> None:
    """Claims the folder for this configuration, or verifies an earlier claim.

    Raises:
        TrainerError: CONFLICT if it is claimed by another configuration; NOT_FOUND for a missing dataset.
    """
    file = manifest.output_dir / RUN_FILE
    wanted = configuration(manifest)
    try:
        found = json.loads(file.read_text())
    except FileNotFoundError:
        write_whole(file, json.dumps(wanted, indent=2) + "\n")
        return
    except ValueError as error:
        raise TrainerError(TrainerErrorCode.CONFLICT, f"{file} cannot be read: {error}") from None
    differing = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if differing:
        differences = "; ".join(f"{name} was {found.get(name)!r}, is {wanted.get(name)!r}" for name in differing)
        raise TrainerError(
            TrainerErrorCode.CONFLICT, f"{manifest.output_dir} belongs to another configuration: {differences}."
        )
    if not manifest.resume and steps_saved(manifest.output_dir):
        raise TrainerError(
            TrainerErrorCode.CONFLICT,
            f"{manifest.output_dir} has checkpoints, and resume is false: name another folder.",
        )


def configuration(manifest: Manifest) -> dict[str, Any]:
    """Returns the values that determine the trained weights, flattened; datasets by their SHA-256, not their path."""
    plain = {name: value for name, value in as_plain(manifest).items() if name not in IGNORED_KEYS}
    flat = dict(flatten(plain, ""))
    for name in ("dataset.path", "dataset.eval_path"):
        path = flat.pop(name)
        flat[name.replace("path", "sha256")] = None if path is None else digest(Path(path))
    for name in ("model.models_dir", "model.runs_dir", "dataset.name"):
        del flat[name]
    return flat


def flatten(value: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    """Flattens nested mappings to dotted paths."""
    found: list[tuple[str, Any]] = []
    for name, inner in value.items():
        path = f"{prefix}.{name}" if prefix else name
        found += flatten(inner, path) if isinstance(inner, dict) else [(path, inner)]
    return found


def digest(path: Path) -> str:
    """Returns the SHA-256 of a dataset's file.

    Raises:
        TrainerError: NOT_FOUND if it does not exist, BAD_DATASET if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise TrainerError(TrainerErrorCode.NOT_FOUND, f"There is no dataset at {path}.") from None
    except OSError as error:
        raise TrainerError(TrainerErrorCode.BAD_DATASET, f"The dataset cannot be read: {error}") from None


def write_whole(file: Path, text: str) -> None:
    """Writes a file atomically."""
    part = file.with_name(file.name + ".part")
    with part.open("w") as content:
        content.write(text)
        content.flush()
        os.fsync(content.fileno())
    part.replace(file)
