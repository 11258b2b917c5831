"""Datasets in the format of the method, encoded; without NumPy, since a check needs no more."""

from __future__ import annotations

from pathlib import Path

from tunix_rt.trainer.contract import DatasetFormat
from tunix_rt.trainer.data.encoding import EncodedDataset, encode_dataset
from tunix_rt.trainer.data.preferences import encode_pairs
from tunix_rt.trainer.data.tokens import Encoder
from tunix_rt.trainer.data.training_prompts import encode_training_prompts
from tunix_rt.trainer.manifest.manifest import Manifest

ENCODERS = {
    DatasetFormat.TUNIX_SFT: encode_dataset,
    DatasetFormat.PREFERENCE: encode_pairs,
    DatasetFormat.PROMPT_ONLY: encode_training_prompts,
}


def encode_file(path: Path, encoder: Encoder, manifest: Manifest) -> EncodedDataset:
    """Encodes a dataset's file in the manifest's format.

    Raises:
        TrainerError: NOT_FOUND or BAD_DATASET, or EMPTY_DATASET if there are no training records.
    """
    encode = ENCODERS[manifest.dataset.format]
    return encode(path, encoder, manifest.record_length, manifest.dataset.too_long)
