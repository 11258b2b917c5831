"""Converts rows of the original's database to traces, scores and runs."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import yaml

from tunix_rt.db.models.jobs import JobStatus
from tunix_rt.db.models.runs import RunMode
from tunix_rt.domain.instants import as_utc, read_time
from tunix_rt.domain.runs.lifecycle import ENGINES
from tunix_rt.domain.scores.draft import GivenScore, ScoreKind, check_score
from tunix_rt.domain.text import clip, decode_json
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.errors import BadUserInput, ErrorCode
from tunix_rt.trainer.contract import Method

FIELDS = ("trace_version", "prompt", "final_answer", "steps", "meta")
STEP_FIELDS = ("i", "type", "content")
OUTPUT_BYTES = 10_240
"""The maximum number of bytes kept from the end of a run's output."""
MODES = {"dry-run": RunMode.DRY_RUN, "local": RunMode.TRAIN}
ENDS = {
    "completed": JobStatus.COMPLETED,
    "failed": JobStatus.FAILED,
    "timeout": JobStatus.TIMEOUT,
    "cancelled": JobStatus.CANCELLED,
}
UNDER_WAY = ("pending", "running", "cancel_requested")
CODES = {JobStatus.FAILED: ErrorCode.INTERNAL, JobStatus.TIMEOUT: ErrorCode.TIMEOUT}
CONFIG_COMMENT = "# The request, as the original application has stored it.\n"


def draft_of(row: Mapping[str, Any], max_bytes: int) -> TraceDraft:
    """Returns the trace of a row, with its id and its creation time.

    Raises:
        BadUserInput: the trace is invalid; has all of its errors.
    """
    payload = decode_json(row["payload"] or "null")
    if not isinstance(payload, dict):
        raise BadUserInput("payload must be an object.", ["payload"])
    value = {"trace_version": row["trace_version"]} | {name: payload[name] for name in FIELDS if name in payload}
    if isinstance(steps := value.get("steps"), list):
        value["steps"] = [known_fields(step) for step in steps]
    return msgspec.structs.replace(
        validate_trace(value, max_bytes), id=uuid_of(row["id"]), created_at=instant(row["created_at"], "created_at")
    )


def known_fields(step: Any) -> Any:
    """Returns a step without the fields that the original would have ignored."""
    return {name: step[name] for name in STEP_FIELDS if name in step} if isinstance(step, dict) else step


def score_of(row: Mapping[str, Any]) -> GivenScore:
    """Returns the score of a row; the row's criteria become the scorer.

    Raises:
        BadUserInput: a field is invalid; the message names it and its limit.
    """
    details = None if row["details"] is None else decode_json(row["details"])
    if not isinstance(row["score"], (int, float)):
        raise BadUserInput("score must be a number.", ["score"])
    given = GivenScore(
        scorer=row["criteria"],
        kind=ScoreKind.CODE,
        score=float(row["score"]),
        details=details,
        scored_at=instant(row["created_at"], "created_at"),
    )
    check_score(given)
    return given


def run_of(row: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Returns the row of a run; a run that had not finished cannot continue here and becomes FAILED.

    Args:
        at: the time of the transfer.

    Raises:
        BadUserInput: a field is invalid; the message names it.
    """
    mode = choice(row, "mode", MODES)
    status = JobStatus.FAILED if row["status"] in UNDER_WAY else choice(row, "status", ENDS)
    message = message_of(row, mode)
    started = instant(row["started_at"], "started_at")
    code = CODES.get(status)
    return {
        "id": uuid_of(row["run_id"]),
        "dataset_id": None,
        "eval_dataset_id": None,
        "dataset_key": storable(row["dataset_key"]),
        "model_id": storable(row["model_id"]),
        "mode": mode.value,
        "method": Method.SFT.value,
        "output_name": None,
        "engine": ENGINES[mode],
        "engine_ref": None,
        "exit_code": row["exit_code"],
        "duration_seconds": finite(row["duration_seconds"]),
        "status": status.value,
        "attempt": 1,
        "max_attempts": 1,
        "owner": None,
        "lease_expires_at": None,
        "cancel_requested": False,
        "progress": 1.0 if status is JobStatus.COMPLETED else 0.0,
        "error_code": None if code is None else code.value,
        "error_message": None if code is None else message,
        "created_at": instant(row["created_at"], "created_at"),
        "started_at": started,
        "completed_at": ended_at(row, started, at),
        "message": message,
        "config": None,
        "manifest": config_text(row.get("config")),
        "stdout": end_of(row["stdout"]),
        "stderr": end_of(row["stderr"]),
    }


def choice(row: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> Any:
    """Returns the enum member for a value of the original; raises as ``run_of`` does."""
    if row[name] not in known:
        raise BadUserInput(f"{name} must be one of {', '.join(known)}, not {clip(str(row[name]))!r}.", [name])
    return known[row[name]]


def message_of(row: Mapping[str, Any], mode: RunMode) -> str:
    """Returns a run's message: the original's, or the reason for FAILED."""
    word, code = row["status"], row["exit_code"]
    if word in UNDER_WAY:
        was = word.replace("_", " ")
        return f"It was {was} in the original application when it was imported, and cannot continue here."
    if word == "completed":
        return "The dry run was successful." if mode is RunMode.DRY_RUN else "It completed."
    if word == "failed":
        return "It failed." if code is None else f"It failed with exit code {code}."
    return "It was cancelled." if word == "cancelled" else "It timed out."


def ended_at(row: Mapping[str, Any], started: datetime, at: datetime) -> datetime:
    """Returns a run's finish time: from its duration if the time is missing, ``at`` if it had not finished.

    Raises:
        BadUserInput: the time from the duration is out of range.
    """
    if row["status"] in UNDER_WAY:
        return at
    if row["completed_at"] is not None:
        return instant(row["completed_at"], "completed_at")
    try:
        return started + timedelta(seconds=finite(row["duration_seconds"]) or 0.0)
    except OverflowError:
        raise BadUserInput("duration_seconds must give a valid end time.", ["duration_seconds"]) from None


def config_text(stored: Any) -> str | None:
    """Returns the run's parameters, which only later versions store, as YAML."""
    if stored is None or not isinstance(value := decode_json(stored), dict):
        return None
    return storable(CONFIG_COMMENT + yaml.safe_dump(value, sort_keys=False, allow_unicode=True))


def end_of(text: str | None) -> str:
    """Returns the last 10 KB of an output, cut at a character boundary."""
    return storable(storable(text or "").encode()[-OUTPUT_BYTES:].decode(errors="ignore"))


def storable(text: str) -> str:
    """Returns a text with a replacement for each character that a database cannot store."""
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def finite(value: Any) -> float | None:
    """Returns a finite number; None for any other value."""
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) else None


def uuid_of(value: Any, name: str = "id") -> uuid.UUID:
    """Parses a UUID in any of its notations.

    Raises:
        BadUserInput: the value is not a UUID.
    """
    try:
        return uuid.UUID(str(value))
    except ValueError:
        raise BadUserInput(f"{name} must be a UUID.", [name]) from None


def instant(value: Any, name: str) -> datetime:
    """Parses a time; a time without a zone, as in SQLite, is in UTC.

    Raises:
        BadUserInput: the value is not a time.
    """
    try:
        return as_utc(value if isinstance(value, datetime) else read_time(value))
    except (TypeError, ValueError, OverflowError):
        raise BadUserInput(f"{name} must be a time.", [name]) from None
