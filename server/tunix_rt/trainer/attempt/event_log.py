"""The event log of a run's folder, ``events.jsonl``: appended line by line, and intact after a kill."""

from __future__ import annotations

import json
import math
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tunix_rt.trainer.contract import EVENTS_FILE, TrainerEvent, ValueKind

TAIL_BYTES = 1 << 16


class EventLog:
    """Writes events with their sequence number, time and attempt. Thread-safe.

    Args:
        attempt: the attempt's number; None for the last in the file plus one.
    """

    def __init__(self, folder: Path, attempt: int | None = None) -> None:
        self.path = folder / EVENTS_FILE
        self.lock = threading.Lock()
        last = cut_to_whole_lines(self.path)
        self.seq = last.get("seq", 0)
        self.attempt = attempt or last.get("attempt", 0) + 1
        self.file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def emit(self, event: TrainerEvent, **values: Any) -> None:
        """Appends one event.

        Raises:
            OSError: the disk is full; the log then ends with the previous event.
        """
        with self.lock:
            at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
            record = {"seq": self.seq + 1, "at": at, "attempt": self.attempt, "event": event, **values}
            self.append(json.dumps(record, allow_nan=False).encode() + b"\n")
            self.seq += 1

    def append(self, line: bytes) -> None:
        """Writes a line atomically: a partial write is rolled back."""
        start = os.fstat(self.file).st_size
        try:
            rest = line
            while rest:
                rest = rest[os.write(self.file, rest) :]
        except OSError:
            os.truncate(self.path, start)
            raise

    def close(self) -> None:
        """Flushes the log to disk and closes it."""
        os.fsync(self.file)
        os.close(self.file)


def cut_to_whole_lines(path: Path) -> dict[str, Any]:
    """Truncates a partial last line and returns the last complete event; empty if there is none."""
    if not path.exists():
        return {}
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = start_of_line(file, end)
            file.seek(start)
            if event := parse_event(file.read(end - start)):
                break
            end = start
        else:
            event = {}
        file.truncate(end)
    return event


def start_of_line(file: Any, end: int) -> int:
    """Returns the start of the line that ends at ``end``, its newline included."""
    start, held = end, b""
    while start and b"\n" not in held[:-1]:
        step = min(TAIL_BYTES, start)
        start -= step
        file.seek(start)
        held = file.read(step) + held
    return start + held[:-1].rfind(b"\n") + 1


def parse_event(line: bytes) -> dict[str, Any] | None:
    """Parses the event of a complete line; None for anything else."""
    if not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("seq"), int) else None


def last_value(path: Path, name: str, step: int) -> float | None:
    """Returns the last value of a metric up to ``step`` in earlier attempts; None if there is no finite one."""
    found = None
    with path.open("rb") as file:
        for line in file:
            if f'"{name}"'.encode() in line and (event := parse_event(line)) and event["event"] == TrainerEvent.METRIC:
                found = event["value"] if event["name"] == name and event["step"] <= step else found
    return found


def metric_value(value: float) -> dict[str, Any]:
    """Returns a number's ``value`` and ``kind`` fields: JSON has neither NaN nor infinities."""
    if math.isnan(value):
        return {"value": None, "kind": ValueKind.NAN.value}
    if math.isinf(value):
        infinite = ValueKind.POSITIVE_INFINITY if value > 0 else ValueKind.NEGATIVE_INFINITY
        return {"value": None, "kind": infinite.value}
    return {"value": value, "kind": ValueKind.FINITE.value}
