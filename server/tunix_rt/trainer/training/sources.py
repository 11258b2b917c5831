"""The sources of training batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tunix_rt.trainer.data.batches import Batches


class BatchSource(Protocol):
    """Supplies the batches of a training.

    ``options`` are arguments of the loss function that are the same for all batches.
    """

    @property
    def options(self) -> Mapping[str, Any]: ...

    def batches(self, module: Any, first: int) -> Iterator[Any]:
        """Yields batches from number ``first`` on, endlessly or until a stop is requested.

        Args:
            module: the module that is being trained.
        """


@dataclass(frozen=True)
class DatasetSource:
    """Supplies the records of a dataset, in an order of the seed."""

    found: Batches
    seed: int

    @property
    def options(self) -> Mapping[str, Any]:
        """No further arguments."""
        return {}

    def batches(self, module: Any, first: int) -> Iterator[Any]:
        """Yields batches endlessly."""
        return self.found.shuffle(self.seed, first)
