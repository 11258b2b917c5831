"""Rollouts: answers to prompts that the policy samples while it trains, with their rewards, as batches of the training.

A batch is answered, its rewards are awaited, and each answer's advantage over the others to its prompt is computed, all
with Tunix's functions. Importing this module imports JAX and Tunix.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from flax import nnx
from tunix.generate.utils import pad_to_length
from tunix.rl.algo_core import compute_advantages
from tunix.rl.common import TrainExample, compute_per_token_logps
from tunix.rl.grpo.grpo_learner import GRPOConfig

from tunix_rt.trainer.attempt.attempt import TrainingAttempt
from tunix_rt.trainer.contract import BETA_OF, REWARDS_FILE, ROLLOUTS_FILE, Method
from tunix_rt.trainer.data.prompt_batches import PromptBatches
from tunix_rt.trainer.data.tokens import Encoder
from tunix_rt.trainer.generation.prompts import AnswerPosition, EncodedPrompts
from tunix_rt.trainer.generation.request import SamplingSection
from tunix_rt.trainer.generation.sampling import AnswerSampler, GeneratedAnswer
from tunix_rt.trainer.manifest.manifest import GrpoSection
from tunix_rt.trainer.models.loading import LoadedModel
from tunix_rt.trainer.training.reward_metrics import emit_rollout_metrics, reward_manager
from tunix_rt.trainer.training.rollout_files import RewardFile, RolloutFile


@dataclass(frozen=True)
class Policy:
    """A model's structure and weights, as Tunix's functions take them. The weights do not change."""

    structure: Any
    weights: Any

    @classmethod
    def of(cls, module: Any) -> Policy:
        """Returns the policy with the current weights of a module."""
        structure, weights = nnx.split(module)
        return cls(structure, jax.tree.map(lambda leaf: leaf, weights))


class RolloutSource:
    """Supplies batches of rollouts. Its weights at creation are the reference model.

    Rollouts of an earlier attempt are used again, so that none is sampled twice.
    """

    def __init__(
        self, run: TrainingAttempt, found: PromptBatches, grpo: GrpoSection, model: LoadedModel, encoder: Encoder
    ):
        training = run.manifest.training
        self.run, self.found, self.grpo = run, found, grpo
        self.seed = training.seed
        self.prompts = EncodedPrompts(
            dict(enumerate(found.encoded.part(row).tolist() for row in range(found.encoded.used)))
        )
        self.sampler = AnswerSampler(
            model, encoder, self.prompts, sampling_of(grpo, self.seed, self.prompts.width),
            at_once=found.batch_size * grpo.num_generations, one_end=True,
        )  # fmt: skip
        self.reference = Policy.of(model.module)
        beta = BETA_OF[Method.GRPO] if training.beta is None else training.beta
        self.config = GRPOConfig(
            num_generations=grpo.num_generations, num_iterations=grpo.num_iterations, beta=beta, epsilon=grpo.epsilon
        )
        self.config.temperature = grpo.temperature
        self.rewarded = reward_manager(grpo.rewards, self.config)

    @property
    def options(self) -> Mapping[str, Any]:
        """The parameters of Tunix's loss, and the padding token."""
        return {"config": self.config, "pad": self.sampler.pad}

    def batches(self, module: Any, first: int) -> Iterator[Any]:
        """Yields each batch of rollouts ``num_iterations`` times, until a stop is requested."""
        batch, used = divmod(first, self.grpo.num_iterations)
        rollouts = RolloutFile(self.run.output / ROLLOUTS_FILE, batch)
        rewards = RewardFile(self.run.output / REWARDS_FILE, batch, list(self.grpo.rewards), self.run.stopping)
        for rows in self.found.shuffle(self.seed, batch):
            known = rollouts.known_rollouts(batch)
            if known is None:
                known = self.sample(batch, rows, module)
                rollouts.append(known)
            given = rewards.wait(batch, len(known["answers"]))
            if given is None:
                return
            example = self.example(rows, known, given, batch * self.grpo.num_iterations + 1)
            for _ in range(used, self.grpo.num_iterations):
                yield example
            batch, used = batch + 1, 0

    def sample(self, batch: int, rows: Sequence[int], module: Any) -> dict[str, Any]:
        """Returns the rollouts of a batch as a line of ``rollouts.jsonl``."""
        self.sampler.use(module)
        positions = [AnswerPosition(row, sample) for row in rows for sample in range(self.grpo.num_generations)]
        answers = self.sampler.sample(positions, batch)
        tokens = [self.completion(answer) for answer in answers]
        old = None
        if self.grpo.num_iterations > 1:  # the policy changes before all updates from the batch are made
            found = self.log_probabilities(Policy.of(module), *self.pad(rows, tokens))[: len(tokens)]
            old = [row[: len(ids)] for row, ids in zip(found.tolist(), tokens, strict=True)]
        return {
            "batch": batch,
            "policyVersion": batch * self.grpo.num_iterations,
            "answers": [self.answer_report(answer) for answer in answers],
            "ids": tokens,
            "logProbabilities": old,
        }

    def answer_report(self, answer: GeneratedAnswer) -> dict[str, Any]:
        """Returns an answer with the position of its prompt in the dataset."""
        return answer.values() | {"prompt": self.found.encoded.positions[answer.position.prompt]}

    def completion(self, answer: GeneratedAnswer) -> list[int]:
        """Returns the tokens of an answer, with the end token if it was sampled."""
        ended = len(answer.ids) < self.grpo.max_new_tokens
        return [*answer.ids, *(self.sampler.ends[:1] if ended else ())]

    def pad(self, rows: Sequence[int], tokens: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        """Returns prompts, padded on the left, and completions, padded on the right; empty completions fill it up."""
        count, pad = self.found.batch_size * self.grpo.num_generations, self.sampler.pad
        asked = [row for row in rows for _ in range(self.grpo.num_generations)]
        asked += asked[:1] * (count - len(asked))
        prompts = [
            pad_to_length(np.array(self.prompts.ids[row], np.int32), self.found.length, pad, left=True) for row in asked
        ]
        completions = np.full((count, self.grpo.max_new_tokens), pad, np.int32)
        for position, ids in enumerate(tokens):
            completions[position, : len(ids)] = ids
        return np.array(prompts, np.int32), completions

    def log_probabilities(self, policy: Policy, prompts: Any, completions: Any) -> Any:
        """Returns the log-probability of each token of the completions, at the temperature of sampling."""
        return np.asarray(
            compute_per_token_logps(
                policy.structure,
                policy.weights,
                prompt_tokens=prompts,
                completion_tokens=completions,
                pad_id=self.sampler.pad,
                eos_id=self.sampler.pad,
                temperature=self.grpo.temperature,
            ),
            np.float32,
        )

    def example(
        self, rows: Sequence[int], known: Mapping[str, Any], given: Mapping[str, list[float]], step: int
    ) -> TrainExample:
        """Returns the training example of a batch, and emits its metrics for the first step that uses it."""
        prompts, completions = self.pad(rows, known["ids"])
        mask = completions != self.sampler.pad
        found = self.rewarded(
            prompts=[""] * len(known["answers"]), completions=[""] * len(known["answers"]), given=given
        )
        emit_rollout_metrics(self.run.events, step, found["log_metrics"], mask[: len(known["ids"])])
        advantages = np.zeros(len(completions), np.float32)
        advantages[: len(known["ids"])] = compute_advantages(found["rewards"], self.grpo.num_generations)
        old = None
        if known["logProbabilities"] is not None:
            old = np.zeros(completions.shape, np.float32)
            for position, values in enumerate(known["logProbabilities"]):
                old[position, : len(values)] = values
        return TrainExample(
            prompt_ids=prompts,
            prompt_mask=prompts != self.sampler.pad,
            completion_ids=completions,
            completion_mask=mask,
            advantages=advantages,
            ref_per_token_logps=self.log_probabilities(self.reference, prompts, completions),
            old_per_token_logps=old,
        )


def sampling_of(grpo: GrpoSection, seed: int, width: int) -> SamplingSection:
    """Returns the sampling parameters of rollouts."""
    return SamplingSection(
        samples_per_prompt=grpo.num_generations,
        temperature=grpo.temperature,
        top_p=grpo.top_p,
        max_new_tokens=grpo.max_new_tokens,
        max_prompt_tokens=width,
        seed=seed,
    )
