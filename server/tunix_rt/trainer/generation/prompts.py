"""Prompts as tokens, and the batches of answers to sample, which depend on the request only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from pathlib import Path
from typing import NamedTuple

from tunix_rt.trainer.contract import ANSWERS_AT_ONCE, TrainerErrorCode
from tunix_rt.trainer.data.encoding import CHUNK, LENGTH_STEP
from tunix_rt.trainer.data.records import RecordReader
from tunix_rt.trainer.data.tokens import Encoder
from tunix_rt.trainer.errors import TrainerError


class AnswerPosition(NamedTuple):
    """The position of a prompt, and the position of an answer among the answers to it."""

    prompt: int
    sample: int


@dataclass
class EncodedPrompts:
    """The prompts of a generation.

    Args:
        ids: the tokens of each prompt that is not too long, by its position in the file.
        too_long: the positions of the others.
    """

    ids: dict[int, list[int]] = field(default_factory=dict)
    too_long: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        """The number of tokens that every prompt is padded to, so that one compiled program takes them all."""
        return ceil(max(map(len, self.ids.values())) / LENGTH_STEP) * LENGTH_STEP

    def batches(self, samples: int) -> list[list[AnswerPosition]]:
        """Returns the positions of all answers, in batches: each prompt's answers follow each other."""
        positions = [AnswerPosition(prompt, sample) for prompt in self.ids for sample in range(samples)]
        return [positions[start : start + ANSWERS_AT_ONCE] for start in range(0, len(positions), ANSWERS_AT_ONCE)]


def encode_prompts(path: Path, encoder: Encoder, max_tokens: int) -> EncodedPrompts:
    """Encodes the prompts of a file with the same turns as in training.

    Raises:
        TrainerError: BAD_DATASET or NOT_FOUND if the file cannot be read, EMPTY_DATASET if no prompt is short enough.
    """
    found = EncodedPrompts()
    for position, ids in enumerate(encode_file(path, encoder)):
        if len(ids) > max_tokens:
            found.too_long.append(position)
        else:
            found.ids[position] = ids
    if not found.ids:
        raise TrainerError(
            TrainerErrorCode.EMPTY_DATASET,
            f"There is nothing to answer: all {len(found.too_long):,} prompts have more than {max_tokens:,} tokens.",
        )
    return found


def encode_file(path: Path, encoder: Encoder) -> Iterator[list[int]]:
    """Yields the tokens of each prompt."""
    texts = RecordReader(path).texts()
    while some := list(islice(texts, CHUNK)):
        yield from (tokens.ids.tolist() for tokens in encoder.encode(some))


def unused_token(candidates: Sequence[int | None], prompts: EncodedPrompts, vocabulary: int) -> int:
    """Returns the first candidate that is a token of the model and in no prompt, to pad prompts with.

    Raises:
        TrainerError: BAD_MODEL if there is none.
    """
    used = {token for ids in prompts.ids.values() for token in ids}
    for token in (*candidates, vocabulary - 1, 0):
        if token is not None and 0 <= token < vocabulary and token not in used:
            return token
    raise TrainerError(TrainerErrorCode.BAD_MODEL, "The model has no token to pad prompts with.")
