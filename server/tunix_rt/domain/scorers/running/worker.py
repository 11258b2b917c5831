"""The process that scores with one scorer: ``python -m tunix_rt.domain.scorers.running.worker SOURCE NAME``.

The scorer may hang, use up its memory or end the process: then the server kills or misses this process alone. Frames on
standard input and output have a length of four bytes and msgpack. The first one written is ``["ready", name, version,
description, low, high]``. Then each frame read is ``[payload, reference answer, external id]``, answered by
``["verdict", score, details, rationale]`` or ``["none"]``. Errors are ``["error", message]``.
"""

from __future__ import annotations

import importlib
import math
import os
import select
import sys
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec

from tunix_rt.domain.scorers.base import Scorer, ScorerSource, Verdict
from tunix_rt.domain.scorers.running.scored_traces import ScorableTrace, trace_to_score
from tunix_rt.domain.scores.draft import DETAILS_MAX_BYTES, RATIONALE_MAX_CHARS, SCORER_MAX_CHARS
from tunix_rt.domain.text import clip
from tunix_rt.frames import read_frame, write_frame

GROUP = "tunix_rt.scorers"
"""The group of entry points that define scorers."""
MESSAGE_CHARS = 300


def main(source: str, name: str) -> None:
    """Loads the scorer, then scores one trace after the other until standard input ends."""
    Thread(target=end_with_server, daemon=True).start()
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the scorer prints must not be mistaken for frames
    try:
        scorer = load_scorer(ScorerSource(source), name)
        check_scorer(scorer)
    except BaseException as error:
        write_frame(output, ["error", describe_error(error)])
        return
    write_frame(output, ["ready", scorer.name, scorer.version, scorer.description, scorer.low, scorer.high])
    while content := read_frame(sys.stdin.buffer):
        write_frame(output, answer_of(scorer, ScorableTrace(*msgspec.msgpack.decode(content))))


def end_with_server() -> None:
    """Ends this process when the server closes standard input, also while the scorer hangs."""
    poll = select.poll()
    poll.register(0, 0)
    poll.poll()
    os._exit(0)


def load_scorer(source: ScorerSource, name: str) -> Scorer:
    """Returns the scorer of a module, a file or an entry point.

    Built-in modules may have a function ``prepare`` that does what takes long, before the time of the first trace.

    Raises:
        LookupError: there is no such entry point.
        TypeError: what is found is not a ``Scorer``.
    """
    if source is ScorerSource.PACKAGE:
        (found,) = entry_points(group=GROUP, name=name)
        value = found.load()
    elif source is ScorerSource.FOLDER:
        value = getattr(module_of(Path(name)), "SCORER", None)
    else:
        module = importlib.import_module(name)
        getattr(module, "prepare", lambda: None)()
        value = module.SCORER
    if not isinstance(value, Scorer):
        raise TypeError("SCORER must be a Scorer of tunix_rt.domain.scorers.base.")
    return value


def module_of(path: Path) -> Any:
    """Returns the module of a file, which can import the helpers in its folder."""
    sys.path.insert(0, str(path.parent))
    spec = spec_from_file_location(f"custom_scorer_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is not a Python file.")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def check_scorer(scorer: Scorer) -> None:
    """Checks the values of a scorer.

    Raises:
        ValueError: a value is invalid; the message names it.
    """
    for field in ("name", "version"):
        text = getattr(scorer, field)
        if not isinstance(text, str) or not 1 <= len(text) <= SCORER_MAX_CHARS:
            raise ValueError(f"{field} must be a string of 1 to {SCORER_MAX_CHARS} characters.")
    if not (math.isfinite(scorer.low) and math.isfinite(scorer.high) and scorer.low < scorer.high):
        raise ValueError("low and high must be finite numbers, low less than high.")


def answer_of(scorer: Scorer, stored: ScorableTrace) -> list[Any]:
    """Returns the frame with the scorer's verdict on a trace, or with its error."""
    try:
        verdict = scorer.score(trace_to_score(stored))
        return ["none"] if verdict is None else verdict_frame(verdict)
    except BaseException as error:
        return ["error", describe_error(error)]


def verdict_frame(verdict: Verdict) -> list[Any]:
    """Returns the frame of a verdict.

    Raises:
        TypeError, ValueError: the verdict cannot be stored.
    """
    if not isinstance(verdict, Verdict):
        raise TypeError(f"score must return a Verdict or None; it returned {type(verdict).__name__}.")
    score = float(verdict.score)
    details = msgspec.json.encode(dict(verdict.details))
    if not math.isfinite(score):
        raise ValueError("The score must be a finite number.")
    if len(details) > DETAILS_MAX_BYTES:
        raise ValueError(f"details must have at most {DETAILS_MAX_BYTES} bytes as JSON; they have {len(details)}.")
    rationale = None if verdict.rationale is None else verdict.rationale[:RATIONALE_MAX_CHARS]
    return ["verdict", score, msgspec.json.decode(details), rationale]


def describe_error(error: BaseException) -> str:
    """Returns the type and the message of an exception, in one line."""
    return clip(" ".join(f"{type(error).__name__}: {error}".split()), MESSAGE_CHARS)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
