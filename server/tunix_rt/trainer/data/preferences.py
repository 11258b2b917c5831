"""Preference pairs: a prompt with a chosen and a rejected response, to tokens."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

from tunix_rt.trainer.contract import DatasetFormat, TooLong
from tunix_rt.trainer.data.encoding import CHUNK, EncodedDataset, chunks, require_records
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder, Tokens
from tunix_rt.trainer.data.turns import prompt_pieces, response_pieces


class EncodedPairs(EncodedDataset):
    """The pairs of a file: record ``i`` is the texts ``3 i`` (prompt), ``3 i + 1`` (chosen) and ``3 i + 2`` (rejected).

    The length of a pair is the length of its prompt plus its longer response. Dropped are pairs that are ``too_long``
    (unless their responses are ``truncated``), and those whose responses are equal, which are counted as
    ``without_target``.
    """

    parts = 3

    def __init__(self, path: Path, style: str) -> None:
        super().__init__(path, style)
        self.longest_prompt = self.longest_response = 0

    def take_pair(self, pair: Sequence[Tokens], max_length: int, too_long: TooLong) -> None:
        """Adds one pair, or counts why it is left out."""
        prompt, chosen, rejected = pair
        self.records += 1
        response = max(len(chosen.ids), len(rejected.ids))
        room = max_length - len(prompt.ids)
        if response > room:
            self.too_long += 1
            if too_long is TooLong.DROP:
                return
        kept = [found.ids[: max(room, 0)] for found in (chosen, rejected)]
        if kept[0] == kept[1]:
            self.without_target += 1
            return
        self.truncated += response > room
        self.keep(prompt.ids, *kept)

    def keep(self, prompt: array[int], chosen: array[int], rejected: array[int]) -> None:
        """Appends one pair."""
        response = max(len(chosen), len(rejected))
        self.longest_prompt = max(self.longest_prompt, len(prompt))
        self.longest_response = max(self.longest_response, response)
        self.longest = max(self.longest, len(prompt) + response)
        self.target_tokens += len(chosen) + len(rejected)
        self.append(prompt, array("b", bytes(len(prompt))))
        for found in (chosen, rejected):
            self.append(found, array("b", b"\1" * len(found)))


def encode_pairs(path: Path, encoder: Encoder, max_length: int, too_long: TooLong) -> EncodedPairs:
    """Encodes a file of the format ``preference``.

    Raises:
        TrainerError: NOT_FOUND or BAD_DATASET, or EMPTY_DATASET if there are no training records.
    """
    records = RecordReader(path, DatasetFormat.PREFERENCE)
    encoded = EncodedPairs(path, encoder.style.value)
    for found in chunks(records, CHUNK):
        pieces = [
            list(made)
            for record in found
            for made in (
                prompt_pieces(record["prompt"], encoder.style),
                response_pieces(record["chosen"], encoder.style),
                response_pieces(record["rejected"], encoder.style),
            )
        ]
        tokens = encoder.encode_pieces(pieces)
        for position in range(0, len(tokens), EncodedPairs.parts):
            encoded.take_pair(tokens[position : position + EncodedPairs.parts], max_length, too_long)
    encoded.sha256 = records.sha256
    require_records(encoded, max_length)
    return encoded
