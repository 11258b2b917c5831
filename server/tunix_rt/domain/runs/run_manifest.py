"""The manifest of a run: its paths are seen from the run's folder, so that it tells nothing of the machine."""

from __future__ import annotations

import os
from pathlib import Path

from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE
from tunix_rt.domain.runs.manifest import Manifest, manifest_yaml


def run_manifest(config: RunConfig, dataset_key: str, folder: Path, models_folder: Path) -> str:
    """The YAML of a run whose files lie in ``folder``.

    Raises:
        Errors: for values out of their ranges.
    """
    return manifest_yaml(
        Manifest(
            model_id=config.model_id,
            dataset_path=DATASET_FILE,
            dataset_name=dataset_key,
            eval_path=None if config.eval_dataset_id is None else EVAL_FILE,
            models_dir=os.path.relpath(models_folder.resolve(), folder.resolve()),
            output_dir=".",
            training=config.training,
            method=config.method,
            lora=config.lora,
            mesh=config.mesh,
        )
    )
