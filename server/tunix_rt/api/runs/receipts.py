"""Receipts of runs, and the comparison of a replay with its original."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import strawberry

from tunix_rt.api.execution.fetching import Call
from tunix_rt.api.scalars import BigInt
from tunix_rt.domain.replays.receipts import Receipt, Replay, ReplayVerdict
from tunix_rt.domain.replays.receipts import receipts_of as stored_receipts
from tunix_rt.domain.replays.replays import compared_replays


@strawberry.type(description="A name and a value of a receipt.")
class ReceiptValue:
    name: str = strawberry.field(description="Name of the package or of the environment variable.")
    value: str = strawberry.field(description="Version of the package, or value of the variable.")


@strawberry.type(description="The file of a dataset, as read by an attempt.")
class ReceiptDataset:
    evaluation: bool = strawberry.field(description="Whether it is the evaluation dataset.")
    sha256: str = strawberry.field(description="SHA-256 of the file, in hexadecimal.")
    record_count: BigInt | None = strawberry.field(description="Number of records; null if it was not reported.")
    used_count: BigInt | None = strawberry.field(
        description="Number of records trained on; null if it was not reported."
    )


@strawberry.type(description="Hash of the weights at a step.")
class ReceiptWeights:
    step: int = strawberry.field(description="Training step; 0 before training.")
    sha256: str = strawberry.field(
        description="SHA-256 of the trained parameters, in hexadecimal: of all parameters or of the adapters. Before "
        "training, of all."
    )


@strawberry.type(description="Receipt of an attempt: everything that its weights depend on, with hashes.")
class RunReceipt:
    attempt: int = strawberry.field(description="Number of the attempt, from 1.")
    python: str | None = strawberry.field(description="Version of Python; null if it was not reported.")
    platform: str | None = strawberry.field(description="Operating system and processor; null if it was not reported.")
    devices: list[str] = strawberry.field(description="Devices that JAX trained on.")
    packages: list[ReceiptValue] = strawberry.field(description="Versions of the packages, by name.")
    flags: list[ReceiptValue] = strawberry.field(
        description="Environment variables that change how JAX computes, by name."
    )
    datasets: list[ReceiptDataset] = strawberry.field(description="Files of the training and the evaluation dataset.")
    weights: list[ReceiptWeights] = strawberry.field(
        description="Hashes of the weights before training and at each checkpoint, by step."
    )

    @classmethod
    def of(cls, receipt: Receipt) -> RunReceipt:
        """Converts a stored receipt."""
        content = receipt.content
        return cls(
            attempt=receipt.attempt,
            python=content.get("python"),
            platform=content.get("platform"),
            devices=list(content.get("devices", [])),
            packages=values_of(content.get("versions", {})),
            flags=values_of(content.get("flags", {})),
            datasets=[
                dataset_of(content[name], evaluation=name == "eval_dataset")
                for name in ("dataset", "eval_dataset")
                if "sha256" in content.get(name, {})
            ],
            weights=[ReceiptWeights(step=found.step, sha256=found.sha256) for found in receipt.weights],
        )


@strawberry.type(description="A value in which the receipts of a replay and of its original differ.")
class ReceiptDifference:
    path: str = strawberry.field(description="Path of the value, such as `versions.jax` or `dataset.sha256`.")
    original: str | None = strawberry.field(description="Value in the original; null if it has none.")
    replay: str | None = strawberry.field(description="Value in the replay; null if it has none.")


@strawberry.type(description="Comparison of a replay with its original, by the hashes of their weights.")
class RunReplay:
    verdict: ReplayVerdict = strawberry.field(description="Result of the comparison.")
    step: int = strawberry.field(
        description="Last step whose weights are equal; with DIFFERENT, the first one whose weights differ."
    )
    differences: list[ReceiptDifference] = strawberry.field(
        description="Values in which the receipts of the last attempts differ."
    )

    @classmethod
    def of(cls, found: Replay) -> RunReplay:
        """Converts a comparison."""
        return cls(
            verdict=found.verdict,
            step=found.step,
            differences=[
                ReceiptDifference(
                    path=difference.path,
                    original=text_of(difference.original),
                    replay=text_of(difference.replay),
                )
                for difference in found.differences
            ],
        )


def values_of(found: Mapping[str, Any]) -> list[ReceiptValue]:
    """Converts a mapping, by name."""
    return [ReceiptValue(name=name, value=str(value)) for name, value in sorted(found.items())]


def dataset_of(facts: Mapping[str, Any], *, evaluation: bool) -> ReceiptDataset:
    """Converts the facts of a dataset."""
    return ReceiptDataset(
        evaluation=evaluation, sha256=facts["sha256"], record_count=facts.get("records"), used_count=facts.get("used")
    )


def text_of(value: Any) -> str | None:
    """Returns a value as text: strings plain, all else as JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


async def receipts_of(runs: list[Any], call: Call) -> list[list[RunReceipt]]:
    """Returns each run's receipts."""
    async with call.context.database.read() as session:
        found = await stored_receipts(session, list(dict.fromkeys(run.row_id for run in runs)))
    return [[RunReceipt.of(receipt) for receipt in found[run.row_id]] for run in runs]


async def replays_of(runs: list[Any], call: Call) -> list[RunReplay | None]:
    """Returns the comparison of each run that is a replay."""
    async with call.context.database.read() as session:
        found = await compared_replays(session, list(dict.fromkeys(run.row_id for run in runs)))
    return [RunReplay.of(found[run.row_id]) if run.row_id in found else None for run in runs]
