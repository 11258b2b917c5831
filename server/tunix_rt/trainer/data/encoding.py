"""Encodes and counts a dataset: the training records, and those that are left out."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, TypeVar

from tunix_rt.trainer.contract import TooLong, TrainerErrorCode
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder, Tokens
from tunix_rt.trainer.errors import TrainerError

T = TypeVar("T")

CHUNK = 512
LENGTH_STEP = 32


class EncodedDataset:
    """The conversations of a file as flat arrays of tokens, with their counts.

    Conversation ``i`` is ``ids[starts[i] : starts[i + 1]]``. ``records`` is the sum of ``used`` and ``dropped``.
    Dropped are conversations that are ``too_long`` (unless they are ``truncated``) and those without a turn of the
    model.
    """

    parts = 1
    """The number of consecutive texts in ``ids`` that make up a record."""

    def __init__(self, path: Path, style: str) -> None:
        self.path = path
        self.style = style
        self.sha256 = ""
        self.ids = array("i")
        self.target = array("b")
        self.starts = array("q", [0])
        self.records = self.too_long = self.truncated = self.without_target = self.target_tokens = self.longest = 0

    @property
    def used(self) -> int:
        """The number of training records."""
        return (len(self.starts) - 1) // self.parts

    def part(self, number: int) -> array[int]:
        """Returns the tokens of one text."""
        return self.ids[self.starts[number] : self.starts[number + 1]]

    def take(self, tokens: Tokens, max_length: int, too_long: TooLong) -> None:
        """Adds one conversation, or counts why it is left out.

        The first token is never a target: no token precedes it from which it could be predicted.
        """
        self.records += 1
        length = min(len(tokens.ids), max_length)
        targets = sum(tokens.target[1:length])
        if length < len(tokens.ids):
            self.too_long += 1
            if too_long is TooLong.DROP:
                return
        if not targets:
            self.without_target += 1
            return
        self.truncated += length < len(tokens.ids)
        self.target_tokens += targets
        self.longest = max(self.longest, length)
        self.append(tokens.ids[:length], tokens.target[:length])

    def append(self, ids: array[int], target: array[int]) -> None:
        """Appends the tokens of one text."""
        self.ids += ids
        self.target += target
        self.starts.append(len(self.ids))

    def counts(self) -> dict[str, Any]:
        """Returns the counts as ``dataset`` events report them."""
        return {
            "path": str(self.path),
            "sha256": self.sha256,
            "records": self.records,
            "used": self.used,
            "tooLong": self.too_long,
            "dropped": self.records - self.used,
            "truncated": self.truncated,
            "withoutTarget": self.without_target,
            "tokens": len(self.ids),
            "targetTokens": self.target_tokens,
            "longest": self.longest,
            "turns": self.style,
        }


def encode_dataset(path: Path, encoder: Encoder, max_length: int, too_long: TooLong) -> EncodedDataset:
    """Encodes a dataset's file.

    Raises:
        TrainerError: NOT_FOUND or BAD_DATASET, or EMPTY_DATASET if there are no training records.
    """
    records = RecordReader(path)
    encoded = EncodedDataset(path, encoder.style.value)
    for found in chunks(records, CHUNK):
        for tokens in encoder.encode([record["prompts"] for record in found]):
            encoded.take(tokens, max_length, too_long)
    encoded.sha256 = records.sha256
    require_records(encoded, max_length)
    return encoded


def require_records(encoded: EncodedDataset, max_length: int) -> None:
    """Checks that there are training records.

    Raises:
        TrainerError: EMPTY_DATASET if there are none.
    """
    if not encoded.used:
        raise TrainerError(TrainerErrorCode.EMPTY_DATASET, nothing_left(encoded, max_length))


def nothing_left(encoded: EncodedDataset, max_length: int) -> str:
    """Returns the reason why there are no training records."""
    if not encoded.records:
        return f"The dataset {encoded.path} has no records."
    return (
        f"None of the {encoded.records:,} records of {encoded.path} can be trained on: {encoded.too_long:,} are "
        f"longer than {max_length:,} tokens, {encoded.without_target:,} have no target tokens."
    )


def chunks(items: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """Yields consecutive lists of at most ``size`` items."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def sequence_length(max_length: int, *datasets: EncodedDataset) -> int:
    """Returns the row length of batches: the longest record, rounded up, so that little padding is computed."""
    return min(max_length, rounded_up(max(encoded.longest for encoded in datasets)))


def rounded_up(length: int) -> int:
    """Returns the row length for texts of at most this length: few lengths, so that few programs are compiled."""
    return ceil(length / LENGTH_STEP) * LENGTH_STEP
