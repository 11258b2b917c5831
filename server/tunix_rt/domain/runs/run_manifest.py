"""The manifest of a run. Its paths are relative to the run's folder, so that it reveals nothing about the machine."""

from __future__ import annotations

import os
from pathlib import Path

from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.files import DATASET_FILE, EVAL_FILE
from tunix_rt.domain.runs.manifest import ManifestFields, manifest_yaml


def run_manifest(config: RunConfig, dataset_key: str, folder: Path, models_folder: Path) -> str:
    """Returns the manifest as YAML for a run whose files are in ``folder``.

    Raises:
        ValidationErrors: a value is out of its range.
    """
    return manifest_yaml(
        ManifestFields(
            model_id=config.model_id,
            dataset_path=DATASET_FILE,
            dataset_name=dataset_key,
            eval_path=None if config.eval_dataset_id is None else EVAL_FILE,
            models_dir=os.path.relpath(models_folder.resolve(), folder.resolve()),
            runs_dir=os.pardir,
            output_dir=".",
            training=config.training,
            method=config.method,
            lora=config.lora,
            grpo=config.grpo,
            mesh=config.mesh,
            template=config.template,
        )
    )
