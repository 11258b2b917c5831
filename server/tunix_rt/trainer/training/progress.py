"""What training tells while it goes on: metrics of each step, progress now and then."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from tunix.sft import hooks
from tunix.sft.metrics_logger import MetricsLogger

from tunix_rt.trainer.attempt.event_log import EventLog, metric_value
from tunix_rt.trainer.contract import StepPlan, TrainerErrorCode, TrainerEvent
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.training.optimizing import Rate

SECONDS_BETWEEN = 0.5
SECONDS_BETWEEN_LINES = 2.0


class MetricsReporter(MetricsLogger):  # type: ignore[misc]
    """Takes what Tunix's trainer measures and tells it as events. Evaluations are told by ``emit_evaluation``.

    It stands for Tunix's own logger, whose listeners are global and whose history grows without end.
    """

    def __init__(self, events: EventLog, rate: Rate) -> None:
        super().__init__()
        self.events = events
        self.rate = rate
        self.last: dict[str, float] = {}

    def log(self, metrics_prefix: str, metric_name: str, scalar_value: Any, mode: Any, step: int) -> None:
        """Tells one measurement of a step.

        Raises:
            TrainerError: NON_FINITE_LOSS if it is the loss and no number: nothing that comes after can mend it.
        """
        if str(mode) == "train":
            self.tell(f"train/{metric_name}", float(np.asarray(scalar_value)), step)
            if metric_name == "loss":
                self.tell("train/learning_rate", float(self.rate(step - 1)), step)

    def tell(self, name: str, value: float, step: int) -> None:
        """Tells one measurement."""
        self.last[name] = value
        self.events.emit(TrainerEvent.METRIC, step=step, name=name, **metric_value(value))
        if name == "train/loss" and not math.isfinite(value):
            raise NonFiniteLoss(step, value)

    def emit_evaluation(self, loss: float, step: int) -> None:
        """Tells how well the model does on what it does not learn from."""
        self.tell("eval/loss", loss, step)
        self.tell("eval/perplexity", exponential(loss), step)
        told = metric_value(loss)
        self.events.emit(TrainerEvent.EVAL, step=step, loss=told["value"], kind=told["kind"])

    def get_metric(self, metrics_prefix: str, metric_name: str, mode: Any) -> float:
        """The last value, for the trainer's own log."""
        return self.last.get(f"{mode}/{metric_name}", math.nan)


class NonFiniteLoss(TrainerError):
    """The loss of ``step`` is no number: the weights after the step before are spoilt."""

    def __init__(self, step: int, value: float) -> None:
        super().__init__(
            TrainerErrorCode.NON_FINITE_LOSS,
            f"The loss became {value} at step {step:,}. A lower learning rate, or a warm-up, helps.",
        )
        self.step = step


def exponential(value: float) -> float:
    """e to the power of a value, infinite rather than an error."""
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


class ProgressReporter(hooks.TrainingHooks):  # type: ignore[misc]
    """Tells how far training has come and how long it will take still.

    Args:
        tokens_per_step: how many tokens are read for one update, on average.
        say: takes the line that people read.
    """

    def __init__(self, events: EventLog, plan: StepPlan, tokens_per_step: float, log: Callable[[str], None]):
        self.events = events
        self.plan = plan
        self.tokens_per_step = tokens_per_step
        self.log = log
        self.first: tuple[int, float] | None = None
        self.told = self.content_pieces = 0.0

    def on_train_step_end(self, train_ctx: Any, train_step: int, train_loss: float) -> None:
        """Counts a step; the first is not timed, since it compiles."""
        step, now = int(train_step), time.monotonic()
        if self.first is None:
            self.first = (step, now)
        last = step == self.plan.total_steps
        if last or now - self.told >= SECONDS_BETWEEN:
            self.told = now
            self.tell(step, now)
        if last or now - self.content_pieces >= SECONDS_BETWEEN_LINES:
            self.content_pieces = now
            self.log(f"step {step:,} of {self.plan.total_steps:,}, epoch {self.epoch(step):.2f}, loss {train_loss:.4f}")

    def epoch(self, step: int) -> float:
        """How often the data has been seen."""
        return step * self.plan.batches_per_step / self.plan.batches_per_epoch

    def tell(self, step: int, now: float) -> None:
        """Tells where training is."""
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
        """Steps a second since the first one, None until it is known."""
        if self.first is None or step <= self.first[0] or now <= self.first[1]:
            return None
        return (step - self.first[0]) / (now - self.first[1])

    def on_train_start(self, train_ctx: Any) -> None:
        """Nothing to tell."""

    def on_train_end(self, train_ctx: Any) -> None:
        """Nothing to tell: the last step did."""

    def on_train_step_start(self, train_ctx: Any) -> None:
        """Nothing to tell."""

    def on_eval_step_start(self, train_ctx: Any) -> None:
        """Nothing to tell."""

    def on_eval_step_end(self, train_ctx: Any, eval_loss: float) -> None:
        """An evaluation has ended: the trainer knows its mean over all targets."""
        train_ctx.evaluated()
