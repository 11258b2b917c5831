"""Counts and rates of a generation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from tunix_rt.domain.generations.answers import AnswerCounts


@dataclass
class GenerationProgress:
    """The progress of a generation.

    Args:
        prompts: the number of prompts; None until it is known.
        too_long: the number of prompts without answers.
        samples: the number of answers to each other prompt.
        started: when this attempt began to answer, on the monotonic clock.
    """

    samples: int
    prompts: int | None = None
    too_long: int = 0
    answers: int = 0
    malformed: int = 0
    tokens: int = 0
    started: float = 0.0
    new_answers: int = 0
    new_tokens: int = 0

    @property
    def total(self) -> int:
        """The number of answers in the end; 0 until it is known."""
        return 0 if self.prompts is None else (self.prompts - self.too_long) * self.samples

    def begin(self, counts: AnswerCounts) -> None:
        """Counts the answers that earlier attempts have stored."""
        self.answers, self.malformed, self.tokens = counts.answers, counts.malformed, counts.tokens

    def begin_answering(self, too_long: int) -> None:
        """Starts the clock of this attempt: the model is loaded, and the prompts are encoded."""
        self.too_long, self.started = too_long, time.monotonic()

    def add(self, stored: AnswerCounts) -> None:
        """Counts answers that were stored."""
        self.answers += stored.answers
        self.malformed += stored.malformed
        self.tokens += stored.tokens
        self.new_answers += stored.answers
        self.new_tokens += stored.tokens

    def columns(self) -> dict[str, Any]:
        """Returns the progress as columns of the ledger; only a completed generation has 1."""
        seconds = time.monotonic() - self.started if self.new_answers else 0.0
        left = max(0, self.total - self.answers)
        return {
            "progress": min(self.answers / self.total, 0.99) if self.total else 0.0,
            "prompt_count": self.prompts,
            "too_long_count": self.too_long,
            "answer_count": self.answers,
            "malformed_count": self.malformed,
            "token_count": self.tokens,
            "tokens_per_second": self.new_tokens / seconds if seconds else None,
            "eta_seconds": left * seconds / self.new_answers if seconds else None,
        }
