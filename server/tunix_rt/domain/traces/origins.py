"""Origins of generated traces: which model gave which answer, with which sampling parameters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.models import trace_origins
from tunix_rt.db.session import Session
from tunix_rt.trainer.contract import FinishReason


@dataclass(frozen=True, kw_only=True)
class OriginDraft:
    """The origin of a trace that a model has generated.

    Args:
        generation_id: the generation that it belongs to; None for a rollout of a training run.
        run_id: the run whose model or policy has generated it; None for any other model.
        checkpoint_step: the training step of the weights; None for an exported model.
        policy_version: the number of updates that a rollout's policy had seen; None for a generation.
        prompt_position: the position of its prompt in the generation, or in the run's dataset, from 0.
        sample_index: the position among the answers to the same prompt, from 0.
        seed: the seed of the generation; None if the sampler had none.
        template: the name or the text of the template that the answer was parsed by; None if it was not parsed.
        token_count: the number of generated tokens, the end token excluded.
        mean_log_probability: the mean over these tokens, in nats; None if it is not known.
        malformed: whether the answer did not follow the template.
        raw_text: the answer as it was generated.
    """

    generation_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None
    model_id: str
    checkpoint_step: int | None = None
    policy_version: int | None = None
    prompt_position: int
    sample_index: int
    temperature: float
    top_p: float
    max_new_tokens: int
    seed: int | None = None
    template: str | None = None
    finish_reason: FinishReason
    token_count: int
    mean_log_probability: float | None = None
    malformed: bool
    raw_text: str

    def row(self, trace_id: uuid.UUID) -> dict[str, Any]:
        """Returns the row of the origin."""
        values = {spec.name: getattr(self, spec.name) for spec in fields(self)}
        return values | {"trace_id": trace_id, "finish_reason": self.finish_reason.value}


async def add_origins(session: Session, origins: Iterable[tuple[uuid.UUID, OriginDraft]]) -> None:
    """Stores the origins of traces that were stored in the same transaction.

    Raises:
        Conflict: the same answer of a generation, or the same rollout of a run, is stored already.
    """
    rows = [origin.row(trace_id) for trace_id, origin in origins]
    for part in chunks(rows):
        await insert_rows(session, trace_origins, part)
