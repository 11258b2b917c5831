"""Batches of one shape, in an order that depends on the seed alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np

from tunix_rt.trainer.data.encoding import EncodedDataset

Batch = tuple[Any, Any]
"""Token ids and targets, both of ``[batch_size, length]``; a target is 1 where the token is to be foretold."""


@dataclass(frozen=True)
class Batches:
    """Rows of a dataset, padded on the right with zeros; what is padding is never a target, nor seen by what is."""

    encoded: EncodedDataset
    batch_size: int
    length: int

    @property
    def per_epoch(self) -> int:
        """How many batches hold every record once."""
        return ceil(self.encoded.used / self.batch_size)

    def of(self, rows: Sequence[int]) -> Batch:
        """The batch of these records, filled up with empty rows."""
        tokens = np.zeros((self.batch_size, self.length), np.int32)
        targets = np.zeros((self.batch_size, self.length), np.float32)
        for place, row in enumerate(rows):
            start, end = self.encoded.starts[row], self.encoded.starts[row + 1]
            tokens[place, : end - start] = self.encoded.ids[start:end]
            targets[place, : end - start] = self.encoded.target[start:end]
        return tokens, targets

    def in_order(self) -> Iterator[Batch]:
        """Every record once, as the file has them."""
        for start in range(0, self.encoded.used, self.batch_size):
            yield self.of(range(start, min(start + self.batch_size, self.encoded.used)))

    def shuffled(self, seed: int, first: int) -> Iterator[Batch]:
        """Epoch after epoch without end, each in its own order, from the ``first``-th batch on."""
        epoch, skipped = divmod(first, self.per_epoch)
        while True:
            order = np.random.default_rng([seed, epoch]).permutation(self.encoded.used)
            for start in range(skipped * self.batch_size, self.encoded.used, self.batch_size):
                yield self.of(order[start : start + self.batch_size].tolist())
            epoch, skipped = epoch + 1, 0
