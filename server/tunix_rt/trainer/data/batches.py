"""Batches of one shape, in an order that depends only on the seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from tunix_rt.trainer.data.encoding import EncodedDataset


class TokenBatch(NamedTuple):
    """Token ids and target mask, both of shape ``[batch_size, length]``; the mask is 1 for target tokens."""

    input_tokens: Any
    input_mask: Any


@dataclass(frozen=True)
class Batches:
    """Batches of a dataset, padded on the right with zeros. Padding is never a target, and no target attends to it."""

    encoded: EncodedDataset
    batch_size: int
    length: int

    @property
    def per_epoch(self) -> int:
        """The number of batches that contain every record once."""
        return ceil(self.encoded.used / self.batch_size)

    def of(self, rows: Sequence[int]) -> Any:
        """Returns the batch of these records, filled up with empty rows."""
        tokens = np.zeros((self.batch_size, self.length), np.int32)
        targets = np.zeros((self.batch_size, self.length), np.float32)
        for position, row in enumerate(rows):
            start, end = self.encoded.starts[row], self.encoded.starts[row + 1]
            tokens[position, : end - start] = self.encoded.ids[start:end]
            targets[position, : end - start] = self.encoded.target[start:end]
        return TokenBatch(tokens, targets)

    def in_order(self) -> Iterator[Any]:
        """Yields batches of every record once, in the order of the file."""
        for start in range(0, self.encoded.used, self.batch_size):
            yield self.of(range(start, min(start + self.batch_size, self.encoded.used)))

    def shuffle(self, seed: int, first: int) -> Iterator[Any]:
        """Yields batches endlessly, each epoch in an order of the seed, starting with batch ``first``."""
        epoch, skipped = divmod(first, self.per_epoch)
        while True:
            order = np.random.default_rng([seed, epoch]).permutation(self.encoded.used)
            for start in range(skipped * self.batch_size, self.encoded.used, self.batch_size):
                yield self.of(order[start : start + self.batch_size].tolist())
            epoch, skipped = epoch + 1, 0
