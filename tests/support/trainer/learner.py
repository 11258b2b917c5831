"""Tunix's own GRPO learner on the recorded rollouts of a run, to compare the trainer with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import jax
import numpy as np
from flax import nnx
from tunix.generate import tokenizer_adapter
from tunix.rl import rl_cluster as clusters
from tunix.rl.common import compute_per_token_logps
from tunix.rl.grpo import grpo_learner
from tunix.rl.rollout import base_rollout
from tunix.sft import metrics_logger

from tests.support.trainer.grading import complete_lines
from tunix_rt.trainer.contract import BETA_OF, DType, Method, TooLong
from tunix_rt.trainer.data.encoding import rounded_up
from tunix_rt.trainer.data.tokens import load_encoder
from tunix_rt.trainer.data.training_prompts import encode_training_prompts
from tunix_rt.trainer.manifest.manifest import Manifest, MeshSection, read_manifest
from tunix_rt.trainer.models.loading import load_model
from tunix_rt.trainer.models.tiny import END_OF_TURN, PAD
from tunix_rt.trainer.training.optimizing import learning_rate, optimizer

BATCHES = 2
"""The number of recorded batches that it trains on; they are full."""


class Recorded:
    """The recorded rollouts, the number of batches that were used, and the metrics that Tunix has reported."""

    lines: ClassVar[list[dict[str, Any]]] = []
    rewards: ClassVar[list[dict[str, Any]]] = []
    prompts: ClassVar[list[list[int]]] = []
    used: ClassVar[int] = 0
    metrics: ClassVar[dict[str, dict[int, float]]] = {}


class RecordedRollout(base_rollout.BaseRollout):  # type: ignore[misc]
    """A rollout engine that samples nothing."""

    def __init__(self, rollout_actor: Any, tokenizer: Any, mesh: Any, rollout_config: Any) -> None:
        self.actor = rollout_actor

    def generate(self, prompts: list[str], rollout_config: Any, **_: Any) -> base_rollout.RolloutOutput:
        """Returns the next recorded batch."""
        line = Recorded.lines[Recorded.used]
        Recorded.used += 1
        width = rounded_up(max(map(len, Recorded.prompts)))
        padded = np.full((len(line["answers"]), width), PAD, np.int32)
        for row, answer in zip(padded, line["answers"], strict=True):
            ids = Recorded.prompts[answer["prompt"]]
            row[width - len(ids) :] = ids
        return base_rollout.RolloutOutput(
            text=[answer["text"] for answer in line["answers"]],
            logits=None,
            tokens=[np.array(ids, np.int32) for ids in line["ids"]],
            left_padded_prompt_tokens=padded,
            logprobs=None,
        )

    def get_per_token_logps(self, prompt_tokens: Any, completion_tokens: Any) -> Any:
        """Returns the log-probabilities under the current policy."""
        structure, weights = nnx.split(self.actor)
        return compute_per_token_logps(
            structure, weights, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, pad_id=PAD,
            eos_id=END_OF_TURN,
        )  # fmt: skip

    def update_params(self, params: Any, filter_types: Any = None) -> None:
        """Does nothing: the policy is the model that is trained."""

    def pad_id(self) -> int:
        """Returns the padding token."""
        return PAD

    def eos_id(self) -> int:
        """Returns the end token."""
        return END_OF_TURN

    def model(self) -> Any:
        """Returns the policy."""
        return self.actor


class Backend:
    """A metrics backend that keeps what Tunix reports."""

    def log_scalar(self, event: str, value: Any, **options: Any) -> None:
        """Keeps a value."""
        if not event.startswith("/jax/") and "step" in options:
            Recorded.metrics.setdefault(event, {})[int(options["step"])] = float(np.asarray(value))

    def close(self) -> None:
        """Does nothing."""


def reward_of(name: str, weight: float) -> Any:
    """Returns a reward function that gives the recorded rewards of the batch in use."""

    def given(prompts: Any, completions: Any, **_: Any) -> list[float]:
        return [weight * value for value in Recorded.rewards[Recorded.used - 1]["rewards"][name]]

    given.__name__ = name
    return given


def cluster_of(folder: Path, manifest: Manifest, total_steps: int, mesh: Any) -> Any:
    """Returns a cluster with the model of a folder as actor and as reference."""
    training, grpo, section = manifest.training, manifest.grpo, MeshSection()
    assert grpo is not None
    reference, actor = (load_model(folder, DType.FLOAT32, section, mesh) for _ in range(2))
    options = metrics_logger.MetricsLoggerOptions(log_dir="log", backend_kwargs={"custom_backend": [Backend]})
    config = clusters.ClusterConfig(
        role_to_mesh=dict.fromkeys((clusters.Role.ACTOR, clusters.Role.REFERENCE, clusters.Role.ROLLOUT), mesh),
        rollout_engine=RecordedRollout,
        training_config=clusters.RLTrainingConfig(
            actor_optimizer=optimizer(training, learning_rate(training, total_steps)),
            eval_every_n_steps=1000,
            max_steps=BATCHES * grpo.num_iterations,
            mini_batch_size=training.batch_size,
            train_micro_batch_size=training.batch_size,
            metrics_logging_options=options,
        ),
        rollout_config=base_rollout.RolloutConfig(
            max_tokens_to_generate=grpo.max_new_tokens, max_prompt_length=32, kv_cache_size=96, temperature=1.0
        ),
    )
    tokenizer = tokenizer_adapter.Tokenizer("huggingface", str(folder), add_bos=False, add_eos=False).tokenizer
    return clusters.RLCluster(
        actor=actor.module, reference=reference.module, tokenizer=tokenizer, cluster_config=config
    )


def rewarded(folder: Path, run: Path) -> dict[str, list[float]]:
    """Returns the losses and the sums of rewards of Tunix's learner on the first rollouts of a run, by step."""
    manifest = read_manifest(run.with_suffix(".yaml"))
    grpo = manifest.grpo
    assert grpo is not None
    encoded = encode_training_prompts(Path(manifest.dataset.path), load_encoder(folder), 128, TooLong.DROP)
    Recorded.prompts = [encoded.part(row).tolist() for row in range(encoded.used)]
    Recorded.lines, Recorded.rewards = (complete_lines(run / name) for name in ("rollouts.jsonl", "rewards.jsonl"))
    mesh = jax.make_mesh((1, 1), ("fsdp", "tp"), axis_types=(jax.sharding.AxisType.Auto,) * 2)
    learner = grpo_learner.GRPOLearner(
        rl_cluster=cluster_of(folder, manifest, 12, mesh),
        algo_config=grpo_learner.GRPOConfig(
            num_generations=grpo.num_generations,
            num_iterations=grpo.num_iterations,
            beta=BETA_OF[Method.GRPO],
            epsilon=grpo.epsilon,
        ),
        reward_fns=[reward_of(name, weight) for name, weight in grpo.rewards.items()],
    )
    batch = {"prompts": np.array([""] * manifest.training.batch_size)}
    with mesh:
        learner.train([dict(batch) for _ in range(BATCHES)])
    losses, sums = Recorded.metrics["actor/train/loss"], Recorded.metrics["rewards/train/sum"]
    return {
        "losses": [losses[step] for step in sorted(losses)],
        "sums": [sums[step] for step in sorted(sums)],
        "kl": [value for _, value in sorted(Recorded.metrics["actor/train/kl"].items())],
    }
