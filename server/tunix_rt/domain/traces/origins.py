"""Origins of generated traces: which model gave which answer, with which sampling parameters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import msgspec
from sqlalchemy import or_, select

from tunix_rt.db.bulk import chunks, insert_rows
from tunix_rt.db.models import trace_origins, tunix_runs
from tunix_rt.db.models.runs import EXTERNAL
from tunix_rt.db.session import Session
from tunix_rt.domain.names.unknown import UnknownName
from tunix_rt.domain.text import clip
from tunix_rt.domain.traces.given_origins import FIELD, SAMPLING, GivenOrigin
from tunix_rt.errors import Conflict
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
    await insert_origins(session, [origin.row(trace_id) for trace_id, origin in origins])


async def insert_origins(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Inserts the rows of origins."""
    for part in chunks(rows):
        await insert_rows(session, trace_origins, part)


async def add_given_origins(session: Session, given: Sequence[tuple[uuid.UUID, GivenOrigin]]) -> None:
    """Stores the origins of traces that were stored in the same transaction.

    Raises:
        UnknownName: one of the runs does not exist.
        Conflict: one of them is trained by this server, which stores its rollouts itself.
    """
    if given:
        runs = await external_runs(session, {origin.run for _, origin in given})
        await insert_origins(session, [given_row(trace_id, origin, runs[origin.run]) for trace_id, origin in given])


async def external_runs(session: Session, named: set[str]) -> dict[str, Any]:
    """Returns the ids and models of external runs by UUIDs and names; raises as ``add_given_origins`` does."""
    ids = {name: found for name in named if (found := uuid_or_none(name)) is not None}
    columns = [tunix_runs.c[name] for name in ("id", "output_name", "model_id", "engine")]
    mine = or_(tunix_runs.c.id.in_(ids.values()), tunix_runs.c.output_name.in_(named))
    rows = (await session.execute(select(*columns).where(mine))).all()
    known = {row.output_name: row for row in rows} | {row.id: row for row in rows}
    runs: dict[str, Any] = {}
    for name in sorted(named):
        row = known.get(ids.get(name, name))
        if row is None:
            raise UnknownName("run", name, [FIELD, "run"], ": register it first.")
        if row.engine != EXTERNAL:
            message = f"The run {clip(name)!r} is trained by this server, which stores its rollouts itself."
            raise Conflict(message, [FIELD, "run"])
        runs[name] = row
    return runs


def uuid_or_none(text: str) -> uuid.UUID | None:
    """Returns the UUID that a text is; None if it is something else."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def given_row(trace_id: uuid.UUID, given: GivenOrigin, run: Any) -> dict[str, Any]:
    """Returns the row of an origin; values that its program does not report are null.

    Args:
        run: the row of its run, with ``id`` and ``model_id``.
    """
    values = {name: getattr(given, name) for name in given.__struct_fields__ if name not in {"run", SAMPLING}}
    sampled = {} if given.sampling_parameters is None else msgspec.structs.asdict(given.sampling_parameters)
    reason = None if given.finish_reason is None else given.finish_reason.value
    known = values | sampled | {"trace_id": trace_id, "run_id": run.id, "model_id": run.model_id}
    return dict.fromkeys(trace_origins.c.keys()) | known | {"finish_reason": reason}
