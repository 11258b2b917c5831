"""The program that counts what training would see, without JAX: for dry runs.

    python -m tunix_rt.trainer.check <manifest.yaml>

prints one JSON object: ``ok``, ``error`` (``{code, message}``, null if ok) and, as far as it came, ``modelId``,
``source``, ``tokenizer`` (whether one is at hand), ``train``, ``eval`` and ``plan`` as in ``dataset`` events.
Without a tokenizer, as of a model that is yet to be downloaded, records are counted, and what hangs on tokens is null.
The exit code is 0 if training could begin, else 1. Nothing is written and nothing is downloaded.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tunix_rt.trainer.contract import ExitCode, StepPlan, TrainerErrorCode
from tunix_rt.trainer.data.encoding import encode_dataset
from tunix_rt.trainer.data.records import Records
from tunix_rt.trainer.data.tokens import Encoder, load_encoder, train_tokenizer
from tunix_rt.trainer.errors import TrainerError, trainer_error_of
from tunix_rt.trainer.manifest.manifest import Manifest, read_manifest
from tunix_rt.trainer.models.source import Source, folder_of, source_of

USAGE = "usage: python -m tunix_rt.trainer.check <manifest.yaml>\n"


def main(arguments: list[str]) -> int:
    """Checks a manifest and prints the report; the exit code."""
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
    """Fills in the report as far as it comes.

    Raises:
        TrainerError: the first thing that would keep training from beginning.
    """
    source = source_of(manifest.model)
    report |= {"modelId": manifest.model.model_id, "source": source.value}
    encoder = encoder_at_hand(manifest, source)
    report["tokenizer"] = encoder is not None
    for split, path in (("train", manifest.dataset.path), ("eval", manifest.dataset.eval_path)):
        if path is not None:
            report[split] = counted(Path(path), manifest, encoder)
    used = report["train"]["used"]
    report["plan"] = None if used is None else StepPlan.of(used, manifest.training).counts()


def encoder_at_hand(manifest: Manifest, source: Source) -> Encoder | None:
    """The tokenizer that training would use, None if it would have to be downloaded or cannot be run here."""
    try:
        if source is Source.TINY_RANDOM:
            return Encoder(train_tokenizer(Records(Path(manifest.dataset.path))))
        folder = folder_of(manifest.model)
        return None if folder is None else load_encoder(folder)
    except ImportError:
        return None


def counted(path: Path, manifest: Manifest, encoder: Encoder | None) -> dict[str, Any]:
    """The counts of a dataset; without an encoder, of its records only.

    Raises:
        TrainerError: if it cannot be read, or nothing can be learnt from it.
    """
    if encoder is not None:
        return encode_dataset(path, encoder, manifest.training.max_seq_length, manifest.dataset.too_long).counts()
    records = Records(path)
    for _ in records:
        pass
    if not records.count:
        raise TrainerError(TrainerErrorCode.EMPTY_DATASET, f"The dataset {path} has no records.")
    unknown = ("used", "tooLong", "dropped", "truncated", "withoutTarget", "tokens", "targetTokens", "longest", "turns")
    known = {"path": str(path), "sha256": records.sha256, "records": records.count}
    return known | dict.fromkeys(unknown)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
