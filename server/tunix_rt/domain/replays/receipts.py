"""Receipts: what each attempt at a run ran with, and the hashes of its weights, by which two runs are compared."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import delete, insert, select

from tunix_rt.db.membership import among
from tunix_rt.db.models import run_receipts, run_weights
from tunix_rt.db.session import Session
from tunix_rt.domain.runs.events import AttemptNumber, Count


@dataclass(frozen=True)
class ReceiptPart:
    """The part of an attempt's receipt that one event reports: values of the environment, or a dataset by its split."""

    attempt: AttemptNumber
    content: Mapping[str, Any]


@dataclass(frozen=True)
class WeightsHash:
    """The SHA-256 of the trained parameters at a step; at step 0, of all parameters before training."""

    attempt: AttemptNumber
    step: Count
    sha256: str


@dataclass
class Receipt:
    """The receipt of one attempt."""

    attempt: int
    content: Mapping[str, Any]
    weights: list[WeightsHash] = field(default_factory=list)


class ReplayVerdict(Enum):
    """The result of a replay: all hashes of weights are equal, those up to a step, or none of them."""

    EQUAL = "EQUAL"
    EQUAL_UNTIL = "EQUAL_UNTIL"
    DIFFERENT = "DIFFERENT"


@dataclass(frozen=True)
class Difference:
    """A value in which two receipts differ, by its dotted path; None where a receipt has no such value."""

    path: str
    original: Any
    replay: Any


@dataclass(frozen=True)
class Replay:
    """The comparison of a run with the run that it replays.

    Args:
        step: the last step whose weights are equal if the verdict is EQUAL or EQUAL_UNTIL, else the first one
            whose weights differ.
    """

    verdict: ReplayVerdict
    step: int
    differences: list[Difference]


async def store_receipts(
    session: Session, run_id: uuid.UUID, parts: Sequence[ReceiptPart], weights: Sequence[WeightsHash]
) -> None:
    """Adds parts to the receipts of a run's attempts, and hashes of weights; of equal steps the newest counts."""
    for attempt in dict.fromkeys(part.attempt for part in parts):
        mine = (run_receipts.c.run_id == run_id) & (run_receipts.c.attempt == attempt)
        content = dict((await session.execute(select(run_receipts.c.content).where(mine))).scalar() or {})
        for part in parts:
            content |= part.content if part.attempt == attempt else {}
        await session.execute(delete(run_receipts).where(mine))
        await session.execute(insert(run_receipts), [{"run_id": run_id, "attempt": attempt, "content": content}])
    for found in {(found.attempt, found.step): found for found in weights}.values():
        key = (run_weights.c.run_id == run_id) & (run_weights.c.attempt == found.attempt)
        await session.execute(delete(run_weights).where(key, run_weights.c.step == found.step))
        await session.execute(insert(run_weights), [{"run_id": run_id, **vars(found)}])


async def receipts_of(session: Session, run_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Receipt]]:
    """Returns the receipts of each run, by attempt."""
    kind = session.dialect.name
    found: dict[uuid.UUID, dict[int, Receipt]] = {run_id: {} for run_id in run_ids}
    query = select(run_receipts).where(among(run_receipts.c.run_id, run_ids, kind))
    for row in await session.execute(query.order_by(run_receipts.c.attempt)):
        found[row.run_id][row.attempt] = Receipt(row.attempt, row.content)
    query = select(run_weights).where(among(run_weights.c.run_id, run_ids, kind))
    for row in await session.execute(query.order_by(run_weights.c.attempt, run_weights.c.step)):
        receipt = found[row.run_id].setdefault(row.attempt, Receipt(row.attempt, {}))
        receipt.weights.append(WeightsHash(row.attempt, row.step, row.sha256))
    return {run_id: [receipts[attempt] for attempt in sorted(receipts)] for run_id, receipts in found.items()}


def compare_receipts(original: Sequence[Receipt], replay: Sequence[Receipt]) -> Replay | None:
    """Compares the receipts of two runs: the weights at all steps that both have, and all other values.

    Returns None if they have no step of training in common.
    """
    before, after = weights_by_step(original), weights_by_step(replay)
    common = sorted(before.keys() & after.keys())
    unequal = next((step for step in common if before[step] != after[step]), None)
    equal = [step for step in common if unequal is None or step < unequal]
    if equal and equal[-1] > 0:
        verdict, step = ReplayVerdict.EQUAL if unequal is None else ReplayVerdict.EQUAL_UNTIL, equal[-1]
    elif unequal is not None:
        verdict, step = ReplayVerdict.DIFFERENT, unequal
    else:
        return None
    return Replay(verdict, step, list(differences(last_content(original), last_content(replay))))


def weights_by_step(receipts: Sequence[Receipt]) -> dict[int, str]:
    """Returns the hash of each step; of several attempts, the newest one's."""
    return {found.step: found.sha256 for receipt in receipts for found in receipt.weights}


def last_content(receipts: Sequence[Receipt]) -> Mapping[str, Any]:
    """Returns the content of the newest receipt, flattened; empty if there is none."""
    return dict(flatten(receipts[-1].content)) if receipts else {}


def flatten(content: Mapping[str, Any], *path: str) -> Iterator[tuple[str, Any]]:
    """Yields every value with its dotted path."""
    for name, value in content.items():
        if isinstance(value, Mapping):
            yield from flatten(value, *path, name)
        else:
            yield ".".join((*path, name)), value


def differences(original: Mapping[str, Any], replay: Mapping[str, Any]) -> Iterator[Difference]:
    """Yields the values in which two flattened receipts differ."""
    for path in sorted(original.keys() | replay.keys()):
        if original.get(path) != replay.get(path):
            yield Difference(path, original.get(path), replay.get(path))
