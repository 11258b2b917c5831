"""The generation program: a model answers the prompts of a request.

    python -m tunix_rt.trainer.generate <request.yaml>

It appends ``events.jsonl`` to the output folder as training does: ``dataset`` with the counts of prompts, then an
``answers`` event for each batch, on disk before the next batch is sampled, and at last ``done``, ``stopped`` or
``error``. The same command resumes after the last complete batch, and ends with the answers of an uninterrupted one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tunix_rt.trainer.attempt.attempt import TrainingStopped
from tunix_rt.trainer.attempt.event_log import EventLog, parse_event
from tunix_rt.trainer.attempt.folder_claim import lock_folder
from tunix_rt.trainer.attempt.signals import StopSignal, silence_libraries
from tunix_rt.trainer.contract import ExitCode, TrainerEvent
from tunix_rt.trainer.errors import TrainerError, not_installed, trainer_error_of
from tunix_rt.trainer.generation.request import GenerationRequest, read_request
from tunix_rt.trainer.train import attempt_number, emit_failed
from tunix_rt.trainer.tunix_package import import_by_module

USAGE = "usage: python -m tunix_rt.trainer.generate <request.yaml>\n"


@dataclass(frozen=True)
class GenerationAttempt:
    """One attempt at a generation.

    Args:
        stopping: returns whether a stop was requested.
        log: prints a line to stdout.
    """

    request: GenerationRequest
    events: EventLog
    stopping: Callable[[], bool]
    log: Callable[[str], None]


def main(arguments: list[str]) -> int:
    """Generates as the request specifies and returns the exit code."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.stderr.write(USAGE)
        return ExitCode.USAGE
    stop, log = StopSignal(), silence_libraries()
    stop.listen()
    try:
        request = read_request(Path(arguments[0]))
        lock_folder(request.output)
        events = EventLog(request.output, attempt_number())
    except (TrainerError, OSError) as error:
        sys.stderr.write(f"{trainer_error_of(error).message}\n")
        return ExitCode.FAILED
    code = run_attempt(GenerationAttempt(request, events, stop, log))
    events.close()
    return code


def run_attempt(attempt: GenerationAttempt) -> int:
    """Runs an attempt and returns its exit code, which matches its last event."""
    try:
        answer_all(attempt)
    except TrainingStopped as stopped:
        attempt.events.emit(TrainerEvent.STOPPED, batch=stopped.step)
        return ExitCode.STOPPED
    except ImportError as error:
        return emit_failed(attempt.events, not_installed(error))
    except Exception as error:  # reported as an event
        return emit_failed(attempt.events, error)
    return ExitCode.DONE


def answer_all(attempt: GenerationAttempt) -> None:
    """Loads the model, encodes the prompts and samples the batches that are left.

    Raises:
        TrainingStopped: a stop was requested before the last batch.
        TrainerError: the model or the prompts cannot be used.
    """
    import_by_module()
    from tunix_rt.trainer.data.tokens import load_encoder
    from tunix_rt.trainer.generation.answering_model import load_answering_model
    from tunix_rt.trainer.generation.prompts import encode_prompts
    from tunix_rt.trainer.generation.sampling import AnswerSampler

    request, sampling = attempt.request, attempt.request.sampling
    model = load_answering_model(request)
    encoder = load_encoder(model.folder)
    prompts = encode_prompts(Path(request.prompts_path), encoder, sampling.max_prompt_tokens)
    batches = prompts.batches(sampling.samples_per_prompt)
    counts = {"records": len(prompts.ids) + len(prompts.too_long), "used": len(prompts.ids)}
    attempt.events.emit(TrainerEvent.DATASET, **counts, tooLong=len(prompts.too_long), batches=len(batches))
    sampler = AnswerSampler(model, encoder, prompts, sampling)
    for batch in range(count_answered(attempt.events.path), len(batches)):
        if attempt.stopping():
            raise TrainingStopped(batch)
        answers = sampler.sample(batches[batch], batch)
        attempt.events.emit(TrainerEvent.ANSWERS, batch=batch, answers=[found.values() for found in answers])
        os.fsync(attempt.events.file)
    attempt.events.emit(TrainerEvent.DONE, batches=len(batches))
    attempt.log("done")


def count_answered(path: Path) -> int:
    """Returns the number of batches whose answers are in the log."""
    count = 0
    with path.open("rb") as file:
        for line in file:
            event = parse_event(line) if f'"{TrainerEvent.ANSWERS}"'.encode() in line else None
            if event is not None and event["event"] == TrainerEvent.ANSWERS:
                count = event["batch"] + 1
    return count


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
