"""Validated traces by columns, ready to be stored, as an import prepares them.

This module imports no database, so that the process that prepares batches starts quickly and stays small.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson

from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.domain.text import sha256
from tunix_rt.domain.traces.given_origins import GivenOrigin
from tunix_rt.domain.traces.search_bodies import body_of
from tunix_rt.domain.traces.trace import PREVIEW_CHARS, TraceDraft

META = "meta"


class PreparedTraces(msgspec.Struct, array_like=True):
    """Traces by columns, in the values that the driver takes, and what is stored beside them.

    Args:
        columns: a list for each column of ``derived_columns``.
        bodies: the words of each trace as ``body_of`` returns them, a string or bytes.
        scores, origins: the scores and origins of traces that have any, by the trace's position.
        size: the size of all traces as JSON, in bytes.
    """

    columns: dict[str, list[Any]] = msgspec.field(default_factory=dict)
    bodies: list[Any] = msgspec.field(default_factory=list)
    scores: dict[int, tuple[GivenScore, ...]] = msgspec.field(default_factory=dict)
    origins: dict[int, GivenOrigin] = msgspec.field(default_factory=dict)
    size: int = 0

    def __len__(self) -> int:
        return len(self.bodies)

    def extend(self, others: PreparedTraces) -> None:
        """Appends other traces."""
        before = len(self)
        for name, values in others.columns.items():
            self.columns.setdefault(name, []).extend(values)
        self.bodies += others.bodies
        self.scores |= {before + position: scores for position, scores in others.scores.items()}
        self.origins |= {before + position: origin for position, origin in others.origins.items()}
        self.size += others.size


def prepare_traces(drafts: Sequence[TraceDraft], kind: str) -> PreparedTraces:
    """Returns drafts that have neither an id nor a creation time as traces that are ready for a kind of database."""
    rows = [derived_columns(draft) for draft in drafts]
    columns = {name: [row[name] for row in rows] for name in rows[0]} if rows else {}
    if META in columns:
        columns[META] = [None if meta is None else orjson.dumps(meta).decode() for meta in columns[META]]
    return PreparedTraces(
        columns,
        [body_of(draft.payload, kind) for draft in drafts],
        {position: draft.scores for position, draft in enumerate(drafts) if draft.scores},
        {position: draft.origin for position, draft in enumerate(drafts) if draft.origin is not None},
        sum(len(draft.canonical) for draft in drafts),
    )


def derived_columns(draft: TraceDraft) -> dict[str, Any]:
    """Returns the columns of a draft that do not depend on when it is stored."""
    trace = draft.payload
    prompt_hash = sha256(trace.prompt.encode())
    return {
        "trace_version": trace.trace_version,
        "source": draft.source,
        "prompt_hash": prompt_hash,
        "content_hash": draft.content_hash,
        "step_count": len(trace.steps),
        "char_count": draft.char_count,
        "prompt_preview": trace.prompt[:PREVIEW_CHARS],
        "final_answer_preview": trace.final_answer[:PREVIEW_CHARS],
        "external_id": draft.external_id,
        META: trace.meta,
        "payload": draft.canonical.decode(),
        "reference_answer": draft.reference_answer,
        "group_key": draft.group or prompt_hash,
    }
