"""The program that trains; how it is run and what it writes is told in the package's docstring."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path

from tunix_rt.trainer.attempt.attempt import Stopped, TrainingAttempt
from tunix_rt.trainer.attempt.event_log import EventLog
from tunix_rt.trainer.attempt.folder_claim import claim, hold
from tunix_rt.trainer.attempt.saved_checkpoints import steps_saved
from tunix_rt.trainer.attempt.signals import Stop, quiet
from tunix_rt.trainer.contract import ATTEMPT_VARIABLE, EVENTS_FILE, ExitCode, TrainerErrorCode, TrainerEvent
from tunix_rt.trainer.errors import TrainerError, trainer_error_of
from tunix_rt.trainer.manifest.manifest import Manifest, read_manifest

USAGE = "usage: python -m tunix_rt.trainer.train <manifest.yaml>\n"


def main(arguments: list[str]) -> int:
    """Trains as the manifest says; the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(USAGE)
        return ExitCode.USAGE
    began, stop, say = time.monotonic(), Stop(), quiet()
    stop.listen()
    try:
        manifest = read_manifest(Path(arguments[0]))
        hold(manifest.output_dir)
        events = EventLog(manifest.output_dir, attempt_of(manifest))
    except (TrainerError, OSError) as error:
        sys.stderr.write(f"{trainer_error_of(error).message}\n")
        return ExitCode.FAILED
    code = outcome(TrainingAttempt(manifest, events, stop, say, began))
    events.close()
    return code


def attempt_of(manifest: Manifest) -> int | None:
    """Which attempt this is: the environment's word comes before the manifest's."""
    given = os.environ.get(ATTEMPT_VARIABLE, "")
    return int(given) if given.isdecimal() and int(given) else manifest.attempt


def outcome(run: TrainingAttempt) -> int:
    """The exit code of an attempt, whose last event says the same."""
    try:
        work(run)
    except Stopped as stopped:
        return tell_stopped(run, stopped.step)
    except Exception as error:  # whatever it is, the run must be told of it
        return tell_failed(run, error)
    return ExitCode.DONE


def work(run: TrainingAttempt) -> None:
    """Everything, from the folder's claim to the exported weights."""
    claim(run.manifest)
    try:
        from tunix_rt.trainer.preparing import gather

        material = gather(run)
        run.still_wanted()
        from tunix_rt.trainer.training.fit import fit

        fit(run, material)
    except ImportError as error:
        raise TrainerError(
            TrainerErrorCode.UNAVAILABLE,
            f"Tunix is not installed for {sys.executable}, or not whole: {error}. To install it: "
            f"{sys.executable} -m pip install 'tunix-rt[tunix]'",
        ) from error


def tell_stopped(run: TrainingAttempt, step: int) -> int:
    """The attempt has been stopped."""
    saved = steps_saved(run.output)
    run.events.emit(TrainerEvent.STOPPED, step=step, checkpointStep=saved[-1] if saved else None)
    run.say(f"stopped at step {step:,}")
    return ExitCode.STOPPED


def tell_failed(run: TrainingAttempt, error: Exception) -> int:
    """The attempt has failed."""
    found = trainer_error_of(error)
    if found is not error:
        sys.stderr.write("".join(traceback.format_exception(error)))
    sys.stderr.write(f"{found.code.value}: {found.message}\n")
    try:
        run.events.emit(TrainerEvent.ERROR, code=found.code.value, message=found.message)
    except OSError as unwritable:
        sys.stderr.write(f"{EVENTS_FILE} cannot be written: {unwritable}\n")
    return ExitCode.FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
