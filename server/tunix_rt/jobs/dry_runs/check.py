"""A dry run: checks everything that training needs, without training.

It reads the dataset, writes the manifest and the dataset files, and counts the tokens of every record if the model's
tokenizer is available. The steps and reasons that it reports are the original application's, with real numbers.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Row

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.datasets.storage import overlap
from tunix_rt.domain.exports.dataset_file import TrainingFile, write_members
from tunix_rt.domain.exports.pairs_file import PairsFile, pairs_text, require_pairs, write_pairs
from tunix_rt.domain.generations.training_prompts import PromptsFile, prompts_text, write_prompt_lines
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name
from tunix_rt.domain.runs.files import (
    CHECK_PREFIX,
    DATASET_FILE,
    EVAL_FILE,
    MANIFEST_FILE,
    folder_of,
    remove,
    runs_folder,
)
from tunix_rt.domain.runs.run_manifest import run_manifest
from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.jobs.dry_runs.counting import CheckReport, Counts, RenderedData, TokenCounter, record_length
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.run_models import ModelProvider
from tunix_rt.jobs.supervision.folder import FolderLock
from tunix_rt.jobs.supervision.outcome import error_code_of
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import FORMAT_OF, TrainerErrorCode

YOUNG_SECONDS = 60.0
"""The age in seconds below which a new folder is left to the process that has created it and has yet to lock it."""

SUCCESS = "Dry-run validation successful."


@dataclass
class DryRunResult:
    """The result of a dry run.

    Args:
        message: a short summary.
        stderr: the reason why training could not start.
    """

    status: JobStatus = JobStatus.COMPLETED
    message: str = SUCCESS
    lines: list[str] = field(default_factory=list)
    stderr: str = ""
    error: ErrorCode | None = None
    manifest: str | None = None
    report: CheckReport | None = None

    @property
    def stdout(self) -> str:
        """The summary; empty if training could not start."""
        return "".join(f"{line}\n" for line in self.lines) if self.status is JobStatus.COMPLETED else ""

    def columns(self) -> dict[str, Any]:
        """Returns the result as columns of the run."""
        completed = self.status is JobStatus.COMPLETED
        plan = None if self.report is None else self.report.plan
        return {
            "exit_code": 0 if completed else None,
            "message": self.message,
            "stdout": self.stdout,
            "stderr": self.stderr,
            "manifest": self.manifest,
            "total_steps": None if plan is None else plan.total_steps,
        }


class DryRunFailed(Exception):
    """Training could not start: the original application's words for the failed step, and the reason."""

    def __init__(self, message: str, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.message = message
        self.code = code
        self.reason = reason


async def dry_run(database: Database, settings: Settings, counter: TokenCounter, row: Row[Any] | Any) -> DryRunResult:
    """Performs a dry run. Errors of its inputs are part of the result.

    Args:
        row: the run's, with its id, output_name, dataset_key and config.
    """
    result, redaction = DryRunResult(), PathRedaction(settings)
    try:
        async with check_folder(settings.data_dir) as folder:
            redaction = PathRedaction(settings, folder)
            await run_checks(database, settings, counter, row, folder, result)
    except DryRunFailed as error:
        result.status, result.error = JobStatus.FAILED, error.code
        result.message, result.stderr = error.message, redaction.message(error.reason)
    return result


@asynccontextmanager
async def check_folder(data_dir: Path) -> AsyncIterator[Path]:
    """Creates a folder for the files of one dry run, next to those of runs, so that relative paths are the same."""
    try:
        folder, lock = await asyncio.to_thread(make_check_folder, data_dir)
    except OSError as error:
        raise unwritable(error) from error
    try:
        yield folder
    finally:
        await asyncio.to_thread(remove, folder)
        lock.release()


def unwritable(error: OSError) -> DryRunFailed:
    """Returns the error of a data folder that cannot be written, for example because the disk is full."""
    reason = f"The data folder cannot be written: {error.strerror}."
    return DryRunFailed("File preparation error.", ErrorCode.UNAVAILABLE, reason)


def make_check_folder(data_dir: Path) -> tuple[Path, FolderLock]:
    """Creates the folder and locks it; the lock of a killed process is freed, and a sweep removes its folder.

    Raises:
        OSError: it cannot be created.
    """
    runs_folder(data_dir).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=CHECK_PREFIX, dir=runs_folder(data_dir)))
    try:
        lock = FolderLock.take(folder)
        if lock is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
    except OSError:
        remove(folder)
        raise
    return folder, lock


def remove_abandoned(data_dir: Path) -> None:
    """Removes the folders of dry runs whose process is gone."""
    for folder in runs_folder(data_dir).glob(f"{CHECK_PREFIX}*"):
        with contextlib.suppress(OSError):
            made = time.time() - folder.stat().st_mtime > YOUNG_SECONDS
            lock = FolderLock.take(folder) if made else None
            if lock is not None:
                remove(folder)
                lock.release()


async def run_checks(
    database: Database, settings: Settings, counter: TokenCounter, row: Any, folder: Path, result: DryRunResult
) -> None:
    """Performs the checks in order, and adds a line to the result for each.

    Raises:
        DryRunFailed: at the first that fails.
    """
    config = config_of(row.config)
    name = folder_name(row.id, row.output_name)
    try:
        await ModelProvider(database, settings, 0.0).provide(config.model_id)
        manifest = run_manifest(config, row.dataset_key, folder_of(settings.data_dir, name), settings.models_folder)
        await asyncio.to_thread((folder / MANIFEST_FILE).write_text, manifest, "utf-8")
    except OSError as error:
        raise unwritable(error) from error
    except (TunixRtError, JobFailed) as error:
        raise DryRunFailed("Manifest generation error.", error.code, error.message) from error
    result.manifest = manifest
    train = await render_dataset(database, config, config.dataset_id, folder / DATASET_FILE)
    evaluated = None
    if config.eval_dataset_id is not None:
        evaluated = await render_dataset(database, config, config.eval_dataset_id, folder / EVAL_FILE)
    digests = tuple(found.digest.hexdigest() for found in (train, evaluated) if found is not None)
    report = result.report = await count_tokens(
        counter, RenderedData(folder, folder / MANIFEST_FILE, train.records, digests), config
    )
    shared = await shared_prompts(database, config)
    result.lines = list(summary(row.dataset_key, name, config, manifest, train, report, shared))


async def render_dataset(database: Database, config: RunConfig, dataset_id: Any, path: Path) -> TrainingFile:
    """Writes a dataset to a file, as training reads it.

    Raises:
        DryRunFailed: it does not exist, cannot be written, or is empty.
    """
    try:
        with path.open("wb") as file:
            found = await write_records(database, config, dataset_id, file)
    except TunixRtError as error:
        message = "Dataset not found." if error.code is ErrorCode.NOT_FOUND else "Export validation error."
        raise DryRunFailed(message, error.code, error.message) from error
    except OSError as error:
        raise unwritable(error) from error
    if not found.records:
        reason = f"None of the dataset's {found.missing:,} traces is left: all were deleted."
        raise DryRunFailed("Empty dataset.", ErrorCode.BAD_USER_INPUT, reason)
    return found


async def write_records(database: Database, config: RunConfig, dataset_id: Any, file: BinaryIO) -> TrainingFile:
    """Writes the records that the method trains on; raises BadUserInput if it needs pairs and there are none."""
    if config.grpo is not None:
        return await write_prompt_lines(database, dataset_id, file)
    if config.preference is None:
        return await write_members(database, dataset_id, file, config.template)
    pairs = await write_pairs(database, dataset_id, config.preference, file, config.template)
    require_pairs(pairs, config.preference)
    return pairs


async def count_tokens(counter: TokenCounter, rendering: RenderedData, config: RunConfig) -> CheckReport:
    """Counts the records and tokens that training would use.

    Raises:
        DryRunFailed: training could not start with them.
    """
    try:
        report = await counter.report(rendering, config)
    except OSError as error:
        reason = f"The records cannot be counted: {error.strerror}."
        raise DryRunFailed("Export validation error.", ErrorCode.UNAVAILABLE, reason) from error
    if report.error is not None:
        code = error_code_of(report.error.code)
        message = (
            "Empty dataset."
            if report.error.code == TrainerErrorCode.EMPTY_DATASET.value
            else "Export validation error."
        )
        raise DryRunFailed(message, code, report.error.message)
    return report


async def shared_prompts(database: Database, config: RunConfig) -> int:
    """Returns the number of prompts that the training and the evaluation dataset share."""
    if config.eval_dataset_id is None:
        return 0
    async with database.read() as session:
        return (await overlap(session, config.dataset_id, config.eval_dataset_id)).prompts


def summary(
    dataset_key: str, name: str, config: RunConfig, manifest: str, train: TrainingFile, report: CheckReport, shared: int
) -> Iterator[str]:
    """Yields the lines of a successful dry run."""
    training = config.training
    yield f"Dataset: {dataset_key}"
    yield f"Model: {config.model_id}"
    yield f"Output: runs/{name}"
    yield ""
    deleted = f", {train.missing:,} deleted since it was built" if train.missing else ""
    loaded = loaded_text(train)
    yield f"✓ Dataset loaded: {loaded}{deleted}"
    yield f"✓ Manifest made: {len(manifest.encode()):,} bytes of YAML"
    format = FORMAT_OF[config.method].value
    yield f"✓ Export rendered: {train.records:,} records of {format}, {train.byte_size:,} bytes"
    if report.train is not None:
        yield tokens_line("Tokens", report.train, record_length(config))
    if report.eval is not None:
        yield tokens_line("Evaluation", report.eval, training.max_seq_length)
    if shared:
        prompts = "1 prompt is" if shared == 1 else f"{shared:,} prompts are"
        yield f"! {prompts} in both the training and the evaluation dataset"
    yield ""
    yield f"Learning rate: {training.learning_rate:g}"
    yield f"Epochs: {training.num_epochs}"
    yield f"Batch size: {training.batch_size}"
    yield f"Max sequence length: {training.max_seq_length:,}"
    if config.grpo is not None:
        names = ", ".join(f"{reward.scorer} ({reward.weight:g})" for reward in config.grpo.rewards)
        yield f"Rewards: {names}"
    if report.plan is not None:
        most = "" if report.is_sure else "at most "
        yield f"Steps: {most}{report.plan.steps_per_epoch:,} an epoch, {most}{report.plan.total_steps:,} in all"
        yield from (f"! {warning}" for warning in report.plan.warnings(training))
    yield ""
    yield "Nothing was trained. To train, start the same run with mode TRAIN."


def loaded_text(train: TrainingFile) -> str:
    """Returns the number of records as text, by the kind of record that the method trains on."""
    if isinstance(train, PairsFile):
        return pairs_text(train)
    return prompts_text(train) if isinstance(train, PromptsFile) else f"{train.records:,} traces"


def tokens_line(title: str, counts: Counts, most: int) -> str:
    """Returns the line with the token counts of a dataset."""
    if counts.tokens is None:
        return f"- {title}: {counts.records:,} records, not counted: the model's tokenizer is not available here"
    return (
        f"✓ {title}: {counts.tokens:,} in {counts.used:,} records, {counts.target_tokens or 0:,} of them targets; the "
        f"longest has {counts.longest or 0:,}, {counts.too_long or 0:,} are longer than {most:,} and left out"
    )
