"""The model card: describes the weights, their training data and the training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from tunix_rt.trainer.contract import DatasetFormat
from tunix_rt.trainer.manifest.manifest import Manifest, as_plain
from tunix_rt.trainer.models.source import ModelOrigin
from tunix_rt.trainer.preparing import TrainingInputs

NOT_ON_THE_CARD = ("output", "resume", "attempt")
WORDS = {
    DatasetFormat.TUNIX_SFT: ("supervised fine-tuning", "The loss is taken on the model's turns only."),
    DatasetFormat.PREFERENCE: (
        "direct preference optimization",
        "It was trained to prefer the chosen response of each pair to the rejected one.",
    ),
    DatasetFormat.PROMPT_ONLY: (
        "group relative policy optimization",
        "It was trained on rewards of the answers that it gave to the prompts.",
    ),
}
UNITS = {
    DatasetFormat.TUNIX_SFT: "nats per token",
    DatasetFormat.PREFERENCE: "nats per pair",
    DatasetFormat.PROMPT_ONLY: "of the policy",
}


def model_card(manifest: Manifest, inputs: TrainingInputs, metrics: Mapping[str, float]) -> str:
    """Returns the card as Markdown with a front matter for Hugging Face. It is deterministic."""
    return "\n".join([*front_matter(manifest, inputs), "", *text(manifest, inputs, metrics)]) + "\n"


def front_matter(manifest: Manifest, inputs: TrainingInputs) -> Iterator[str]:
    """Yields the lines of the front matter, for programs."""
    yield "---"
    if inputs.source is ModelOrigin.HUGGING_FACE:
        yield f"base_model: {manifest.model.model_id}"
    yield "library_name: transformers"
    yield "pipeline_tag: text-generation"
    yield "tags: [tunix, reasoning]"
    yield "---"


def text(manifest: Manifest, inputs: TrainingInputs, metrics: Mapping[str, float]) -> Iterator[str]:
    """Yields the lines of the text, for people."""
    name = manifest.model.model_id
    way = "low-rank adapters, merged into the weights" if manifest.lora else "all weights"
    yield f"# {name}, fine-tuned on {manifest.dataset.name or 'reasoning traces'}"
    yield ""
    kind, remark = WORDS[manifest.dataset.format]
    yield f"Made from `{name}` with [Tunix](https://github.com/google/tunix) by {kind} ({way})."
    yield remark
    if inputs.source is ModelOrigin.TINY_RANDOM:
        yield "Its base is a tiny model with random weights, for trying things out only."
    yield ""
    yield from data_table(inputs)
    yield from loss_table(manifest.dataset.format, metrics)
    yield from configuration(manifest)


def data_table(inputs: TrainingInputs) -> Iterator[str]:
    """Yields the table of the datasets with their counts."""
    yield "| data | records | used | tokens | target tokens | SHA-256 |"
    yield "|---|---|---|---|---|---|"
    for name, batches in (("training", inputs.batches), ("evaluation", inputs.evaluation)):
        if batches is not None:
            found = batches.encoded
            counts = f"{found.records:,} | {found.used:,} | {len(found.ids):,} | {found.target_tokens:,}"
            yield f"| {name} | {counts} | `{found.sha256}` |"
    yield ""


def loss_table(format: DatasetFormat, metrics: Mapping[str, float]) -> Iterator[str]:
    """Yields the table of the final metrics."""
    yield f"| loss at the end | {UNITS[format]} |"
    yield "|---|---|"
    for name in ("train/loss", "eval/loss"):
        if name in metrics:
            yield f"| {name.partition('/')[0]} | {metrics[name]:.4f} |"
    yield ""


def configuration(manifest: Manifest) -> Iterator[str]:
    """Yields the manifest without paths of the machine."""
    plain = {name: value for name, value in as_plain(manifest).items() if name not in NOT_ON_THE_CARD}
    for section, key in (("dataset", "path"), ("dataset", "eval_path"), ("model", "models_dir")):
        plain[section].pop(key)
    yield "```yaml"
    yield yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).rstrip()
    yield "```"
