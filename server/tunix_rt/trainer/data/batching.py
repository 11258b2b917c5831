"""Encoded datasets, cut into batches by the method's kind."""

from __future__ import annotations

from collections.abc import Sequence

from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.encoding import EncodedDataset, rounded_up, sequence_length
from tunix_rt.trainer.data.preference_batches import pair_batches
from tunix_rt.trainer.data.preferences import EncodedPairs
from tunix_rt.trainer.data.prompt_batches import PromptBatches
from tunix_rt.trainer.data.training_prompts import TrainingPrompts
from tunix_rt.trainer.manifest.manifest import Manifest


def batches_of(found: Sequence[EncodedDataset], manifest: Manifest) -> list[Batches]:
    """Returns the batches of each dataset of a run, all of one shape."""
    size = manifest.training.batch_size
    pairs = [encoded for encoded in found if isinstance(encoded, EncodedPairs)]
    if pairs:
        return [pair_batches(encoded, size, *pairs) for encoded in pairs]
    prompts = [encoded for encoded in found if isinstance(encoded, TrainingPrompts)]
    if prompts:
        return [PromptBatches(encoded, size, rounded_up(encoded.longest)) for encoded in prompts]
    length = sequence_length(manifest.training.max_seq_length, *found)
    return [Batches(encoded, size, length) for encoded in found]
