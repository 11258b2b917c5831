"""The trainer's events as rows of the database; the docstring of ``tunix_rt.trainer`` documents their protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.domain.attempts.artifacts import Artifact
from tunix_rt.domain.attempts.batches import TrainingPosition
from tunix_rt.domain.replays.receipts import ReceiptPart, WeightsHash
from tunix_rt.domain.runs.events import Entry, LogLine, MetricPoint, StatePoint, metric_point
from tunix_rt.jobs.supervision.lines import Line
from tunix_rt.trainer.contract import ArtifactKind, DatasetSplit, TrainerEvent, ValueKind

STEPS = range(2**31)
SHA256 = re.compile("[0-9a-f]{64}")
ENVIRONMENT: Mapping[str, type] = {"python": str, "platform": str, "versions": dict, "devices": list, "flags": dict}
"""The fields of an ``env`` event that a receipt has, with their types."""
DATASET_FACTS = ("sha256", "records", "used", "tokens")
"""The fields of a ``dataset`` event that a receipt has."""

TAIL_BYTES = 1 << 16
DATASET_COUNTS = {
    "records": "records",
    "used": "used",
    "tooLong": "too_long",
    "dropped": "dropped",
    "tokens": "tokens",
    "targetTokens": "target_tokens",
    "stepsPerEpoch": "steps_per_epoch",
}
"""The counts of a ``dataset`` event stored as metrics ``dataset/NAME`` (``eval_dataset/NAME``)."""


@dataclass
class EventBatch:
    """The rows that some events of the trainer become.

    Args:
        position: the progress of training before these events.
        attempt: the attempt that holds the run. Only its events change the run's progress; those of an earlier
            attempt, which is over, become log lines and metrics only.
    """

    position: TrainingPosition
    attempt: int
    entries: list[Entry] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    receipts: list[ReceiptPart] = field(default_factory=list)
    weights: list[WeightsHash] = field(default_factory=list)
    progress_point: StatePoint | None = None
    """The newest progress; earlier ones of the same batch are omitted."""

    def set_progress(
        self, position: TrainingPosition, at: datetime, attempt: int, reason: str | None = None
    ) -> StatePoint | None:
        """Sets the run's progress and returns it as a state; returns None, with nothing set, for an earlier attempt."""
        if attempt != self.attempt:
            return None
        self.position = position
        return state(position, at, attempt, reason)

    def close(self) -> list[Entry]:
        """Returns the events in order, the newest progress last."""
        return self.entries + ([self.progress_point] if self.progress_point is not None else [])


def event_of(line: Line) -> dict[str, Any] | None:
    """Parses the event of a line; None if the line has none."""
    try:
        event = msgspec.json.decode(line.head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def last_event(path: Path, attempt: int) -> dict[str, Any] | None:
    """Returns the last event that an attempt has written; None if it wrote none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        event = event_of(Line(line, len(line)))
        if event is not None:
            return event if event.get("attempt") == attempt else None
    return None


def read_event(event: Mapping[str, Any], attempt: int, folder: Path, batch: EventBatch) -> None:
    """Adds an event's rows to the batch; event types unknown to this version are ignored.

    Args:
        attempt: the attempt of an event that does not name one.
    """
    read = READERS.get(event["event"])
    if read is None:
        return
    named = event.get("attempt")
    read(event, time_of(event), named if isinstance(named, int) and named > 0 else attempt, folder, batch)


def time_of(event: Mapping[str, Any]) -> datetime:
    """Returns an event's time; the current time if it has none."""
    try:
        at = datetime.fromisoformat(event["at"])
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.now(UTC)


def step_of(value: Any) -> int | None:
    """Returns the value if it is a step that the database can store; None otherwise."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value in STEPS else None


def number(value: Any) -> float | None:
    """Returns the value if it is a number; None otherwise."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_metric(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, batch: EventBatch) -> None:
    step, name, kind = step_of(event.get("step")), event.get("name"), event.get("kind")
    if step is None or not isinstance(name, str) or "\0" in name or kind not in ValueKind.__members__:
        return
    value = number(event.get("value")) if kind == ValueKind.FINITE.value else None
    if value is not None or kind != ValueKind.FINITE.value:
        batch.entries.append(MetricPoint(at, attempt, name, step, value, ValueKind(kind)))


def read_progress(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, batch: EventBatch) -> None:
    position = TrainingPosition(
        step_of(event.get("step")),
        step_of(event.get("totalSteps")),
        number(event.get("epoch")),
        number(event.get("etaSeconds")),
    )
    batch.progress_point = batch.set_progress(position, at, attempt) or batch.progress_point


def read_dataset(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, batch: EventBatch) -> None:
    training = event.get("split") == DatasetSplit.TRAIN
    prefix = "dataset" if training else "eval_dataset"
    for name, kept in DATASET_COUNTS.items():
        count = number(event.get(name))
        if count is not None:
            batch.entries.append(metric_point(at, attempt, f"{prefix}/{kept}", 0, count))
    facts = {name: event[name] for name in DATASET_FACTS if name in event}
    batch.receipts.append(ReceiptPart(attempt, {prefix: facts}))
    if training:
        batch.set_progress(replace(batch.position, total_steps=step_of(event.get("totalSteps"))), at, attempt)


def read_restored(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, batch: EventBatch) -> None:
    step = step_of(event.get("step"))
    reason = f"It resumes from the checkpoint of step {step or 0:,}."
    if (restored := batch.set_progress(replace(batch.position, step=step), at, attempt, reason)) is not None:
        batch.entries.append(restored)


def read_warning(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, batch: EventBatch) -> None:
    text = str(event.get("message", "")).replace("\0", "\ufffd")
    batch.entries.append(LogLine(at, attempt, LogStream.STDERR, f"warning: {text}"))


def read_environment(event: Mapping[str, Any], _: datetime, attempt: int, __: Path, batch: EventBatch) -> None:
    content = {name: event[name] for name, kind in ENVIRONMENT.items() if isinstance(event.get(name), kind)}
    batch.receipts.append(ReceiptPart(attempt, content))


def read_model(event: Mapping[str, Any], _: datetime, attempt: int, __: Path, batch: EventBatch) -> None:
    add_weights(event, 0, attempt, batch)


def add_weights(event: Mapping[str, Any], step: int | None, attempt: int, batch: EventBatch) -> None:
    """Adds the hash of an event's weights, if it has one."""
    sha256 = event.get("sha256")
    if step is not None and isinstance(sha256, str) and SHA256.fullmatch(sha256):
        batch.weights.append(WeightsHash(attempt, step, sha256))


def read_checkpoint(event: Mapping[str, Any], _: datetime, attempt: int, folder: Path, batch: EventBatch) -> None:
    add_weights(event, step_of(event.get("step")), attempt, batch)
    path = inside(folder, event.get("path"))
    if path is not None:
        batch.artifacts.append(
            Artifact(str(event["path"]), ArtifactKind.CHECKPOINT, size_of(path), step=step_of(event.get("step")))
        )


def read_artifact(event: Mapping[str, Any], _: datetime, __: int, folder: Path, batch: EventBatch) -> None:
    kind, size, sha256 = event.get("kind"), event.get("byteSize"), event.get("sha256")
    if inside(folder, event.get("path")) is None or not isinstance(size, int) or size < 0:
        return
    known = ArtifactKind(kind) if kind in ArtifactKind.__members__ else ArtifactKind.OTHER
    batch.artifacts.append(Artifact(str(event["path"]), known, size, str(sha256) if sha256 else None))


EventReader: TypeAlias = Callable[[Mapping[str, Any], datetime, int, Path, "EventBatch"], None]

READERS: Mapping[str, EventReader] = {
    TrainerEvent.ENV: read_environment,
    TrainerEvent.MODEL: read_model,
    TrainerEvent.METRIC: read_metric,
    TrainerEvent.PROGRESS: read_progress,
    TrainerEvent.DATASET: read_dataset,
    TrainerEvent.RESTORED: read_restored,
    TrainerEvent.WARNING: read_warning,
    TrainerEvent.CHECKPOINT: read_checkpoint,
    TrainerEvent.ARTIFACT: read_artifact,
}


def state(position: TrainingPosition, at: datetime, attempt: int, reason: str | None = None) -> StatePoint:
    """Returns the state of a running run."""
    return StatePoint(
        at,
        attempt,
        JobStatus.RUNNING,
        position.progress,
        position.step,
        position.total_steps,
        position.epoch,
        position.eta_seconds,
        reason,
    )


def inside(folder: Path, path: Any) -> Path | None:
    """Returns an event's path if it exists inside the run's folder; None otherwise."""
    if not isinstance(path, str) or not path or "\0" in path:
        return None
    found = (folder / path).resolve()
    return found if found.is_relative_to(folder.resolve()) and found.exists() else None


def size_of(path: Path) -> int:
    """Returns the size in bytes of a file, or of all files below a folder."""
    return sum(size for _, size in sizes(path))


def sizes(path: Path) -> Iterator[tuple[Path, int]]:
    """Yields each file below a path with its size in bytes."""
    for found in path.rglob("*") if path.is_dir() else [path]:
        try:
            if found.is_file() and not found.is_symlink():
                yield found, found.stat().st_size
        except OSError:
            continue
