"""Why training ends without a model: one error type, and the closed list of its codes."""

from __future__ import annotations

import errno
import os
from enum import Enum


class TrainerCode(Enum):
    """The codes of ``error`` events."""

    BAD_MANIFEST = "BAD_MANIFEST"
    """The manifest cannot be read, or a value in it is wrong: the message names each."""
    BAD_DATASET = "BAD_DATASET"
    """A line of the dataset is no record of ``tunix_sft``."""
    EMPTY_DATASET = "EMPTY_DATASET"
    """Nothing is left to learn from: no records, or none that fits."""
    BAD_MODEL = "BAD_MODEL"
    """The model's folder is not whole, or its family or shape is none that Tunix trains truthfully."""
    NOT_FOUND = "NOT_FOUND"
    """The dataset or the model does not exist."""
    UNAVAILABLE = "UNAVAILABLE"
    """Tunix is not installed, or the model cannot be downloaded now."""
    CONFLICT = "CONFLICT"
    """The output folder belongs to another configuration, or another process trains in it."""
    NON_FINITE_LOSS = "NON_FINITE_LOSS"
    """The loss became NaN or infinite."""
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    """The model, its optimizer and a batch do not fit into memory."""
    DISK_FULL = "DISK_FULL"
    """The output folder cannot take what must be written."""
    INTERNAL = "INTERNAL"
    """Anything else; the traceback is on stderr."""


class TrainerError(Exception):
    """Training cannot go on: a code for programs and a message for people."""

    def __init__(self, code: TrainerCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LONGEST_MESSAGE = 1000


def trainer_error_of(error: BaseException) -> TrainerError:
    """An error as one with a code: libraries tell of full disks and memories in their own words."""
    if isinstance(error, TrainerError):
        return error
    whole = f"{type(error).__name__}: {error}"
    text = whole[:LONGEST_MESSAGE]
    if is_disk_full(error, whole):
        return TrainerError(TrainerCode.DISK_FULL, f"The output folder can take no more: {text}")
    if isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in whole or "Out of memory" in whole:
        remedy = "A smaller batch_size or max_seq_length, method LORA or a smaller model needs less."
        return TrainerError(TrainerCode.OUT_OF_MEMORY, f"Memory is too small: {text} {remedy}")
    return TrainerError(TrainerCode.INTERNAL, text)


def is_disk_full(error: BaseException, text: str) -> bool:
    """Whether the disk, or a quota of it, is full."""
    told = any(os.strerror(number) in text for number in DISK_ERRORS)
    return told or (isinstance(error, OSError) and error.errno in DISK_ERRORS)
