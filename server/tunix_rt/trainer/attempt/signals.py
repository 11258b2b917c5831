"""The process itself: what it reads, what it prints, and how it is told to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress

QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "GRPC_VERBOSITY": "ERROR",
    "ABSL_MIN_LOG_LEVEL": "2",
    "TRANSFORMERS_VERBOSITY": "error",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "true",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}


class Stop:
    """Whether the process has been told to stop, by SIGTERM or SIGINT. The handler only remembers."""

    def __init__(self) -> None:
        self.told = threading.Event()

    def __call__(self) -> bool:
        return self.told.is_set()

    def listen(self) -> None:
        """From now on, signals are remembered rather than obeyed at once."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.told.set())


def quiet() -> Callable[[str], None]:
    """Makes stdin empty, so that no login can wait for an answer, and keeps stdout for what we say.

    Libraries' output goes to stderr, and less of it: their defaults stay where the environment says otherwise.

    Returns:
        What prints a line to stdout; training goes on when nobody reads it any more.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    ours = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def say(line: str) -> None:
        with suppress(OSError):
            os.write(ours, f"{line}\n".encode(errors="replace"))

    return say
