"""A progress bar of a run, from its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client.progress import progress_bar
from tunix_rt_client.run_tables import NON_FINITE

LOSS = "train/loss"


class RunBar:
    """Shows a run's steps, its loss and the remaining time."""

    def __init__(self, name: str) -> None:
        self.bar = progress_bar(None, "step", name)
        self.loss = ""

    def take(self, event: Mapping[str, Any]) -> None:
        """Shows one event of the run."""
        if event["__typename"] == "RunState":
            self.show_state(event)
        elif event["__typename"] == "RunMetricPoint" and event["name"] == LOSS:
            self.loss = f"loss {NON_FINITE.get(event['kind'], event['value']):.4g}"

    def show_state(self, event: Mapping[str, Any]) -> None:
        """Shows a state: the step out of all steps, the last loss, the remaining time, and any status but RUNNING."""
        progress = event["trainingProgress"]
        if progress["totalSteps"]:
            self.bar.total = progress["totalSteps"]
        if progress["step"] is not None:
            self.bar.n = progress["step"]
        status = "" if event["status"] == "RUNNING" else event["status"]
        left = "" if progress["etaSeconds"] is None else f"{progress['etaSeconds']:.0f} s left"
        self.bar.set_postfix_str(", ".join(filter(None, [status, self.loss, left])), refresh=False)
        self.bar.refresh()

    def close(self) -> None:
        """Removes the bar."""
        self.bar.close()
