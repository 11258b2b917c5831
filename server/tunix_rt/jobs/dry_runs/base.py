"""The interface between the check of a dry run and its inputs, from the database or from a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tunix_rt.domain.runs.config import RunConfig
from tunix_rt.errors import ErrorCode


@dataclass(frozen=True)
class CheckedRun:
    """The run that is checked.

    Args:
        name: the name of its folder.
    """

    name: str
    dataset_key: str
    config: RunConfig


@dataclass(frozen=True)
class CheckedFile:
    """A training file.

    Args:
        contents: the number of its records, by their kind.
        sha256: in hexadecimal.
    """

    contents: str
    records: int
    byte_size: int
    sha256: str


class CheckInputs(Protocol):
    """The model and the datasets of a dry run."""

    async def provide_model(self) -> None:
        """Copies the model of another run to this machine.

        Raises:
            TunixRtError, JobFailed: it cannot be copied.
            OSError: the folder cannot be written.
        """

    async def write(self, folder: Path) -> Sequence[CheckedFile]:
        """Writes the training file, and the evaluation file if there is an evaluation dataset.

        Raises:
            DryRunFailed: one cannot be made, or is empty.
        """

    async def warnings(self) -> Sequence[str]:
        """Returns warnings about the files that were written."""


class DryRunFailed(Exception):
    """Training could not start: the original application's words for the failed step, and the reason."""

    def __init__(self, message: str, code: ErrorCode, reason: str) -> None:
        super().__init__(reason)
        self.message = message
        self.code = code
        self.reason = reason


def unwritable(error: OSError) -> DryRunFailed:
    """Returns the error of a data folder that cannot be written, for example because the disk is full."""
    reason = f"The data folder cannot be written: {error.strerror}."
    return DryRunFailed("File preparation error.", ErrorCode.UNAVAILABLE, reason)
