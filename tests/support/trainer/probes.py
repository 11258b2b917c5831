"""Answers questions about weights in a process with JAX, all at once because loading JAX takes long.

    python -m tests.support.trainer.probes <folder>

reads ``<folder>/questions.json`` and writes ``<folder>/answers.json``. A question is ``{kind, ...}``:

- ``logits``: those of the model in ``model`` for ``tokens``, as a list of lists
- ``adapted``: the largest difference between the logits of the model in ``model`` with random adapters and those of its
  export, and the largest difference that the adapters make
- ``unchanged``: the names of the tensors that the export of the untrained model in ``model`` has changed
- ``preference``: the mean DPO loss of ``pairs`` with beta 0.1, of the model in ``model`` against that in ``base``, by
  Tunix's own trainer
- ``rewarded``: the losses, sums of rewards and KL by step of Tunix's GRPO learner from the model in ``model``, on the
  first rollouts and rewards in the output folder ``run``
- ``greedy``: the text of ``steps`` tokens after each of ``prompts``, each the likeliest by the logits of the whole text
- ``refused``: the message with which the model in ``model`` is rejected, null if it is not
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from flax import nnx
from safetensors import safe_open
from tunix.sft.dpo import dpo_trainer

from tests.support.trainer.learner import rewarded
from tunix_rt.trainer.contract import DType, TooLong
from tunix_rt.trainer.data.batches import TokenBatch
from tunix_rt.trainer.data.preference_batches import pair_batches
from tunix_rt.trainer.data.preferences import encode_pairs
from tunix_rt.trainer.data.tokens import load_encoder
from tunix_rt.trainer.errors import TrainerError
from tunix_rt.trainer.manifest.manifest import LoraSection
from tunix_rt.trainer.models.loading import LoadedModel, add_adapters, load_model
from tunix_rt.trainer.output.export import export
from tunix_rt.trainer.training.objectives.supervised import model_input

LONGEST = 64
TOKENS = [2, 9, 17, 30, 9, 4, 11, 25]


def logits(model: LoadedModel, tokens: list[int]) -> Any:
    """Returns the logits after each token."""
    row = np.asarray([tokens], np.int32)
    given = model_input(TokenBatch(row, np.ones_like(row, np.float32)))
    return np.asarray(
        forward(model.module, given["input_tokens"], given["positions"], given["attention_mask"]), np.float64
    )


@nnx.jit
def forward(module: Any, tokens: Any, positions: Any, mask: Any) -> Any:
    """Computes the logits of the first row in one compiled program."""
    found, _ = module(tokens, positions, None, mask)
    return found[0]


def adapted(folder: Path) -> dict[str, float]:
    """Returns the difference between merging random adapters and applying them."""
    model, lora = load_model(folder, DType.FLOAT32), LoraSection(rank=3, alpha=6.0)
    before = logits(model, TOKENS)
    add_adapters(model, lora, 0, None)
    random = np.random.default_rng(0)
    state = nnx.state(model.module, nnx.LoRAParam)
    nnx.update(model.module, jax.tree.map(lambda leaf: random.normal(0, 0.1, leaf.shape).astype(leaf.dtype), state))
    after = logits(model, TOKENS)
    exported = export(model, lora, "card", folder / "adapted")
    merged = logits(load_model(exported, DType.FLOAT32), TOKENS)
    return {"difference": float(abs(merged - after).max()), "effect": float(abs(after - before).max())}


def unchanged(folder: Path) -> list[str]:
    """Returns the tensors that the round trip has changed."""
    dtype = DType.BFLOAT16 if "bfloat16" in folder.name else DType.FLOAT32
    exported = export(load_model(folder, dtype), None, "card", folder / "unchanged")
    return sorted(name for name, same in compared(folder, exported) if not same)


def compared(folder: Path, other: Path) -> list[tuple[str, bool]]:
    """Returns each tensor of two folders' files, and whether it is equal in both."""
    found = []
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(str(file), "numpy") as old, safe_open(str(other / file.name), "numpy") as new:
            for name in sorted({*old.keys(), *new.keys()}):
                ours, theirs = old.get_tensor(name), new.get_tensor(name)
                found.append((name, ours.dtype == theirs.dtype and np.array_equal(ours, theirs)))
    return found


def refused(folder: Path) -> str | None:
    """Returns the reason why the model cannot be trained; None if it can."""
    try:
        load_model(folder, DType.FLOAT32)
    except TrainerError as error:
        return error.message
    return None


def preference(folder: Path, base: Path, pairs: Path) -> float:
    """Returns the mean DPO loss of all pairs, whose reference log-probabilities Tunix's trainer computes."""
    encoded = encode_pairs(pairs, load_encoder(folder), 128, TooLong.DROP)
    batch = pair_batches(encoded, encoded.used, encoded).of(range(encoded.used))
    model, reference = (load_model(found, DType.FLOAT32).module for found in (folder, base))
    config = dpo_trainer.DPOTrainingConfig(eval_every_n_steps=1)
    trainer = dpo_trainer.DPOTrainer(model, reference, optax.sgd(0.1), config)
    example = trainer._prepare_inputs(dpo_trainer.TrainingInput(*batch[:-1]))
    return float(dpo_trainer.dpo_loss_fn(model, example, beta=0.1)[0])


def greedy(folder: Path, prompts: list[str], steps: int) -> list[str]:
    """Returns the likeliest continuation of each prompt, computed from the whole text for every token."""
    model, encoder = load_model(folder, DType.FLOAT32), load_encoder(folder)
    ends = [encoder.tokenizer.token_to_id(name) for name in ("<eos>", "<end_of_turn>")]
    continued = []
    for tokens in encoder.encode(prompts):
        ids, start = tokens.ids.tolist(), len(tokens.ids)
        while len(ids) < start + steps and ids[-1] not in ends:
            padded = ids + [0] * (LONGEST - len(ids))
            scores = logits(model, padded)[len(ids) - 1]
            scores[0] = -np.inf  # padding is never generated
            ids.append(int(scores.argmax()))
        continued.append(encoder.tokenizer.decode(ids[start:], skip_special_tokens=True))
    return continued


def answer(question: dict[str, Any]) -> Any:
    """Returns the answer to one question."""
    folder = Path(question["model"])
    match question["kind"]:
        case "logits":
            return logits(load_model(folder, DType.FLOAT32), question["tokens"]).tolist()
        case "adapted":
            return adapted(folder)
        case "greedy":
            return greedy(folder, question["prompts"], question["steps"])
        case "unchanged":
            return unchanged(folder)
        case "rewarded":
            return rewarded(folder, Path(question["run"]))
        case "preference":
            return preference(folder, Path(question["base"]), Path(question["pairs"]))
    return refused(folder)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    questions = json.loads((place / "questions.json").read_text())
    (place / "answers.json").write_text(json.dumps([answer(question) for question in questions]))
