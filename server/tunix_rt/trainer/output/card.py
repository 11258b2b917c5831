"""The model card: what the weights are, what they were made from, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from tunix_rt.trainer.manifest.manifest import Manifest, as_plain
from tunix_rt.trainer.models.source import Source
from tunix_rt.trainer.preparing import Material

NOT_ON_THE_CARD = ("output", "resume", "attempt")


def model_card(manifest: Manifest, material: Material, measured: Mapping[str, float]) -> str:
    """The card as Markdown with a front matter, as Hugging Face reads it. The same run gives the same card."""
    return "\n".join([*front_matter(manifest, material), "", *text(manifest, material, measured)]) + "\n"


def front_matter(manifest: Manifest, material: Material) -> Iterator[str]:
    """What programs read."""
    yield "---"
    if material.source is Source.HUGGING_FACE:
        yield f"base_model: {manifest.model.model_id}"
    yield "library_name: transformers"
    yield "pipeline_tag: text-generation"
    yield "tags: [tunix, reasoning]"
    yield "---"


def text(manifest: Manifest, material: Material, measured: Mapping[str, float]) -> Iterator[str]:
    """What people read."""
    name = manifest.model.model_id
    way = "low-rank adapters, merged into the weights" if manifest.lora else "all weights"
    yield f"# {name}, fine-tuned on {manifest.dataset.name or 'reasoning traces'}"
    yield ""
    yield f"Made from `{name}` with [Tunix](https://github.com/google/tunix) by supervised fine-tuning ({way})."
    yield "The loss is taken on the model's turns only."
    if material.source is Source.TINY_RANDOM:
        yield "Its base is a tiny model of random weights: good for trying the way, not for use."
    yield ""
    yield from data_table(material)
    yield from loss_table(measured)
    yield from configuration(manifest)


def data_table(material: Material) -> Iterator[str]:
    """The datasets, in numbers."""
    yield "| data | records | used | tokens | of them learnt | SHA-256 |"
    yield "|---|---|---|---|---|---|"
    for name, batches in (("training", material.batches), ("evaluation", material.evaluation)):
        if batches is not None:
            found = batches.encoded
            counts = f"{found.records:,} | {found.used:,} | {len(found.ids):,} | {found.target_tokens:,}"
            yield f"| {name} | {counts} | `{found.sha256}` |"
    yield ""


def loss_table(measured: Mapping[str, float]) -> Iterator[str]:
    """What was measured at the end."""
    yield "| loss at the end | nats per token |"
    yield "|---|---|"
    for name in ("train/loss", "eval/loss"):
        if name in measured:
            yield f"| {name.partition('/')[0]} | {measured[name]:.4f} |"
    yield ""


def configuration(manifest: Manifest) -> Iterator[str]:
    """The manifest, but for what names places of the machine."""
    plain = {name: value for name, value in as_plain(manifest).items() if name not in NOT_ON_THE_CARD}
    for section, key in (("dataset", "path"), ("dataset", "eval_path"), ("model", "models_dir")):
        plain[section].pop(key)
    yield "```yaml"
    yield yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).rstrip()
    yield "```"
