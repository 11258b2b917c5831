"""Trainings of somebody's own: a few steps of SFT and of GRPO with Tunix on a tiny model, reported to a server.

    python -m tests.support.trainer.grpo_program <url> <folder>

prints a JSON object: ``losses``, the values of ``train/loss`` of SFT by step, ``sums``, those of ``rewards/sum`` of
GRPO, and ``written``, the number of rollouts.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from tunix.generate import tokenizer_adapter
from tunix.rl import rl_cluster as clusters
from tunix.rl.grpo import grpo_learner
from tunix.rl.rollout import base_rollout
from tunix.sft import metrics_logger, peft_trainer, utils

from tests.support.repository import ROOT
from tests.support.trainer.runner import sums, write_lines
from tunix_rt.trainer.contract import DType
from tunix_rt.trainer.manifest.manifest import LoraSection, MeshSection
from tunix_rt.trainer.models.loading import add_adapters, load_model
from tunix_rt.trainer.models.tiny import END_OF_TURN, make_tiny

STEPS, PROMPTS, GENERATIONS = 2, 2, 2
LENGTH = 32
REPORTED: dict[int, float] = {}
LOSSES: dict[int, float] = {}


class Backend:
    """A metrics backend that keeps Tunix's sums of rewards, and the losses of SFT."""

    def log_scalar(self, event: str, value: Any, **options: Any) -> None:
        """Keeps a value."""
        if event.endswith("rewards/train/sum"):
            REPORTED[int(options["step"])] = float(np.asarray(value))
        elif event == "/train/loss":
            LOSSES[int(options["step"])] = float(np.asarray(value))

    def close(self) -> None:
        """Does nothing."""


def digits(prompts: list[str], completions: list[str], **_: Any) -> list[float]:
    """Rewards digits."""
    return [sum(character.isdigit() for character in text) / LENGTH for text in completions]


def length(prompts: list[str], completions: list[str], **_: Any) -> list[float]:
    """Rewards short completions."""
    return [1 / (1 + len(text)) for text in completions]


def cluster_of(folder: Path) -> Any:
    """Returns a cluster with a tiny model as reference, and adapters of it as actor."""
    data = write_lines(folder / "data.jsonl", sums(50, seed=1))
    model = make_tiny("tiny-random/qwen3", data, 0, folder / "model")
    mesh = jax.make_mesh((1, 1), ("fsdp", "tp"), axis_types=(jax.sharding.AxisType.Auto,) * 2)
    section = MeshSection()
    reference, actor = (load_model(model, DType.FLOAT32, section, mesh) for _ in range(2))
    add_adapters(actor, LoraSection(rank=4), 0, mesh)
    training = clusters.RLTrainingConfig(
        actor_optimizer=optax.adamw(1e-3),
        eval_every_n_steps=1000,
        max_steps=STEPS,
        mini_batch_size=PROMPTS,
        train_micro_batch_size=PROMPTS,
        metrics_logging_options=metrics_logger.MetricsLoggerOptions(
            log_dir=str(folder / "log"), backend_kwargs={"custom_backend": [Backend]}
        ),
    )
    rollout = base_rollout.RolloutConfig(
        max_tokens_to_generate=LENGTH, max_prompt_length=LENGTH, kv_cache_size=96, temperature=1.0, top_p=1.0,
        top_k=None, eos_tokens=[END_OF_TURN],
    )  # fmt: skip
    config = clusters.ClusterConfig(
        role_to_mesh=dict.fromkeys((clusters.Role.ACTOR, clusters.Role.REFERENCE, clusters.Role.ROLLOUT), mesh),
        rollout_engine="vanilla",
        offload_to_cpu=False,
        training_config=training,
        rollout_config=rollout,
    )
    tokenizer = tokenizer_adapter.Tokenizer("huggingface", str(model), add_bos=False, add_eos=False).tokenizer
    cluster = clusters.RLCluster(
        actor=actor.module, reference=reference.module, tokenizer=tokenizer, cluster_config=config
    )
    return mesh, cluster


def sft(url: str, model: Any, mesh: Any) -> None:
    """Trains by SFT on some tokens, as a run of the server: executes the example of the guide to training."""
    tokens = np.arange(2 * LENGTH).reshape(2, LENGTH) % 50 + 1
    names = {
        "batches": [peft_trainer.TrainingInput(tokens, np.ones_like(tokens))] * STEPS,
        "model": model,
        "optimizer": optax.sgd(1e-3),
        "model_input": model_input,
        "mesh": mesh,
    }
    backends = "[run.backend, KeptMetrics]"
    exec(  # noqa: S102 - the example of the documentation
        example_of("training", url).replace("[run.backend]", backends),
        names | {"KeptMetrics": Backend},
    )


def model_input(batch: Any) -> dict[str, Any]:
    """Returns the arguments of Tunix's loss for a batch without padding."""
    is_token = batch.input_tokens != 0
    return {
        "input_tokens": batch.input_tokens,
        "input_mask": batch.input_mask,
        "positions": utils.build_positions_from_mask(is_token),
        "attention_mask": utils.make_causal_attn_mask(is_token),
    }


def grpo(url: str, mesh: Any, cluster: Any) -> int:
    """Trains by GRPO on some sums, as a run of the server: executes the example of the guide to rewards.

    Returns:
        The number of rollouts that were stored.
    """
    batches = [
        {
            "prompts": np.array([f"What is {number}+{step}?" for number in range(PROMPTS)]),
            "answer": np.array([str(number + step) for number in range(PROMPTS)]),
        }
        for step in range(STEPS)
    ]
    names: dict[str, Any] = {
        "cluster": cluster,
        "config": grpo_learner.GRPOConfig(num_generations=GENERATIONS, num_iterations=1, beta=0.04, epsilon=0.2),
        "correct": digits,
        "brief": length,
        "dataset": batches,
        "mesh": mesh,
        "GRPOLearner": grpo_learner.GRPOLearner,
    }
    exec(example_of("rewards", url), names)  # noqa: S102 - the example of the documentation
    stored: int = names["writer"].stored
    return stored


def example_of(guide: str, url: str) -> str:
    """Returns the program of a guide, with a server's URL."""
    page = (ROOT / "docs" / "guides" / f"{guide}.md").read_text()
    (example,) = re.findall(r"^```python program\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return str(example).replace("http://127.0.0.1:8000", url)


def main(url: str, folder: Path) -> None:
    """Trains, and prints what Tunix has reported."""
    mesh, cluster = cluster_of(folder)
    sft(url, load_model(folder / "model", DType.FLOAT32, MeshSection(), mesh).module, mesh)
    written = grpo(url, mesh, cluster)
    sys.stdout.write(json.dumps({"losses": LOSSES, "sums": REPORTED, "written": written}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
