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
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Row

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.session import Database
from tunix_rt.domain.attempts.dry_runs import CheckReport, Counts, DryRunResult
from tunix_rt.domain.runs.config import RunConfig, config_of, folder_name, run_manifest
from tunix_rt.domain.runs.files import CHECK_PREFIX, MANIFEST_FILE, folder_of, remove, runs_folder
from tunix_rt.errors import ErrorCode, TunixRtError
from tunix_rt.jobs.dry_runs.base import CheckedFile, CheckedRun, CheckInputs, DryRunFailed, unwritable
from tunix_rt.jobs.dry_runs.counting import RenderedData, TokenCounter, record_length
from tunix_rt.jobs.dry_runs.inputs import DatabaseInputs
from tunix_rt.jobs.holding import JobFailed
from tunix_rt.jobs.path_redaction import PathRedaction
from tunix_rt.jobs.supervision.folder import FolderLock
from tunix_rt.jobs.supervision.outcome import error_code_of
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import FORMAT_OF, TrainerErrorCode

YOUNG_SECONDS = 60.0
"""The age in seconds below which a new folder is left to the process that has created it and has yet to lock it."""


async def dry_run(database: Database, settings: Settings, counter: TokenCounter, row: Row[Any] | Any) -> DryRunResult:
    """Performs a dry run on the database. Errors of its inputs are part of the result.

    Args:
        row: the run's, with its id, output_name, dataset_key and config.
    """
    config = config_of(row.config)
    run = CheckedRun(folder_name(row.id, row.output_name), row.dataset_key, config)
    return await check_inputs(DatabaseInputs(database, settings, config), settings, counter, run)


async def check_inputs(inputs: CheckInputs, settings: Settings, counter: TokenCounter, run: CheckedRun) -> DryRunResult:
    """Checks the inputs of a run. Their errors are part of the result."""
    result, redaction = DryRunResult(), PathRedaction(settings)
    try:
        async with check_folder(settings.data_dir) as folder:
            redaction = PathRedaction(settings, folder)
            await run_checks(inputs, settings, counter, run, folder, result)
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
    inputs: CheckInputs, settings: Settings, counter: TokenCounter, run: CheckedRun, folder: Path, result: DryRunResult
) -> None:
    """Performs the checks in order, and adds a line to the result for each.

    Raises:
        DryRunFailed: at the first that fails.
    """
    config = run.config
    try:
        await inputs.provide_model()
        manifest = run_manifest(config, run.dataset_key, folder_of(settings.data_dir, run.name), settings.models_folder)
        await asyncio.to_thread((folder / MANIFEST_FILE).write_text, manifest, "utf-8")
    except OSError as error:
        raise unwritable(error) from error
    except (TunixRtError, JobFailed) as error:
        raise DryRunFailed("Manifest generation error.", error.code, error.message) from error
    result.manifest = manifest
    files = await inputs.write(folder)
    rendered = RenderedData(folder, folder / MANIFEST_FILE, files[0].records, tuple(file.sha256 for file in files))
    report = result.report = await count_tokens(counter, rendered, config)
    result.lines = list(summary(run, manifest, files[0], report, await inputs.warnings()))


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


def summary(
    run: CheckedRun, manifest: str, train: CheckedFile, report: CheckReport, warnings: Sequence[str]
) -> Iterator[str]:
    """Yields the lines of a successful dry run."""
    config = run.config
    training = config.training
    yield f"Dataset: {run.dataset_key}"
    yield f"Model: {config.model_id}"
    yield f"Output: runs/{run.name}"
    yield ""
    yield f"✓ Dataset loaded: {train.contents}"
    yield f"✓ Manifest made: {len(manifest.encode()):,} bytes of YAML"
    format = FORMAT_OF[config.method].value
    yield f"✓ Export rendered: {train.records:,} records of {format}, {train.byte_size:,} bytes"
    if report.train is not None:
        yield tokens_line("Tokens", report.train, record_length(config))
    if report.eval is not None:
        yield tokens_line("Evaluation", report.eval, training.max_seq_length)
    yield from (f"! {warning}" for warning in warnings)
    yield ""
    yield f"Learning rate: {training.learning_rate:g}"
    yield f"Epochs: {training.num_epochs}"
    yield f"Batch size: {training.batch_size}"
    yield f"Max sequence length: {training.max_seq_length:,}"
    if config.grpo is not None:
        names = ", ".join(f"{reward.scorer} ({reward.weight:g})" for reward in config.grpo.rewards)
        yield f"Rewards: {names}"
    if report.plan is not None:
        bound = "" if report.is_sure else "at most "
        yield f"Steps: {bound}{report.plan.steps_per_epoch:,} an epoch, {bound}{report.plan.total_steps:,} in total"
        yield from (f"! {warning}" for warning in report.plan.warnings(training))
    yield ""
    yield "Nothing was trained. To train, start the same run with mode TRAIN."


def tokens_line(title: str, counts: Counts, maximum: int) -> str:
    """Returns the line with the token counts of a dataset."""
    if counts.tokens is None:
        return f"- {title}: {counts.records:,} records, not counted: the model's tokenizer is not available here"
    return (
        f"✓ {title}: {counts.tokens:,} in {counts.used:,} records, {counts.target_tokens or 0:,} of them targets; the "
        f"longest has {counts.longest or 0:,}, {counts.too_long or 0:,} are longer than {maximum:,} and left out"
    )
