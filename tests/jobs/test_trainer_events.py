"""The trainer's events and its exit, as rows of the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.domain.attempts.batches import TrainingPosition
from tunix_rt.domain.runs.events import LogLine, MetricPoint, StatePoint
from tunix_rt.errors import ErrorCode
from tunix_rt.jobs.supervision.events import EventBatch, event_of, last_event, read_event
from tunix_rt.jobs.supervision.lines import Line
from tunix_rt.jobs.supervision.outcome import ERROR_CODES, StopReason, TrainerExit, conclude
from tunix_rt.jobs.supervision.relay import is_worth_recording
from tunix_rt.jobs.supervision.trainer import environment_of, program_of
from tunix_rt.settings import Settings
from tunix_rt.trainer.contract import ArtifactKind, TrainerErrorCode, ValueKind

AT = "2026-11-24T05:41:39.123456Z"


def read(folder: Path, *events: dict[str, Any]) -> EventBatch:
    """Returns the batch of some events."""
    reading = EventBatch(TrainingPosition(), 2)
    for event in events:
        read_event({"at": AT, "attempt": 2} | event, 1, folder, reading)
    return reading


def test_metrics_of_every_kind_are_kept(tmp_path: Path):
    reading = read(
        tmp_path,
        {"event": "metric", "step": 1, "name": "train/loss", "value": 2.5, "kind": "FINITE"},
        {"event": "metric", "step": 2, "name": "train/loss", "value": None, "kind": "NAN"},
    )

    first, second = reading.close()
    assert isinstance(first, MetricPoint)
    assert isinstance(second, MetricPoint)
    assert (first.step, first.value, first.kind, first.attempt) == (1, 2.5, ValueKind.FINITE, 2)
    assert first.at.isoformat() == "2026-11-24T05:41:39.123456+00:00"
    assert (second.step, second.value, second.kind) == (2, None, ValueKind.NAN)


def test_of_several_moves_the_newest_is_kept(tmp_path: Path):
    reading = read(
        tmp_path,
        {"event": "progress", "step": 1, "totalSteps": 4, "epoch": 0.25, "etaSeconds": None},
        {"event": "progress", "step": 2, "totalSteps": 4, "epoch": 0.5, "etaSeconds": 7.0},
    )

    (state,) = reading.close()
    assert isinstance(state, StatePoint)
    assert (state.status, state.progress, state.step, state.eta_seconds) == (JobStatus.RUNNING, 0.5, 2, 7.0)
    assert reading.position.columns() == {
        "step": 2,
        "total_steps": 4,
        "epoch": 0.5,
        "eta_seconds": 7.0,
        "progress": 0.5,
    }


def test_warnings_are_lines_and_counts_are_metrics(tmp_path: Path):
    reading = read(
        tmp_path,
        {"event": "warning", "message": "slow"},
        {"event": "dataset", "split": "EVAL", "records": 3, "tokens": None},
    )

    line, count = reading.close()
    assert isinstance(line, LogLine)
    assert isinstance(count, MetricPoint)
    assert line.text == "warning: slow"
    assert (count.name, count.value) == ("eval_dataset/records", 3.0)


def test_files_are_artifacts_if_they_lie_in_the_folder(tmp_path: Path):
    (tmp_path / "run" / "checkpoints" / "5").mkdir(parents=True)
    (tmp_path / "run" / "checkpoints" / "5" / "weights").write_bytes(b"12345")
    (tmp_path / "secret").write_bytes(b"x")
    paths = ["checkpoints/5", "../secret", "/etc/passwd", "missing", "", None, "\0"]
    reading = read(tmp_path / "run", *({"event": "checkpoint", "step": 5, "path": path} for path in paths))

    (found,) = reading.artifacts
    assert (found.name, found.kind, found.byte_size, found.step) == ("checkpoints/5", ArtifactKind.CHECKPOINT, 5, 5)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "later"},
        {"event": "metric"},
        {"event": "metric", "step": -1, "name": "a", "value": 1.0, "kind": "FINITE"},
        {"event": "metric", "step": 2**31, "name": "a", "value": 1.0, "kind": "FINITE"},
        {"event": "metric", "step": True, "name": "a", "value": 1.0, "kind": "FINITE"},
        {"event": "metric", "step": 1, "name": "a\0", "value": 1.0, "kind": "FINITE"},
        {"event": "metric", "step": 1, "name": "a", "value": None, "kind": "FINITE"},
        {"event": "metric", "step": 1, "name": "a", "value": 1.0, "kind": "OTHER"},
        {"event": "artifact", "path": ".", "byteSize": -1},
        {"event": "artifact"},
    ],
)
def test_what_makes_no_sense_means_nothing(tmp_path: Path, event: dict[str, Any]):
    reading = read(tmp_path, event)

    assert (reading.close(), reading.artifacts) == ([], [])


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"event": 1}', b"\xff", b'{"seq": 1}'])
def test_lines_that_are_no_events_are_passed_over(text: bytes):
    assert event_of(Line(text, len(text))) is None


def test_the_last_event_is_that_of_the_attempt(tmp_path: Path):
    file = tmp_path / "events.jsonl"
    done = json.dumps({"event": "done", "attempt": 1})
    file.write_text(f'{done}\n{{"event": "half')

    assert last_event(file, 1) == {"event": "done", "attempt": 1}
    assert last_event(file, 2) is None
    assert last_event(tmp_path / "missing", 1) is None


def test_every_error_of_the_trainer_has_a_code():
    assert set(TrainerErrorCode) - ERROR_CODES.keys() == {TrainerErrorCode.INTERNAL}


def test_few_progress_events_of_a_long_run_are_recorded(tmp_path: Path):
    def state(step: int, seconds: float) -> StatePoint:
        at = f"2026-11-24T05:41:{seconds:09.6f}Z"
        (found,) = read(tmp_path, {"event": "progress", "step": step, "totalSteps": 10_000, "at": at}).close()
        assert isinstance(found, StatePoint)
        return found

    recorded = state(100, 1)
    assert is_worth_recording(None, recorded)
    assert not is_worth_recording(recorded, state(109, 10.9))
    assert is_worth_recording(recorded, state(111, 1.1))
    assert is_worth_recording(recorded, state(101, 11))
    assert is_worth_recording(state(9_999, 1), state(10_000, 1))


STOPPED = {"event": "stopped", "checkpointStep": 8}
DONE = {"event": "done", "step": 8, "trainLoss": 0.5, "evalLoss": 0.25}


KILLED = ErrorCode.TRAINER_FAILED


@pytest.mark.parametrize(
    ("trainer_exit", "expected"),
    [
        (
            TrainerExit(0, None, DONE, ""),
            (JobStatus.COMPLETED, None, "Trained 8 steps; training loss 0.5000; evaluation"),
        ),
        (TrainerExit(0, StopReason.CANCEL, DONE, ""), (JobStatus.COMPLETED, None, "Trained 8 steps")),
        (
            TrainerExit(3, StopReason.CANCEL, STOPPED, ""),
            (JobStatus.CANCELLED, None, "It was cancelled; a checkpoint of"),
        ),
        (
            TrainerExit(-15, StopReason.CANCEL, None, ""),
            (JobStatus.CANCELLED, None, "It was cancelled; nothing was saved."),
        ),
        (
            TrainerExit(-9, StopReason.CANCEL, None, "", True),
            (JobStatus.CANCELLED, None, "It was cancelled; it did not stop"),
        ),
        (
            TrainerExit(3, StopReason.TIMEOUT, STOPPED, ""),
            (JobStatus.TIMEOUT, ErrorCode.TIMEOUT, "It exceeded its time limit of 60 s"),
        ),
        (
            TrainerExit(3, StopReason.STOP, STOPPED, ""),
            (None, None, "It was stopped from outside; a checkpoint of"),
        ),
        (TrainerExit(3, None, STOPPED, ""), (None, None, "It was stopped from outside")),
        (
            TrainerExit(-9, None, None, ""),
            (None, KILLED, "The trainer was killed by signal 9 (SIGKILL), as the system does"),
        ),
        (
            TrainerExit(-11, None, None, ""),
            (None, KILLED, "The trainer was killed by signal 11 (SIGSEGV)"),
        ),
        (TrainerExit(-64, None, None, ""), (None, KILLED, "The trainer was killed by signal 64")),
        (
            TrainerExit(1, None, {"event": "error", "code": "NON_FINITE_LOSS", "message": "The loss became nan."}, ""),
            (JobStatus.FAILED, ErrorCode.BAD_USER_INPUT, "The loss became nan."),
        ),
        (
            TrainerExit(1, None, None, "ImportError: no"),
            (JobStatus.FAILED, ErrorCode.TRAINER_FAILED, "The trainer exited with code 1: ImportError: no"),
        ),
        (
            TrainerExit(2, None, None, ""),
            (JobStatus.FAILED, ErrorCode.TRAINER_FAILED, "The trainer exited with code 2, without output"),
        ),
        (
            TrainerExit(126, None, None, "python9 cannot be started: No such file or directory"),
            (JobStatus.FAILED, ErrorCode.UNAVAILABLE, "The trainer could not be started: python9 cannot be"),
        ),
        (
            TrainerExit(0, None, None, ""),
            (JobStatus.FAILED, ErrorCode.TRAINER_FAILED, "The trainer exited without reporting that it was done."),
        ),
    ],
)
def test_how_an_attempt_ended(trainer_exit: TrainerExit, expected: tuple[JobStatus | None, ErrorCode | None, str]):
    status, error, message = conclude(trainer_exit, 60, 30)

    assert (status, error) == expected[:2]
    assert message.startswith(expected[2])


def test_the_trainer_gets_no_secrets_and_no_variables_of_others(tmp_path: Path):
    base = {
        "PATH": "/bin",
        "HF_TOKEN": "t",
        "XLA_FLAGS": "x",
        "TUNIX_RT_DATABASE_URL": "postgresql://user:password@host/db",
        "PGPASSWORD": "p",
        "PYTHONPATH": "/elsewhere",
        "VIRTUAL_ENV": "/elsewhere",
        "T_MAX_STEPS": "1",
    }
    settings = Settings(data_dir=tmp_path)

    cache = str(tmp_path / "cache" / "jax")
    kept = {"PATH": "/bin", "HF_TOKEN": "t", "XLA_FLAGS": "x"}
    assert environment_of(settings, base) == kept | {"JAX_COMPILATION_CACHE_DIR": cache}
    own = {"JAX_COMPILATION_CACHE_DIR": "/mine"}
    assert environment_of(settings, own) == own


def test_the_interpreter_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    assert program_of(Settings(trainer_python="venv/bin/python"), "train")[0] == str(tmp_path / "venv/bin/python")
    assert program_of(Settings(trainer_python="python3"), "train")[0] == "python3"
