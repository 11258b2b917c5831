"""The check program: counts the records and tokens of a training, without JAX. Dry runs use it.

    python -m tunix_rt.trainer.check <manifest.yaml>

prints one JSON object: ``ok``, ``error`` (``{code, message}``, null if ok) and, as far as it came, ``modelId``,
``source``, ``tokenizer`` (whether one is available locally), ``train``, ``eval`` and ``plan`` as in ``dataset`` events.
Without a tokenizer, as for a model that has not been downloaded yet, only records are counted, and token counts are
null. The exit code is 0 if training could start, else 1. Nothing is written or downloaded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tunix_rt.trainer.contract import ExitCode, TrainerErrorCode
from tunix_rt.trainer.data.datasets import encode_file
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder, load_encoder, train_tokenizer
from tunix_rt.trainer.errors import TrainerError, trainer_error_of
from tunix_rt.trainer.manifest.manifest import Manifest, read_manifest
from tunix_rt.trainer.models.source import ModelOrigin, folder_of, origin_of
from tunix_rt.trainer.step_plan import StepPlan

USAGE = "usage: python -m tunix_rt.trainer.check <manifest.yaml>\n"


def main(arguments: list[str]) -> int:
    """Checks a manifest, prints the report and returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(USAGE)
        return ExitCode.USAGE
    report = report_on(Path(arguments[0]))
    sys.stdout.write(json.dumps(report) + "\n")
    return ExitCode.DONE if report["ok"] else ExitCode.FAILED


def report_on(file: Path) -> dict[str, Any]:
    """Returns the report on a manifest's file."""
    report: dict[str, Any] = {"ok": True, "error": None}
    try:
        check(read_manifest(file), report)
    except (TrainerError, OSError) as error:
        found = trainer_error_of(error)
        report |= {"ok": False, "error": {"code": found.code.value, "message": found.message}}
    return report


def check(manifest: Manifest, report: dict[str, Any]) -> None:
    """Fills the report until the first error.

    Raises:
        TrainerError: the first error that would prevent training.
    """
    source = origin_of(manifest.model)
    report |= {"modelId": manifest.model.model_id, "source": source.value}
    encoder = available_encoder(manifest, source)
    report["tokenizer"] = encoder is not None
    for split, path in (("train", manifest.dataset.path), ("eval", manifest.dataset.eval_path)):
        if path is not None:
            report[split] = count_records(Path(path), manifest, encoder)
    used = report["train"]["used"]
    report["plan"] = None if used is None else StepPlan.of(used, manifest.training, manifest.iterations).counts()


def available_encoder(manifest: Manifest, source: ModelOrigin) -> Encoder | None:
    """Returns the tokenizer that training would use; None if it is not downloaded, or its library is not installed."""
    try:
        if source is ModelOrigin.TINY_RANDOM:
            return Encoder(train_tokenizer(RecordReader(Path(manifest.dataset.path), manifest.dataset.format).texts()))
        folder = folder_of(manifest.model)
        return None if folder is None else load_encoder(folder)
    except ImportError:
        return None


def count_records(path: Path, manifest: Manifest, encoder: Encoder | None) -> dict[str, Any]:
    """Returns the counts of a dataset; without an encoder, of its records only.

    Raises:
        TrainerError: if it cannot be read, or has no training records.
    """
    if encoder is not None:
        return encode_file(path, encoder, manifest).counts()
    records = RecordReader(path, manifest.dataset.format)
    for _ in records:
        pass
    if not records.count:
        raise TrainerError(TrainerErrorCode.EMPTY_DATASET, f"The dataset {path} has no records.")
    unknown = ("used", "tooLong", "dropped", "truncated", "withoutTarget", "tokens", "targetTokens", "longest", "turns")
    known = {"path": str(path), "sha256": records.sha256, "records": records.count}
    return known | dict.fromkeys(unknown)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
