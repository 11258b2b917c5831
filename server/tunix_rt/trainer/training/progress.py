"""Reports training as events: metrics of each step, and progress at intervals."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from tunix.sft import hooks
from tunix.sft.metrics_logger import MetricsLogger

from tunix_rt.trainer.attempt.event_log import EventLog, metric_value
from tunix_rt.trainer.contract import TrainerErrorCode, TrainerEvent
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.step_plan import StepPlan
from tunix_rt.trainer.training.optimizing import Rate

SECONDS_BETWEEN = 0.5
SECONDS_BETWEEN_LINES = 2.0


class MetricsReporter(MetricsLogger):  # type: ignore[misc]
    """Emits the metrics of Tunix's trainer as events; ``emit_evaluation`` emits those of evaluations.

    It replaces Tunix's own logger, which has global listeners and an unbounded history. Without ``perplexity``, that
    metric is omitted, as the loss is not a negative log-likelihood.
    """

    def __init__(self, events: EventLog, rate: Rate, *, perplexity: bool = True) -> None:
        super().__init__()
        self.events = events
        self.rate = rate
        self.perplexity = perplexity
        self.last: dict[str, float] = {}

    def log(self, metrics_prefix: str, metric_name: str, scalar_value: Any, mode: Any, step: int) -> None:
        """Emits one metric of a step.

        Raises:
            TrainerError: NON_FINITE_LOSS if the loss is NaN or infinite: training cannot recover from it.
        """
        if str(mode) == "train" and (self.perplexity or metric_name != "perplexity"):
            self.emit(f"train/{metric_name}", float(np.asarray(scalar_value)), step)
            if metric_name == "loss":
                self.emit("train/learning_rate", float(self.rate(step - 1)), step)

    def emit(self, name: str, value: float, step: int) -> None:
        """Emits one metric."""
        self.last[name] = value
        self.events.emit(TrainerEvent.METRIC, step=step, name=name, **metric_value(value))
        if name == "train/loss" and not math.isfinite(value):
            raise NonFiniteLoss(step, value)

    def emit_evaluation(self, means: Mapping[str, float], step: int) -> None:
        """Emits the metrics on the evaluation dataset."""
        for name, mean in means.items():
            self.emit(f"eval/{name}", mean, step)
        if self.perplexity:
            self.emit("eval/perplexity", exponential(means["loss"]), step)
        value = metric_value(means["loss"])
        self.events.emit(TrainerEvent.EVAL, step=step, loss=value["value"], kind=value["kind"])

    def get_metric(self, metrics_prefix: str, metric_name: str, mode: Any) -> float:
        """Returns the last value, for the trainer's own log."""
        return self.last.get(f"{mode}/{metric_name}", math.nan)


class NonFiniteLoss(TrainerError):
    """The loss of ``step`` is NaN or infinite: the weights after the previous step are invalid."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(
            TrainerErrorCode.NON_FINITE_LOSS,
            f"The loss became {value} at step {step:,}. A lower learning rate, or a warm-up, helps.",
        )
        self.step = step


def exponential(value: float) -> float:
    """Returns e to the power of a value; infinity on overflow."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


class ProgressReporter(hooks.TrainingHooks):  # type: ignore[misc]
    """Emits the progress of training and its remaining time.

    Args:
        tokens_per_step: the average number of tokens per update.
        log: prints a line to stdout.
    """

    def __init__(self, events: EventLog, plan: StepPlan, tokens_per_step: float, log: Callable[[str], None]):
        self.events = events
        self.plan = plan
        self.tokens_per_step = tokens_per_step
        self.log = log
        self.first: tuple[int, float] | None = None
        self.emitted_at = self.logged_at = 0.0

    def on_train_step_end(self, train_ctx: Any, train_step: int, train_loss: float) -> None:
        """Counts a step; the first is not timed, because it includes compilation."""
        step, now = int(train_step), time.monotonic()
        if self.first is None:
            self.first = (step, now)
        last = step == self.plan.total_steps
        if last or now - self.emitted_at >= SECONDS_BETWEEN:
            self.emitted_at = now
            self.emit_progress(step, now)
        if last or now - self.logged_at >= SECONDS_BETWEEN_LINES:
            self.logged_at = now
            self.log(f"step {step:,} of {self.plan.total_steps:,}, epoch {self.epoch(step):.2f}, loss {train_loss:.4f}")

    def epoch(self, step: int) -> float:
        """Returns the number of passes over the dataset, as a fraction."""
        return step * self.plan.batches_per_step / self.plan.batches_per_epoch

    def emit_progress(self, step: int, now: float) -> None:
        """Emits the progress."""
        speed = self.speed(step, now)
        left = None if speed is None else round((self.plan.total_steps - step) / speed, 1)
        self.events.emit(
            TrainerEvent.PROGRESS,
            step=step,
            totalSteps=self.plan.total_steps,
            epoch=round(self.epoch(step), 3),
            etaSeconds=left,
            stepsPerSecond=None if speed is None else round(speed, 3),
            tokensPerSecond=None if speed is None else round(speed * self.tokens_per_step, 1),
        )

    def speed(self, step: int, now: float) -> float | None:
        """Returns the average steps per second since the first step; None until it is known."""
        if self.first is None or step <= self.first[0] or now <= self.first[1]:
            return None
        return (step - self.first[0]) / (now - self.first[1])

    def on_train_start(self, train_ctx: Any) -> None:
        """Does nothing."""

    def on_train_end(self, train_ctx: Any) -> None:
        """Does nothing: the last step has emitted the progress."""

    def on_train_step_start(self, train_ctx: Any) -> None:
        """Does nothing."""

    def on_eval_step_start(self, train_ctx: Any) -> None:
        """Does nothing."""

    def on_eval_step_end(self, train_ctx: Any, eval_loss: float) -> None:
        """Emits the evaluation's mean loss, which the trainer computes over all target tokens."""
        train_ctx.report_evaluation()
