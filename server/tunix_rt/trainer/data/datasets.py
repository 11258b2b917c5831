"""Datasets in the format of the method: encoded, and cut into batches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tunix_rt.trainer.contract import DatasetFormat
from tunix_rt.trainer.data.batches import Batches
from tunix_rt.trainer.data.encoding import EncodedDataset, encode_dataset, sequence_length
from tunix_rt.trainer.data.preferences import EncodedPairs, encode_pairs, pair_batches
from tunix_rt.trainer.data.tokens import Encoder
from tunix_rt.trainer.manifest.manifest import Manifest

ENCODERS = {DatasetFormat.TUNIX_SFT: encode_dataset, DatasetFormat.PREFERENCE: encode_pairs}


def encode_file(path: Path, encoder: Encoder, manifest: Manifest) -> EncodedDataset:
    """Encodes a dataset's file in the manifest's format.

    Raises:
        TrainerError: NOT_FOUND or BAD_DATASET, or EMPTY_DATASET if there are no training records.
    """
    encode = ENCODERS[manifest.dataset.format]
    return encode(path, encoder, manifest.training.max_seq_length, manifest.dataset.too_long)


def batches_of(found: Sequence[EncodedDataset], manifest: Manifest) -> list[Batches]:
    """Returns the batches of each dataset of a run, all of one shape."""
    size = manifest.training.batch_size
    pairs = [encoded for encoded in found if isinstance(encoded, EncodedPairs)]
    if pairs:
        return [pair_batches(encoded, size, *pairs) for encoded in pairs]
    length = sequence_length(manifest.training.max_seq_length, *found)
    return [Batches(encoded, size, length) for encoded in found]
