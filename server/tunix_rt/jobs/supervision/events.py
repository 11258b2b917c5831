"""What the trainer's events mean in the database; their protocol is in the docstring of ``tunix_rt.trainer``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import LogStream
from tunix_rt.domain.runs.events import Entry, LogLine, MetricPoint, StatePoint, metric_point
from tunix_rt.jobs.supervision.lines import Line
from tunix_rt.trainer.contract import ArtifactKind, DatasetSplit, TrainerEvent, ValueKind

STEPS = range(2**31)
TAIL_BYTES = 1 << 16
OF_COMPLETED = {
    "records": "records",
    "used": "used",
    "tooLong": "too_long",
    "dropped": "dropped",
    "tokens": "tokens",
    "targetTokens": "target_tokens",
    "stepsPerEpoch": "steps_per_epoch",
}
"""The counts of a ``dataset`` event that are kept as metrics ``dataset/NAME`` (``eval_dataset/NAME``)."""


@dataclass
class TrainingPosition:
    """How far training is, as the run's row has it."""

    step: int | None = None
    total_steps: int | None = None
    epoch: float | None = None
    eta_seconds: float | None = None

    @property
    def progress(self) -> float:
        """Between 0 and 1, and 1 only when all is done."""
        return min((self.step or 0) / self.total_steps, 0.99) if self.total_steps else 0.0

    def columns(self) -> dict[str, Any]:
        """What the ledger says of it."""
        named = {name: getattr(self, name) for name in ("step", "total_steps", "epoch", "eta_seconds")}
        return named | {"progress": self.progress}


@dataclass(frozen=True)
class Artifact:
    """A file, or a folder, that a run has made.

    Args:
        name: its path below the run's folder.
    """

    name: str
    kind: ArtifactKind
    byte_size: int
    sha256: str | None = None
    step: int | None = None


@dataclass
class EventBatch:
    """What some events come to.

    Args:
        place: how far training was before them.
        attempt: whose process the run is held by now. Only its events say how the run stands: what an earlier attempt
            has left is passed on as lines and measurements, since that attempt is over.
    """

    place: TrainingPosition
    attempt: int
    entries: list[Entry] = field(default_factory=list)
    artifacts: list[Artifact] = field(default_factory=list)
    progress_point: StatePoint | None = None
    """The newest progress; earlier ones of the same reading are left out."""

    def stands(
        self, place: TrainingPosition, at: datetime, attempt: int, reason: str | None = None
    ) -> StatePoint | None:
        """Takes a place for the run's own and gives it as a state; neither for that of an attempt which is over."""
        if attempt != self.attempt:
            return None
        self.place = place
        return state(place, at, attempt, reason)

    def close(self) -> list[Entry]:
        """The entries in order, the newest progress last."""
        return self.entries + ([self.progress_point] if self.progress_point is not None else [])


def event_of(line: Line) -> dict[str, Any] | None:
    """The event of a line; None for a line that is none."""
    try:
        event = msgspec.json.decode(line.head)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def last_event(path: Path, attempt: int) -> dict[str, Any] | None:
    """The last event that an attempt has written; None if it wrote none."""
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


def read_event(event: Mapping[str, Any], attempt: int, folder: Path, reading: EventBatch) -> None:
    """Adds what an event means; one that this version does not know means nothing.

    Args:
        attempt: whose it is if it does not say.
    """
    read = READERS.get(event["event"])
    if read is None:
        return
    said = event.get("attempt")
    read(event, when(event), said if isinstance(said, int) and said > 0 else attempt, folder, reading)


def when(event: Mapping[str, Any]) -> datetime:
    """An event's time; now if it has none."""
    try:
        at = datetime.fromisoformat(event["at"])
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.now(UTC)


def whole(value: Any) -> int | None:
    """A step that the database can hold, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value in STEPS else None


def number(value: Any) -> float | None:
    """A number, or None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_metric(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, reading: EventBatch) -> None:
    step, name, kind = whole(event.get("step")), event.get("name"), event.get("kind")
    if step is None or not isinstance(name, str) or "\0" in name or kind not in ValueKind.__members__:
        return
    value = number(event.get("value")) if kind == ValueKind.FINITE.value else None
    if value is not None or kind != ValueKind.FINITE.value:
        reading.entries.append(MetricPoint(at, attempt, name, step, value, ValueKind(kind)))


def read_progress(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, reading: EventBatch) -> None:
    place = TrainingPosition(
        whole(event.get("step")),
        whole(event.get("totalSteps")),
        number(event.get("epoch")),
        number(event.get("etaSeconds")),
    )
    reading.progress_point = reading.stands(place, at, attempt) or reading.progress_point


def read_dataset(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, reading: EventBatch) -> None:
    training = event.get("split") == DatasetSplit.TRAIN
    prefix = "dataset" if training else "eval_dataset"
    for name, kept in OF_COMPLETED.items():
        count = number(event.get(name))
        if count is not None:
            reading.entries.append(metric_point(at, attempt, f"{prefix}/{kept}", 0, count))
    if training:
        reading.stands(replace(reading.place, total_steps=whole(event.get("totalSteps"))), at, attempt)


def read_restored(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, reading: EventBatch) -> None:
    step = whole(event.get("step"))
    reason = f"It goes on from the checkpoint of step {step or 0:,}."
    if (restored := reading.stands(replace(reading.place, step=step), at, attempt, reason)) is not None:
        reading.entries.append(restored)


def read_warning(event: Mapping[str, Any], at: datetime, attempt: int, _: Path, reading: EventBatch) -> None:
    text = str(event.get("message", "")).replace("\0", "\ufffd")
    reading.entries.append(LogLine(at, attempt, LogStream.STDERR, f"warning: {text}"))


def read_checkpoint(event: Mapping[str, Any], _: datetime, __: int, folder: Path, reading: EventBatch) -> None:
    path = inside(folder, event.get("path"))
    if path is not None:
        reading.artifacts.append(
            Artifact(str(event["path"]), ArtifactKind.CHECKPOINT, size_of(path), step=whole(event.get("step")))
        )


def read_artifact(event: Mapping[str, Any], _: datetime, __: int, folder: Path, reading: EventBatch) -> None:
    kind, size, sha256 = event.get("kind"), event.get("byteSize"), event.get("sha256")
    if inside(folder, event.get("path")) is None or not isinstance(size, int) or size < 0:
        return
    known = ArtifactKind(kind) if kind in ArtifactKind.__members__ else ArtifactKind.OTHER
    reading.artifacts.append(Artifact(str(event["path"]), known, size, str(sha256) if sha256 else None))


EventReader: TypeAlias = Callable[[Mapping[str, Any], datetime, int, Path, "EventBatch"], None]

READERS: Mapping[str, EventReader] = {
    TrainerEvent.METRIC: read_metric,
    TrainerEvent.PROGRESS: read_progress,
    TrainerEvent.DATASET: read_dataset,
    TrainerEvent.RESTORED: read_restored,
    TrainerEvent.WARNING: read_warning,
    TrainerEvent.CHECKPOINT: read_checkpoint,
    TrainerEvent.ARTIFACT: read_artifact,
}


def state(place: TrainingPosition, at: datetime, attempt: int, reason: str | None = None) -> StatePoint:
    """Where a running run stands."""
    return StatePoint(
        at,
        attempt,
        JobStatus.RUNNING,
        place.progress,
        place.step,
        place.total_steps,
        place.epoch,
        place.eta_seconds,
        reason,
    )


def inside(folder: Path, path: Any) -> Path | None:
    """A path of an event's below the run's folder; None for one that is not there, or leads out of it."""
    if not isinstance(path, str) or not path or "\0" in path:
        return None
    found = (folder / path).resolve()
    return found if found.is_relative_to(folder.resolve()) and found.exists() else None


def size_of(path: Path) -> int:
    """The bytes of a file, or of all files below a folder."""
    return sum(size for _, size in sizes(path))


def sizes(path: Path) -> Iterator[tuple[Path, int]]:
    """Each file below a path, and its bytes."""
    for found in path.rglob("*") if path.is_dir() else [path]:
        try:
            if found.is_file() and not found.is_symlink():
                yield found, found.stat().st_size
        except OSError:
            continue
