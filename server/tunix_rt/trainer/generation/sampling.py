"""Samples answers with Tunix's sampler. Importing this module imports JAX and Tunix."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from flax import nnx
from tunix.generate.sampler import CacheConfig, Sampler

from tunix_rt.trainer.contract import ANSWERS_AT_ONCE, CONFIG_FILE, FinishReason
from tunix_rt.trainer.data.tokens import Encoder
from tunix_rt.trainer.data.turns import MARKERS_OF, RECORD_END, TurnStyle
from tunix_rt.trainer.generation.prompts import AnswerPosition, EncodedPrompts, unused_token
from tunix_rt.trainer.generation.request import SamplingSection
from tunix_rt.trainer.models.loading import LoadedModel

CONFIG_FILES = ("generation_config.json", CONFIG_FILE)
PAD_TOKENS = ("<pad>", "<|endoftext|>", "<|finetune_right_pad_id|>", "<unk>")
SPARE_SLOTS = 1
"""Slots of the cache beyond prompt and answer: Tunix 0.1.7 decodes one step further than it returns."""


class PreparedTokens:
    """A tokenizer for Tunix's sampler whose texts are positions of prompts that are encoded already.

    Tunix's own adapter strips control tokens from texts, and adds tokens that training has not seen.
    """

    def __init__(self, encoder: Encoder, prompts: EncodedPrompts, pad: int) -> None:
        self._encoder = encoder
        self._prompts = prompts
        self._pad = pad

    def encode(self, text: str) -> list[int]:
        """Returns the tokens of the prompt at a position."""
        return self._prompts.ids[int(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Returns the text of generated tokens, without control tokens."""
        text: str = self._encoder.tokenizer.decode(list(ids), skip_special_tokens=True)
        return text

    def bos_id(self) -> None:
        """Returns None: encoded prompts have their first token."""

    def eos_id(self) -> int:
        """Returns the padding token, for models without an end token."""
        return self._pad

    def pad_id(self) -> int:
        """Returns the padding token."""
        return self._pad


@dataclass(frozen=True)
class GeneratedAnswer:
    """An answer that was sampled.

    Args:
        ids: its tokens, the end token excluded.
        log_probability: the mean over these tokens.
    """

    position: AnswerPosition
    text: str
    finish_reason: FinishReason
    ids: Sequence[int]
    log_probability: float | None

    def values(self) -> dict[str, Any]:
        """Returns the answer as ``answers`` events have it."""
        return {
            "prompt": self.position.prompt,
            "sample": self.position.sample,
            "text": self.text,
            "finishReason": self.finish_reason.value,
            "tokens": len(self.ids),
            "meanLogProbability": self.log_probability,
        }


class AnswerSampler:
    """Samples batches of answers, all by one compiled program.

    Args:
        at_once: the number of answers of a batch.
        one_end: whether only the end of the model's turn ends an answer; other end tokens are never sampled then.
    """

    def __init__(
        self,
        model: LoadedModel,
        encoder: Encoder,
        prompts: EncodedPrompts,
        sampling: SamplingSection,
        *,
        at_once: int = ANSWERS_AT_ONCE,
        one_end: bool = False,
    ) -> None:
        config, self._sampling, self._at_once = model.family.config, sampling, at_once
        self._width, self._plain = prompts.width, encoder.style is TurnStyle.PLAIN
        found = end_tokens(model.folder, encoder, model.vocabulary)
        self.ends = [end_of_turn(encoder, found)] if one_end and found else found
        pad = unused_token(list(pad_tokens(model.folder, encoder)), prompts, model.vocabulary)
        self._forbidden = [token for token in dict.fromkeys([pad, *found]) if token not in self.ends]
        self.pad = pad
        cache = CacheConfig(
            cache_size=self._width + sampling.max_new_tokens + SPARE_SLOTS,
            num_layers=config.num_layers,
            num_kv_heads=config.num_kv_heads,
            head_dim=config.head_dim,
        )
        self._sampler = Sampler(model.module, PreparedTokens(encoder, prompts, pad), cache)

    def use(self, module: Any) -> None:
        """Samples from now on with the current weights of the module, which is of the same model."""
        self._sampler.transformer_state = nnx.variables(module, nnx.Param)

    def sample(self, positions: Sequence[AnswerPosition], batch: int) -> list[GeneratedAnswer]:
        """Samples a batch; the result depends on the request and on the number of the batch only."""
        filled = [*positions, *[positions[-1]] * (self._at_once - len(positions))]
        found = self._sampler(
            [str(position.prompt) for position in filled],
            max_generation_steps=self._sampling.max_new_tokens,
            max_prompt_length=self._width,
            eos_tokens=self.ends,
            forbidden_tokens=self._forbidden,
            temperature=self._sampling.temperature,
            top_p=self._sampling.top_p if self._sampling.temperature else None,
            seed=batch_seed(self._sampling.seed, batch),
            return_logprobs=True,
        )
        parts = zip(positions, found.text, found.tokens, found.logprobs, strict=False)
        return [self._answer(position, text, tokens.tolist(), logs) for position, text, tokens, logs in parts]

    def _answer(self, position: AnswerPosition, text: str, ids: list[int], logs: Sequence[float]) -> GeneratedAnswer:
        """Returns an answer; an end marker that is spelt out, for a model without control tokens, ends it too."""
        text, spelt, _ = text.partition(RECORD_END) if self._plain else (text, "", "")
        stopped = bool(spelt) or len(ids) < self._sampling.max_new_tokens
        mean = float(np.mean(np.asarray(logs[: len(ids)], np.float64))) if ids else None
        reason = FinishReason.STOP if stopped else FinishReason.LENGTH
        return GeneratedAnswer(position, text, reason, ids, mean if mean is None or np.isfinite(mean) else None)


def batch_seed(seed: int, batch: int) -> int:
    """Returns the seed of a batch, so that a resumed generation samples the same answers."""
    return int(np.random.SeedSequence([seed, batch]).generate_state(1)[0]) >> 1


def end_tokens(folder: Path, encoder: Encoder, vocabulary: int) -> list[int]:
    """Returns the tokens that end an answer: the end of the model's turn, and those of its configuration."""
    marker = None if encoder.style is TurnStyle.PLAIN else MARKERS_OF[encoder.style].end
    found = [encoder.tokenizer.token_to_id(name) for name in (marker, "<eos>") if name is not None]
    found += list(configured_tokens(folder, "eos_token_id"))
    return sorted({token for token in found if token is not None and 0 <= token < vocabulary})


def end_of_turn(encoder: Encoder, ends: Sequence[int]) -> int:
    """Returns the end token of the model's turns; the first of ``ends`` for a model that has no such token."""
    marker = encoder.tokenizer.token_to_id(MARKERS_OF[encoder.style].end)
    return marker if marker in ends else ends[0]


def pad_tokens(folder: Path, encoder: Encoder) -> Iterator[int | None]:
    """Yields tokens that may pad prompts, the best first."""
    yield from configured_tokens(folder, "pad_token_id")
    yield from (encoder.tokenizer.token_to_id(name) for name in PAD_TOKENS)


def configured_tokens(folder: Path, name: str) -> Iterator[int]:
    """Yields the tokens that a model's configuration files have under a name."""
    for file in (folder / name for name in CONFIG_FILES):
        try:
            value = json.loads(file.read_text()).get(name)
        except (OSError, ValueError, AttributeError):
            continue
        yield from (token for token in (value if isinstance(value, list) else [value]) if isinstance(token, int))
