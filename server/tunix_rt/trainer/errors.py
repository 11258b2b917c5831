"""The trainer's exception, and the conversion of library errors to it."""

from __future__ import annotations

import errno
import os
import sys

from tunix_rt.trainer.contract import TrainerErrorCode


class TrainerError(Exception):
    """An error that ends training, with a code for programs and a message for people."""

    def __init__(self, code: TrainerErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_installed(error: ImportError) -> TrainerError:
    """Returns the error of an interpreter without Tunix or without one of its libraries."""
    return TrainerError(
        TrainerErrorCode.UNAVAILABLE,
        f"Tunix is not installed for {sys.executable}, or the installation is incomplete: {error}. To install it: "
        f"{sys.executable} -m pip install 'tunix-rt[tunix]'",
    )


DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LONGEST_MESSAGE = 1000


def trainer_error_of(error: BaseException) -> TrainerError:
    """Converts an error to a ``TrainerError``: libraries report full disks and memory in texts only."""
    if isinstance(error, TrainerError):
        return error
    whole = f"{type(error).__name__}: {error}"
    text = whole[:LONGEST_MESSAGE]
    if is_disk_full(error, whole):
        return TrainerError(TrainerErrorCode.DISK_FULL, f"The output folder's disk is full: {text}")
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in whole or "Out of memory" in whole:
        remedy = "A smaller batch_size or max_seq_length, method LORA or a smaller model needs less."
        return TrainerError(TrainerErrorCode.OUT_OF_MEMORY, f"Memory is too small: {text} {remedy}")
    return TrainerError(TrainerErrorCode.INTERNAL, text)


def is_disk_full(error: BaseException, text: str) -> bool:
    """Returns whether the error reports a full disk or an exhausted quota."""
    reported = any(os.strerror(number) in text for number in DISK_ERRORS)
    return reported or (isinstance(error, OSError) and error.errno in DISK_ERRORS)
