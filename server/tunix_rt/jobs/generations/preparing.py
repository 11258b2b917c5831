"""Prepares a generation's folder: writes the prompts and the request for the trainer."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any, Protocol

from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.generations.lifecycle import GenerationPlan
from tunix_rt.domain.generations.options import GenerationOptions
from tunix_rt.domain.generations.prompts import Prompt, read_prompts, write_prompts
from tunix_rt.domain.generations.stored_prompts import find_prompts
from tunix_rt.domain.jobs.queue import Hold
from tunix_rt.domain.runs.files import MANIFEST_FILE, folder_of, runs_folder
from tunix_rt.domain.runs.manifest import yaml_text
from tunix_rt.domain.storage.opening import open_storage
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.process import converting_errors
from tunix_rt.jobs.run_models import ModelProvider
from tunix_rt.jobs.stored_inputs import wait_for_storage
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import PROMPTS_FILE, REQUEST_FILE, RUN_PREFIX, ManifestVersion

RETRY_SECONDS = 600.0
"""The time limit of retries while the database is unreachable; then the job is left to another attempt."""


async def prepare(database: Database, settings: Settings, plan: GenerationPlan, folder: Path) -> list[Prompt]:
    """Writes the trainer's inputs and returns the prompts. Prompts of an earlier attempt are kept.

    Raises:
        JobFailed: the folder cannot be written, the source was deleted, or it has no or too many prompts.
        Unavailable: the database was unreachable for too long.
    """
    with converting_errors("The generation's folder cannot be used"):
        await ModelProvider(database, settings).provide(plan.model_id, plan.checkpoint_step)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        if not (folder / PROMPTS_FILE).exists():
            await write_prompts(database, plan.source, plan.options, folder / PROMPTS_FILE, RETRY_SECONDS)
        request = yaml_text(request_of(plan, folder, settings))
        await asyncio.to_thread(write_atomically, folder / REQUEST_FILE, request.encode())
        prompts = await asyncio.to_thread(read_prompts, folder / PROMPTS_FILE)
    if not prompts:
        raise JobFailed(ErrorCode.NOT_FOUND, "There is nothing to answer: no trace is selected.")
    return prompts


async def copy_stored_prompts(settings: Settings, hold: Hold, folder: Path) -> None:
    """Copies the prompts that an earlier attempt without the database has stored, unless the folder has prompts.

    Raises:
        JobFailed: the folder cannot be written, or the storage fails or was unreachable for too long.
    """
    with converting_errors("The generation's folder cannot be used"):
        if hold.attempt == 1 or (folder / PROMPTS_FILE).exists():
            return
        storage = open_storage(settings)
        found = await wait_for_storage(RETRY_SECONDS, find_prompts, storage, hold.id, hold.attempt - 1)
        if found is not None:
            await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
            part = folder / f"{PROMPTS_FILE}.part"
            await wait_for_storage(RETRY_SECONDS, found.copy_to, part)
            await asyncio.to_thread(part.replace, folder / PROMPTS_FILE)


class Answering(Protocol):
    """A generation as its request names it: the model and the options."""

    @property
    def model_id(self) -> str:
        """The model."""

    @property
    def checkpoint_step(self) -> int | None:
        """The step of the run's checkpoint that answers; None for other models."""

    @property
    def options(self) -> GenerationOptions:
        """The options."""


def request_of(plan: Answering, folder: Path, settings: Settings) -> dict[str, Any]:
    """Returns the content of the request. Its paths are relative to the folder."""
    here, runs, options = folder.resolve(), runs_folder(settings.data_dir).resolve(), plan.options
    content: dict[str, Any] = {
        "version": ManifestVersion.V1.value,
        "model": {
            "model_id": plan.model_id,
            "models_dir": os.path.relpath(settings.models_folder.resolve(), here),
            "runs_dir": os.path.relpath(runs, here),
        },
        "prompts_path": PROMPTS_FILE,
        "output_dir": ".",
        "sampling": {
            "samples_per_prompt": options.samples_per_prompt,
            "temperature": options.temperature,
            "top_p": options.top_p,
            "max_new_tokens": options.max_new_tokens,
            "max_prompt_tokens": options.max_prompt_tokens,
            "seed": options.seed,
        },
    }
    if plan.checkpoint_step is not None:
        manifest = folder_of(settings.data_dir, plan.model_id.removeprefix(RUN_PREFIX)).resolve() / MANIFEST_FILE
        content["checkpoint"] = {"manifest": os.path.relpath(manifest, here), "step": plan.checkpoint_step}
    return content
