"""The training program; the package's docstring documents its usage and output."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from tunix_rt.trainer.attempt.attempt import TrainingAttempt, TrainingStopped
from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.attempt.folder_claim import claim, lock_folder
from tunix_rt.trainer.attempt.saved_checkpoints import steps_saved
from tunix_rt.trainer.attempt.signals import StopSignal, silence_libraries
from tunix_rt.trainer.contract import ATTEMPT_VARIABLE, EVENTS_FILE, ExitCode, TrainerEvent
from tunix_rt.trainer.errors import TrainerError, not_installed, trainer_error_of
from tunix_rt.trainer.manifest.manifest import read_manifest
from tunix_rt.trainer.tunix_package import import_by_module

USAGE = "usage: python -m tunix_rt.trainer.train <manifest.yaml>\n"


def main(arguments: list[str]) -> int:
    """Trains as the manifest specifies and returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(USAGE)
        return ExitCode.USAGE
    started, stop, log = time.monotonic(), StopSignal(), silence_libraries()
    stop.listen()
    try:
        manifest = read_manifest(Path(arguments[0]))
        lock_folder(manifest.output_dir)
        events = EventLog(manifest.output_dir, attempt_number() or manifest.attempt)
    except (TrainerError, OSError) as error:
        sys.stderr.write(f"{trainer_error_of(error).message}\n")
        return ExitCode.FAILED
    code = run_attempt(TrainingAttempt(manifest, events, stop, log, started))
    events.close()
    return code


def attempt_number() -> int | None:
    """Returns the attempt's number from the environment; None if it is not set."""
    given = os.environ.get(ATTEMPT_VARIABLE, "")
    return int(given) if given.isdecimal() and int(given) else None


def run_attempt(run: TrainingAttempt) -> int:
    """Runs an attempt and returns its exit code, which matches its last event."""
    try:
        run_steps(run)
    except TrainingStopped as stopped:
        return emit_stopped(run, stopped.step)
    except Exception as error:  # reported as an event
        return emit_failed(run.events, error)
    return ExitCode.DONE


def run_steps(run: TrainingAttempt) -> None:
    """Claims the output folder, prepares the inputs, trains and exports the weights."""
    claim(run.manifest)
    import_by_module()
    try:
        from tunix_rt.trainer.preparing import prepare_inputs

        inputs = prepare_inputs(run)
        run.raise_if_stopping()
        from tunix_rt.trainer.training.fit import fit

        fit(run, inputs)
    except ImportError as error:
        raise not_installed(error) from error


def emit_stopped(run: TrainingAttempt, step: int) -> int:
    """Emits ``stopped`` and returns its exit code."""
    saved = steps_saved(run.output)
    run.events.emit(TrainerEvent.STOPPED, step=step, checkpointStep=saved[-1] if saved else None)
    run.log(f"stopped at step {step:,}")
    return ExitCode.STOPPED


def emit_failed(events: EventLog, error: Exception) -> int:
    """Emits ``error`` and returns its exit code; unexpected errors also print a traceback."""
    found = trainer_error_of(error)
    if found is not error:
        sys.stderr.write("".join(traceback.format_exception(error)))
    sys.stderr.write(f"{found.code.value}: {found.message}\n")
    try:
        events.emit(TrainerEvent.ERROR, code=found.code.value, message=found.message)
    except OSError as unwritable:
        sys.stderr.write(f"{EVENTS_FILE} cannot be written: {unwritable}\n")
    return ExitCode.FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
