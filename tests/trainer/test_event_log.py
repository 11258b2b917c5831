"""The event log: one sequence over all attempts, intact after any kill."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tunix_rt.trainer.attempt.event_log import EventLog, last_value, metric_value
from tunix_rt.trainer.contract import EVENTS_FILE, TrainerEvent


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """Returns the events of a folder."""
    return [json.loads(line) for line in (folder / EVENTS_FILE).read_text().splitlines()]


def test_the_sequence_goes_on_across_attempts(tmp_path: Path):
    for attempt in (None, None, 5, None):
        log = EventLog(tmp_path, attempt)
        log.emit(TrainerEvent.PROGRESS, step=1)
        log.emit(TrainerEvent.PROGRESS, step=2)
        log.close()

    events = lines_of(tmp_path)
    assert [event["seq"] for event in events] == list(range(1, 9))
    assert [event["attempt"] for event in events] == [1, 1, 2, 2, 5, 5, 6, 6]
    assert all(event["at"].endswith("Z") for event in events)


@pytest.mark.parametrize(
    "torn",
    [b'{"seq": 3, "at": "2026', b'{"seq": 3}', b"\0\0\0\0", b"\0\0\n", b'{"event": "x"}\n', b"x" * 200_000],
    ids=["cut", "no newline", "zeros", "a line of zeros", "no seq", "long"],
)
def test_what_a_kill_left_half_written_is_cut_off(tmp_path: Path, torn: bytes):
    log = EventLog(tmp_path, 1)
    log.emit(TrainerEvent.PROGRESS, step=1)
    log.emit(TrainerEvent.PROGRESS, step=2, text="é" * 100_000)
    log.close()
    with (tmp_path / EVENTS_FILE).open("ab") as file:
        file.write(torn)

    log = EventLog(tmp_path)
    log.emit(TrainerEvent.PROGRESS, step=3)
    log.close()

    assert [(event["seq"], event["attempt"]) for event in lines_of(tmp_path)] == [(1, 1), (2, 1), (3, 2)]


@pytest.mark.parametrize("content", [b"", b"nothing", b"\n"])
def test_a_log_without_a_complete_event_starts_at_one(tmp_path: Path, content: bytes):
    (tmp_path / EVENTS_FILE).write_bytes(content)

    log = EventLog(tmp_path)
    log.emit(TrainerEvent.PROGRESS)
    log.close()

    assert [event["seq"] for event in lines_of(tmp_path)] == [1]


def test_a_full_disk_leaves_whole_lines(tmp_path: Path):
    """A file size limit of 1,000 bytes simulates a disk that becomes full within a line."""
    program = """
import resource, sys
from pathlib import Path
from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.contract import TrainerEvent
log = EventLog(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    while True:
        log.emit(TrainerEvent.PROGRESS, text="x" * 50)
except OSError as error:
    print(log.seq)
"""
    result = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)

    events = lines_of(tmp_path)
    assert [event["seq"] for event in events] == list(range(1, int(result.stdout) + 1))
    assert len(events) > 3


def test_no_number_is_lost_to_json():
    assert metric_value(1.5) == {"value": 1.5, "kind": "FINITE"}
    assert metric_value(math.nan) == {"value": None, "kind": "NAN"}
    assert metric_value(math.inf) == {"value": None, "kind": "POSITIVE_INFINITY"}
    assert metric_value(-math.inf) == {"value": None, "kind": "NEGATIVE_INFINITY"}


def test_the_last_value_is_found(tmp_path: Path):
    log = EventLog(tmp_path)
    for step, name, value in (
        (1, "train/loss", 3.0),
        (2, "train/loss", 2.0),
        (2, "eval/loss", 9.0),
        (3, "train/loss", 1.0),
    ):
        log.emit(TrainerEvent.METRIC, step=step, name=name, **metric_value(value))
    log.close()

    assert last_value(log.path, "train/loss", 2) == 2.0
    assert last_value(log.path, "train/accuracy", 2) is None
