"""The process: its stop signals, its environment and its standard streams."""

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


class StopSignal:
    """A flag that SIGTERM or SIGINT sets to request a stop. The handlers do nothing else."""

    def __init__(self) -> None:
        self.requested = threading.Event()

    def __call__(self) -> bool:
        return self.requested.is_set()

    def listen(self) -> None:
        """Installs the handlers."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.requested.set())


def silence_libraries() -> Callable[[str], None]:
    """Redirects stdin from /dev/null, so that no login prompt blocks, and reserves stdout for the trainer's own lines.

    Output of libraries goes to stderr and is reduced, unless the environment sets their variables.

    Returns:
        A function that prints a line to stdout; a closed stdout does not stop training.
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

    def log(line: str) -> None:
        with suppress(OSError):
            os.write(ours, f"{line}\n".encode(errors="replace"))

    return log
