"""Tunix's trainer, fed and watched: it goes on where a checkpoint left off, and stops when it is told to."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from tunix.sft import peft_trainer

from tunix_rt.trainer.attempt.event_log import EventLog, last_value
from tunix_rt.trainer.attempt.saved_checkpoints import set_aside, steps_saved
from tunix_rt.trainer.contract import CHECKPOINTS_FOLDER, Method, StepPlan, TrainerEvent
from tunix_rt.trainer.data.batches import Batch, Batches
from tunix_rt.trainer.manifest.manifest import TrainingSection
from tunix_rt.trainer.models.source import first_line
from tunix_rt.trainer.training import objectives
from tunix_rt.trainer.training.checkpoints import Checkpoints, checkpoint_options
from tunix_rt.trainer.training.optimizing import learning_rate, optimizer
from tunix_rt.trainer.training.progress import MetricsReporter, ProgressReporter

REPORTS_PER_RUN = 10


@dataclass(frozen=True)
class TrainingJob:
    """Everything that training needs besides the model.

    ``stopping`` says whether training is to end before its end; ``log`` takes the lines that people read.
    """

    method: Method
    training: TrainingSection
    plan: StepPlan
    batches: Batches
    evaluation: Batches | None
    output: Path
    events: EventLog
    stopping: Callable[[], bool]
    log: Callable[[str], None]

    @property
    def save_every(self) -> int:
        """Steps between checkpoints; about ten in all unless the manifest says."""
        return self.training.save_every_steps or max(1, self.plan.total_steps // REPORTS_PER_RUN)

    @property
    def evaluate_every(self) -> int:
        """Steps between evaluations; about ten in all unless the manifest says."""
        return self.training.eval_every_steps or max(1, self.plan.total_steps // REPORTS_PER_RUN)

    @property
    def tokens_per_step(self) -> float:
        """How many tokens one update is learnt from, on average."""
        encoded = self.batches.encoded
        per_record = len(encoded.ids) / encoded.used
        return per_record * self.training.batch_size * self.plan.batches_per_step


class Trainer(peft_trainer.PeftTrainer):  # type: ignore[misc]
    """PeftTrainer that weighs every target of an evaluation alike, and leaves feeding and closing to us."""

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
        objective = objective_of(job.method)
        self.with_loss_fn(objective.loss, has_aux=True)
        self.with_gen_model_input_fn(objective.model_input)
        self.with_training_hooks(ProgressReporter(job.events, job.plan, job.tokens_per_step, job.log))
        self.checkpoint_manager: Any = Checkpoints(self.checkpoint_manager, job.save_every, job.events)
        self.is_managed_externally = True
        self.metrics = metrics
        self.eval_sums: list[tuple[Any, Any]] = []
        self.evaluated_at: int | None = None

    def _post_process_eval_step(self, aux: tuple[Any, Any]) -> None:
        """Keeps sum and count of one batch."""
        self.eval_sums.append(aux)

    def evaluated(self) -> None:
        """Tells the mean over all targets of the evaluation that has just ended."""
        total = sum(float(part) for part, _ in self.eval_sums)
        targets = sum(float(count) for _, count in self.eval_sums)
        self.eval_sums.clear()
        self.evaluated_at = self.train_steps
        self.metrics.emit_evaluation(total / targets, self.train_steps)

    def evaluate(self, batches: list[Any]) -> None:
        """Evaluates now, unless the weights of this step have been evaluated."""
        if self.evaluated_at != self.train_steps:
            _, evaluate = self.jit_train_and_eval_step(cache_nnx_graph=True)
            self._run_eval(batches, evaluate)


def objective_of(method: Method) -> ModuleType:
    """Imports the objective of a training method."""
    return importlib.import_module(f"{objectives.__name__}.{objectives.OBJECTIVES[method]}")


def make_trainer(module: Any, job: TrainingJob) -> Trainer:
    """A trainer that stands where the newest readable checkpoint left off; one that cannot be read is set aside.

    Every attempt before wrote in the same configuration, so that what cannot be read is damaged.
    """
    metrics = MetricsReporter(job.events, learning_rate(job.training, job.plan.total_steps))
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
            remember(metrics, job.events, step)
        return trainer


def remember(metrics: MetricsReporter, events: EventLog, step: int) -> None:
    """Takes over the training loss of the attempts before: there may be no step left to measure."""
    before = last_value(events.path, "train/loss", step)
    if before is not None:
        metrics.last["train/loss"] = before


def train(trainer: Trainer, job: TrainingJob, mesh: Any) -> bool:
    """Trains to the end, or until it is told to stop; a checkpoint is saved either way.

    Returns:
        Whether it came to the end.
    """
    evaluation = None if job.evaluation is None else [as_input(batch) for batch in job.evaluation.in_order()]
    with mesh if mesh is not None else contextlib.nullcontext():
        trainer.train(feed(trainer, job), evaluation)
        finished: bool = trainer.train_steps >= job.plan.total_steps
        if finished and evaluation is not None:
            trainer.evaluate(evaluation)
        trainer.close()
    return finished


def feed(trainer: Trainer, job: TrainingJob) -> Iterator[Any]:
    """The batches still to be learnt from. It ends between two updates only, never inside an accumulation."""
    accumulated = job.plan.batches_per_step
    stream = job.batches.shuffled(job.training.seed, trainer.train_steps * accumulated)
    for _ in range(trainer.train_steps, job.plan.total_steps):
        if job.stopping():
            return
        for _ in range(accumulated):
            yield as_input(next(stream))


def as_input(batch: Batch) -> Any:
    """A batch as Tunix takes it."""
    tokens, targets = batch
    return peft_trainer.TrainingInput(input_tokens=tokens, input_mask=targets)
