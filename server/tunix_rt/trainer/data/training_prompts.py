"""Prompts to sample rollouts for: records to tokens."""

from __future__ import annotations

from array import array
from pathlib import Path

from tunix_rt.trainer.contract import DatasetFormat, TooLong
from tunix_rt.trainer.data.encoding import CHUNK, EncodedDataset, chunks, require_records
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder, Tokens


class TrainingPrompts(EncodedDataset):
    """The prompts of a file. Dropped are those that are ``too_long``; a prompt is never truncated.

    ``positions`` has the position of each training record in the file, counted from 0.
    """

    def __init__(self, path: Path, style: str) -> None:
        super().__init__(path, style)
        self.positions = array("q")

    def take_prompt(self, tokens: Tokens, max_length: int) -> None:
        """Adds one prompt, or counts that it is left out."""
        self.records += 1
        if len(tokens.ids) > max_length:
            self.too_long += 1
            return
        self.longest = max(self.longest, len(tokens.ids))
        self.positions.append(self.records - 1)
        self.append(tokens.ids, array("b", bytes(len(tokens.ids))))


def encode_training_prompts(path: Path, encoder: Encoder, max_length: int, too_long: TooLong) -> TrainingPrompts:
    """Encodes a file of the format ``prompt_only``.

    Raises:
        TrainerError: NOT_FOUND or BAD_DATASET, or EMPTY_DATASET if there are no training records.
    """
    records = RecordReader(path, DatasetFormat.PROMPT_ONLY)
    encoded = TrainingPrompts(path, encoder.style.value)
    for found in chunks(records, CHUNK):
        for tokens in encoder.encode([record["prompts"] for record in found]):
            encoded.take_prompt(tokens, max_length)
    encoded.sha256 = records.sha256
    require_records(encoded, max_length)
    return encoded
