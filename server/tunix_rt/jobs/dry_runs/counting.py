"""What training would see of its data: counted by the trainer's own check, without JAX.

Few records are counted in this process, where it has the tokenizers' library; many, or where it has not, in a process
of the interpreter that trains. Datasets never change, so what was counted is remembered.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.domain.runs.manifest import Training
from tunix_rt.jobs.supervision.trainer import environment_of, program_of
from tunix_rt.lru import LruMap
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import CONFIG_FILE, TOKENIZER_FILE, StepPlan

FEW_RECORDS = 5_000
REMEMBERED = 256


class Counts(msgspec.Struct, rename="camel", frozen=True):
    """The counts of a dataset; None where no tokenizer is at hand."""

    records: int
    used: int | None = None
    too_long: int | None = None
    dropped: int | None = None
    without_target: int | None = None
    tokens: int | None = None
    target_tokens: int | None = None
    longest: int | None = None


class CheckError(msgspec.Struct, frozen=True):
    """What would keep training from beginning."""

    code: str
    message: str


class CheckReport(msgspec.Struct, frozen=True):
    """What the check found, as far as it came.

    Args:
        plan: of the run that asked; the program's own answer may be another's that is remembered.
    """

    ok: bool
    error: CheckError | None = None
    source: str | None = None
    tokenizer: bool = False
    train: Counts | None = None
    eval: Counts | None = None
    plan: StepPlan | None = msgspec.field(default=None, name="planned")

    @property
    def is_sure(self) -> bool:
        """Whether the plan is what training would do, and not merely the most."""
        return self.train is not None and self.train.used is not None


@dataclass(frozen=True)
class RenderedData:
    """What is to be counted.

    Args:
        folder: with the manifest and the rendered datasets.
        digests: of those, in hex.
    """

    folder: Path
    manifest: Path
    records: int
    digests: tuple[str, ...]


class TokenCounter:
    """Counts, and remembers."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: LruMap[Any, CheckReport] = LruMap(REMEMBERED)

    async def report(self, rendering: RenderedData, config: RunConfig) -> CheckReport:
        """What training would see.

        Raises:
            OSError: the check cannot be run.
        """
        key = await asyncio.to_thread(self._key, rendering, config)
        report = self._known.get(key)
        if report is None:
            report = await self._count(rendering)
            if report.ok:
                self._known.put(key, report)
        return msgspec.structs.replace(report, plan=planned(report, config.training))

    def _key(self, rendering: RenderedData, config: RunConfig) -> Any:
        folder = self._settings.models_folder / config.model_id
        stamps = []
        for name in (CONFIG_FILE, TOKENIZER_FILE):
            with contextlib.suppress(OSError, ValueError):
                found = (folder / name).stat()
                stamps.append((name, found.st_size, found.st_mtime_ns))
        return (config.model_id, tuple(stamps), config.training.max_seq_length, rendering.digests)

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
    """The check, in this process."""
    from tunix_rt.trainer.check import report_on

    return msgspec.convert(report_on(manifest), CheckReport)


def report_of(answer: bytes) -> CheckReport:
    """The report that the check's program has printed.

    Raises:
        OSError: it printed none.
    """
    try:
        return msgspec.json.decode(answer, type=CheckReport)
    except msgspec.DecodeError:
        raise OSError(None, "the trainer's interpreter does not answer as the check does") from None


def planned(report: CheckReport, training: Training) -> StepPlan | None:
    """The steps of a training by the trainer's own rule; the most there can be, where tokens are not counted."""
    if report.train is None:
        return None
    return StepPlan.of(report.train.records if report.train.used is None else report.train.used, training)
