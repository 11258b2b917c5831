"""A progress bar of a run, from its events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunix_rt_client.progress import progress_bar

LOSS = "train/loss"


class RunBar:
    """Shows a run's steps, its loss and the remaining time."""

    def __init__(self, name: str) -> None:
        self.bar = progress_bar(None, "step", name)

    def take(self, event: Mapping[str, Any]) -> None:
        """Shows one event of the run."""
        if event["__typename"] == "RunState":
            self.show_state(event)
        elif event["__typename"] == "RunMetricPoint" and event["name"] == LOSS and event["value"] is not None:
            self.bar.set_postfix(loss=f"{event['value']:.4g}", refresh=False)

    def show_state(self, event: Mapping[str, Any]) -> None:
        """Shows a state: the step out of all steps, and the status while it is not training."""
        progress = event["trainingProgress"]
        if progress["totalSteps"]:
            self.bar.total = progress["totalSteps"]
        if progress["step"] is not None:
            self.bar.n = progress["step"]
        if progress["etaSeconds"] is not None:
            self.bar.set_postfix_str(f"{progress['etaSeconds']:.0f} s left", refresh=False)
        self.bar.refresh()

    def close(self) -> None:
        """Removes the bar."""
        self.bar.close()
