"""Tunix's trainer with resumption from checkpoints, stop requests and exact evaluation losses."""

from __future__ import annotations

import contextlib
import importlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tunix.sft import peft_trainer

from tunix_rt.trainer.attempt.event_log import EventLog, last_value
from tunix_rt.trainer.attempt.saved_checkpoints import set_aside, steps_saved
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, Method, TrainerEvent
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.manifest.manifest import TrainingSection
from tunix_rt.trainer.models.source import first_line
from tunix_rt.trainer.step_plan import StepPlan
from tunix_rt.trainer.training import objectives
from tunix_rt.trainer.training.checkpoints import Checkpoints, checkpoint_options
from tunix_rt.trainer.training.optimizing import commit, learning_rate, optimizer
from tunix_rt.trainer.training.progress import MetricsReporter, ProgressReporter
from tunix_rt.trainer.training.sources import BatchSource

REPORTS_PER_RUN = 10

Sums = dict[str, tuple[Any, Any]]
"""The sum and the count of each metric of a batch, from the objective's loss function."""


@dataclass(frozen=True)
class TrainingJob:
    """The parameters of a training, without the model.

    ``source`` supplies what ``batches`` are trained on; ``stopping`` returns whether a stop was requested; ``log``
    prints a line to stdout.
    """

    method: Method
    training: TrainingSection
    plan: StepPlan
    batches: Batches
    source: BatchSource
    evaluation: Batches | None
    output: Path
    events: EventLog
    stopping: Callable[[], bool]
    log: Callable[[str], None]

    @property
    def save_every(self) -> int:
        """The steps between checkpoints; by default there are about ten of them."""
        return self.training.save_every_steps or max(1, self.plan.total_steps // REPORTS_PER_RUN)

    @property
    def evaluate_every(self) -> int:
        """The steps between evaluations; by default there are about ten of them."""
        return self.training.eval_every_steps or max(1, self.plan.total_steps // REPORTS_PER_RUN)

    @property
    def tokens_per_step(self) -> float:
        """The average number of tokens per update."""
        encoded = self.batches.encoded
        per_record = len(encoded.ids) / encoded.used
        return per_record * self.training.batch_size * self.plan.batches_per_step


class Trainer(peft_trainer.PeftTrainer):  # type: ignore[misc]
    """A PeftTrainer that weights all parts of an evaluation equally, and is fed and closed by ``train``."""

    def __init__(self, module: Any, job: TrainingJob, metrics: MetricsReporter) -> None:
        training = job.training
        accumulated = job.plan.batches_per_step
        config = peft_trainer.TrainingConfig(
            eval_every_n_steps=job.evaluate_every,
            gradient_accumulation_steps=accumulated if accumulated > 1 else None,
            checkpoint_root_directory=str(job.output / CHECKPOINTS_FOLDER),
            checkpointing_options=checkpoint_options(),
        )
        super().__init__(module, optimizer(training, metrics.rate), config, metrics_logger=metrics)
        commit(self.optimizer)
        objective = objective_of(job.method)
        options = objective.options(training) | job.source.options
        self.with_loss_fn(objective.loss, has_aux=True)
        self.with_gen_model_input_fn(lambda batch: objective.model_input(batch) | options)
        self.with_training_hooks(ProgressReporter(job.events, job.plan, job.tokens_per_step, job.log))
        self.checkpoint_manager: Any = Checkpoints(self.checkpoint_manager, job.save_every, job.events)
        self.is_managed_externally = True
        self.metrics = metrics
        self.eval_sums: list[Sums] = []
        self.evaluated_at: int | None = None

    def _post_process_train_step(self, aux: Sums) -> None:
        """Adds the objective's metrics of one batch to those of the step."""
        metrics = self._buffered_train_metrics.additional_metrics
        for name, (total, count) in aux.items():
            if name != "loss":
                metrics.setdefault(name, ([], np.mean))[0].append(total / count)

    def _post_process_eval_step(self, aux: Sums) -> None:
        """Keeps the sums and counts of one batch."""
        self.eval_sums.append(aux)

    def report_evaluation(self) -> None:
        """Emits the means over the whole evaluation that has just ended."""
        totals: dict[str, float] = defaultdict(float)
        counts: dict[str, float] = defaultdict(float)
        for sums in self.eval_sums:
            for name, (total, count) in sums.items():
                totals[name] += float(total)
                counts[name] += float(count)
        self.eval_sums.clear()
        self.evaluated_at = self.train_steps
        self.metrics.emit_evaluation({name: totals[name] / counts[name] for name in totals}, self.train_steps)

    def evaluate(self, batches: list[Any]) -> None:
        """Evaluates, unless the weights of this step have been evaluated already."""
        if self.evaluated_at != self.train_steps:
            _, evaluate = self.jit_train_and_eval_step(cache_nnx_graph=True)
            self._run_eval(batches, evaluate)


def objective_of(method: Method) -> ModuleType:
    """Imports the objective of a training method."""
    return importlib.import_module(f"{objectives.__name__}.{objectives.OBJECTIVES[method]}")


def make_trainer(module: Any, job: TrainingJob) -> Trainer:
    """Creates a trainer that resumes from the newest readable checkpoint; unreadable ones are renamed.

    All earlier attempts had the same configuration, so a checkpoint that cannot be read is damaged.
    """
    objective = objective_of(job.method)
    for batches in (job.batches, job.evaluation):
        if batches is not None:
            objective.prepare(module, batches)
    rate = learning_rate(job.training, job.plan.total_steps)
    metrics = MetricsReporter(job.events, rate, perplexity=objective.PERPLEXITY)
    while True:
        saved = steps_saved(job.output)
        try:
            trainer = Trainer(module, job, metrics)
        except Exception as error:
            if not saved:
                raise
            aside = set_aside(job.output, saved[-1])
            job.events.emit(
                TrainerEvent.WARNING,
                message=f"Checkpoint {saved[-1]:,} cannot be read, and is now {aside.name}: {first_line(error)}",
            )
            continue
        if trainer.train_steps:
            step = trainer.train_steps
            job.events.emit(TrainerEvent.RESTORED, step=step, path=f"{CHECKPOINTS_FOLDER}/{step}")
            restore_loss(metrics, job.events, step)
        return trainer


def restore_loss(metrics: MetricsReporter, events: EventLog, step: int) -> None:
    """Restores the training loss of earlier attempts: there may be no steps left that would report one."""
    before = last_value(events.path, "train/loss", step)
    if before is not None:
        metrics.last["train/loss"] = before


def train(trainer: Trainer, job: TrainingJob, mesh: Any) -> bool:
    """Trains to the last step or until a stop is requested; a checkpoint is saved either way.

    Returns:
        Whether training was completed.
    """
    evaluation = None if job.evaluation is None else list(job.evaluation.in_order())
    with mesh if mesh is not None else contextlib.nullcontext():
        trainer.train(feed(trainer, job), evaluation)
        finished: bool = trainer.train_steps >= job.plan.total_steps
        if finished and evaluation is not None:
            trainer.evaluate(evaluation)
        trainer.close()
    return finished


def feed(trainer: Trainer, job: TrainingJob) -> Iterator[Any]:
    """Yields the remaining batches. It ends only between two updates, never within an accumulation."""
    accumulated = job.plan.batches_per_step
    stream = job.source.batches(trainer.model, trainer.train_steps * accumulated)
    for _ in range(trainer.train_steps, job.plan.total_steps):
        if job.stopping():
            return
        yield from islice(stream, accumulated)
