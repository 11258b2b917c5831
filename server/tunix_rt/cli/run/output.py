"""Runs as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tunix_rt.cli.output.tables import Columns
from tunix_rt.cli.output.values import text_of

FINITE = "FINITE"
STATE = "RunState"
POINT = "RunMetricPoint"
"""The types of events that ``RunDisplay`` applies."""
OF_DATASET = "dataset/"
"""What the names of counts of the dataset begin with, which are reported before the first step and stay as they are."""


def metric_of(name: str) -> Any:
    """Returns a function from a run to the text of a metric's last value."""

    def value(run: Mapping[str, Any]) -> str:
        found = next((metric for metric in run["latestMetrics"] if metric["name"] == name), None)
        return "" if found is None else point_text(found)

    return value


def point_text(point: Mapping[str, Any]) -> str:
    """Returns a metric's value; its kind if it is not finite."""
    return text_of(point["value"]) if point["kind"] == FINITE else str(point["kind"])


def step_of(run: Mapping[str, Any]) -> str:
    """Returns the step with the number of all steps."""
    progress = run["trainingProgress"]
    return "" if progress["step"] is None else f"{progress['step']}/{progress['totalSteps'] or '?'}"


def seconds_left(run: Mapping[str, Any]) -> str:
    """Returns the estimated remaining time."""
    seconds = run["trainingProgress"]["etaSeconds"]
    return "" if seconds is None else f"{seconds:.0f} s"


def metrics_of(run: Mapping[str, Any]) -> str:
    """Returns the last values of all metrics."""
    return ", ".join(f"{metric['name']} {point_text(metric)}" for metric in run["latestMetrics"])


def error_of(run: Mapping[str, Any]) -> str:
    """Returns why a run failed; empty if the message of its status is the same."""
    message: str = (run["error"] or {"message": ""})["message"]
    return "" if message == run["statusReason"] else message


def original_of(run: Mapping[str, Any]) -> str:
    """Returns the name of the run that a run replays; its UUID if it has none."""
    original = run["replayOf"]
    return "" if original is None else str(original["outputName"] or original["uuid"])


def name_of(run: Mapping[str, Any]) -> str:
    """Returns the name of a run; for a replay, which has none, the name of the run that it replays."""
    replay = f"replay of {original_of(run)}" if run["replayOf"] else ""
    return str(run["outputName"] or replay)


def parameters_of(run: Mapping[str, Any]) -> str:
    """Returns the parameters of an external run, as its program has given them."""
    given = run["parameters"] or {}
    return ", ".join(f"{name} {json.dumps(value, ensure_ascii=False)}" for name, value in given.items())


COLUMNS: Columns = {
    "RUN": "uuid",
    "NAME": name_of,
    "STATUS": "status",
    "STEP": step_of,
    "LOSS": metric_of("train/loss"),
    "EVAL": metric_of("eval/loss"),
    "METHOD": "method",
    "MODE": "mode",
    "DATASET": "datasetKey",
    "MODEL": "modelId",
    "CREATED": "createdAt",
}
FIELDS: Columns = {
    "Run": "uuid",
    "Status": "status",
    "Message": "statusReason",
    "Error": error_of,
    "Mode": "mode",
    "Method": "method",
    "Engine": "engine",
    "Dataset": "datasetKey",
    "Evaluation": "evalDataset.key",
    "Model": "modelId",
    "Output name": "outputName",
    "Parameters": parameters_of,
    "Tags": lambda run: ", ".join(run["tags"]),
    "Notes": "notes",
    "Attempt": "attempt",
    "Step": step_of,
    "Time left": seconds_left,
    "Metrics": metrics_of,
    "Exit code": "exitCode",
    "Created": "createdAt",
    "Started": "startedAt",
    "Completed": "completedAt",
    "Seconds": "durationSeconds",
    "Replay of": original_of,
    "Verdict": "replay.verdict",
}


class RunDisplay:
    """The line about a run that its events keep current."""

    def __init__(self) -> None:
        self.state: Mapping[str, Any] = {}
        self.metrics: dict[str, str] = {}

    def apply(self, event: Mapping[str, Any]) -> None:
        """Applies an event: a state replaces the last one, a point of a metric its last value."""
        if event["__typename"] == STATE:
            self.state = event
        elif event["__typename"] == POINT and not event["name"].startswith(OF_DATASET):
            self.metrics[event["name"]] = point_text(event)

    def line(self) -> str:
        """Returns status, step, the metrics of the training and the time left."""
        training = self.state.get("trainingProgress") or {"step": None, "totalSteps": None, "etaSeconds": None}
        step, total, left = training["step"], training["totalSteps"], training["etaSeconds"]
        parts = [
            self.state.get("status", "PENDING"),
            *([f"step {text_of(step)} of {text_of(total) or '?'}"] if step is not None else []),
            *(f"{name} {value}" for name, value in self.metrics.items()),
            *([f"{left:.0f} s left"] if left is not None else []),
        ]
        return ", ".join(parts)
