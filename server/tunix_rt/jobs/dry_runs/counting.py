"""Counts the data that training would use, with the trainer's own check, without JAX.

A few records are counted in this process if the tokenizers library is installed; otherwise a process of the trainer's
interpreter counts them. Datasets are immutable, so the counts are cached.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tunix_rt.domain.attempts.dry_runs import CheckReport
from tunix_rt.domain.runs.base_models import model_folder
from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.jobs.supervision.trainer import environment_of, program_of
from tunix_rt.lru import LruMap
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import CONFIG_FILE, MAX_NEW_TOKENS, TOKENIZER_FILE
from tunix_rt.trainer.step_plan import StepPlan

FEW_RECORDS = 5_000
REMEMBERED = 256


@dataclass(frozen=True)
class RenderedData:
    """The files to count.

    Args:
        folder: with the manifest and the dataset files.
        digests: SHA-256 of the datasets, in hexadecimal.
    """

    folder: Path
    manifest: Path
    records: int
    digests: tuple[str, ...]


class TokenCounter:
    """Counts records and tokens, and caches the counts."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: LruMap[Any, CheckReport] = LruMap(REMEMBERED)

    async def report(self, rendering: RenderedData, config: RunConfig) -> CheckReport:
        """Returns the counts and the plan of a training.

        Raises:
            OSError: the check cannot be run.
        """
        key = await asyncio.to_thread(self._key, rendering, config)
        report = self._known.get(key)
        if report is None:
            report = await self._count(rendering)
            if report.ok:
                self._known.put(key, report)
        return msgspec.structs.replace(report, plan=plan_of(report, config))

    def _key(self, rendering: RenderedData, config: RunConfig) -> Any:
        folder = model_folder(self._settings, config.model_id)
        stamps = []
        for name in (CONFIG_FILE, TOKENIZER_FILE):
            with contextlib.suppress(OSError, ValueError):
                found = (folder / name).stat()
                stamps.append((name, found.st_size, found.st_mtime_ns))
        return (config.model_id, tuple(stamps), record_length(config), rendering.digests)

    async def _count(self, rendering: RenderedData) -> CheckReport:
        if rendering.records <= FEW_RECORDS and importlib.util.find_spec("tokenizers") is not None:
            return await asyncio.to_thread(check_here, rendering.manifest)
        return await self._check_elsewhere(rendering)

    async def _check_elsewhere(self, rendering: RenderedData) -> CheckReport:
        process = await asyncio.create_subprocess_exec(
            *program_of(self._settings, "check", str(rendering.manifest)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=rendering.folder,
            env=environment_of(self._settings),
            start_new_session=True,
        )
        try:
            answer, _ = await process.communicate()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return report_of(answer)


def check_here(manifest: Path) -> CheckReport:
    """Runs the check in this process."""
    from tunix_rt.trainer.check import report_on

    return msgspec.convert(report_on(manifest), CheckReport)


def report_of(answer: bytes) -> CheckReport:
    """Parses the report that the check's program has printed.

    Raises:
        OSError: the output is not a report.
    """
    try:
        return msgspec.json.decode(answer, type=CheckReport)
    except msgspec.DecodeError:
        raise OSError(None, "the trainer's interpreter does not answer as the check does") from None


def record_length(config: RunConfig) -> int:
    """Returns the maximum number of tokens of a record, without those that the training samples."""
    if config.grpo is None:
        return config.training.max_seq_length
    sampled = config.grpo.max_new_tokens
    return config.training.max_seq_length - (MAX_NEW_TOKENS if sampled is None else sampled)


def plan_of(report: CheckReport, config: RunConfig) -> StepPlan | None:
    """Returns the plan of a training by the trainer's own rule; the upper bound if tokens are not counted."""
    if report.train is None:
        return None
    used = report.train.records if report.train.used is None else report.train.used
    iterations = config.grpo.num_iterations if config.grpo else None
    return StepPlan.of(used, config.training, iterations or 1)
