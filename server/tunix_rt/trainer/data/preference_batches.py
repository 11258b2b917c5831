"""Encoded preference pairs, to batches."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.encoding import rounded_up
from tunix_rt.trainer.data.preferences import EncodedPairs


class PreferenceBatch(NamedTuple):
    """A batch of pairs: token ids and masks of shape ``[batch_size, length]``.

    Prompts are padded on the left and responses on the right, so that every response starts in the same column.
    ``reference`` has the log-probabilities of both responses under the base model, of shape ``[batch_size, 2]``.
    """

    prompt_ids: Any
    prompt_mask: Any
    chosen_ids: Any
    chosen_mask: Any
    rejected_ids: Any
    rejected_mask: Any
    reference: Any


@dataclass(frozen=True)
class PreferenceBatches(Batches):
    """Batches of pairs. ``reference`` is zero until the base model's log-probabilities are written to it."""

    encoded: EncodedPairs
    prompt_length: int
    reference: Any = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", np.zeros((self.encoded.used, 2), np.float32))

    def of(self, rows: Sequence[int]) -> PreferenceBatch:
        """Returns the batch of these pairs, filled up with pairs of empty responses."""
        response = self.length - self.prompt_length
        prompts = self.texts([self.encoded.part(3 * row) for row in rows], self.prompt_length, left=True)
        chosen = self.texts([self.encoded.part(3 * row + 1) for row in rows], response)
        rejected = self.texts([self.encoded.part(3 * row + 2) for row in rows], response)
        prompts[1][len(rows) :, -1] = 1  # no row may attend to nothing
        reference = np.zeros((self.batch_size, 2), np.float32)
        reference[: len(rows)] = self.reference[list(rows)]
        return PreferenceBatch(*prompts, *chosen, *rejected, reference)

    def texts(self, found: Sequence[array[int]], length: int, *, left: bool = False) -> tuple[Any, Any]:
        """Returns the token ids and the mask of some texts, padded to a length."""
        ids = np.zeros((self.batch_size, length), np.int32)
        mask = np.zeros((self.batch_size, length), np.int32)
        for position, tokens in enumerate(found):
            where = slice(length - len(tokens), None) if left else slice(0, len(tokens))
            ids[position, where], mask[position, where] = tokens, 1
        return ids, mask


def pair_batches(encoded: EncodedPairs, batch_size: int, *all_encoded: EncodedPairs) -> PreferenceBatches:
    """Returns the batches of a dataset, of a shape that fits all datasets of the run."""
    prompt = rounded_up(max(found.longest_prompt for found in all_encoded))
    response = rounded_up(max(found.longest_response for found in all_encoded))
    return PreferenceBatches(encoded, batch_size, prompt + response, prompt)
