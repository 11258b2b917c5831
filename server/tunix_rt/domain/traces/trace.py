"""The trace: its fields, their limits, and the values derived from them.

Limits count Unicode code points. Those of prompt, answer, version and step type are the original application's; those
of steps and their content allow the longest thoughts of today's models, whose 32,000 tokens are a thousand paragraphs
and more.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

from tunix_rt.domain.scores.draft import GivenScore
from tunix_rt.domain.traces.given_origins import GivenOrigin

VERSION_MAX_CHARS = 64
PROMPT_MAX_CHARS = 50_000
ANSWER_MAX_CHARS = 50_000
STEPS_MAX = 10_000
STEP_TYPE_MAX_CHARS = 64
STEP_CONTENT_MAX_CHARS = 200_000
STEP_INDEX_MAX = 2**31 - 1
REFERENCE_MAX_CHARS = 50_000
EXTERNAL_ID_MAX_CHARS = 256
SOURCE_MAX_CHARS = 256
GROUP_MAX_CHARS = 256
ANSWER_STEP = "answer"
"""The type of the single step of an answer without reasoning."""
PREVIEW_CHARS = 200
"""Code points of the previews of the prompt and of the final answer, which lists show."""
META_KEY = "source"
"""The metadata key whose text becomes the trace's ``source``."""


class TraceStep(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A step of reasoning; ``i`` is its index, unique in the trace, in any order."""

    i: Annotated[int, Meta(ge=0, le=STEP_INDEX_MAX)]
    type: Annotated[str, Meta(min_length=1, max_length=STEP_TYPE_MAX_CHARS)]
    content: Annotated[str, Meta(min_length=1, max_length=STEP_CONTENT_MAX_CHARS)]


class TracePayload(msgspec.Struct, forbid_unknown_fields=True):
    """A whole trace as given, with its steps in order."""

    trace_version: Annotated[str, Meta(min_length=1, max_length=VERSION_MAX_CHARS)]
    prompt: Annotated[str, Meta(min_length=1, max_length=PROMPT_MAX_CHARS)]
    final_answer: Annotated[str, Meta(min_length=1, max_length=ANSWER_MAX_CHARS)]
    steps: Annotated[list[TraceStep], Meta(min_length=1, max_length=STEPS_MAX)]
    meta: dict[str, Any] | None = None


class StoredStep(msgspec.Struct, gc=False):
    """A stored step; readers that need its trace set ``trace_id``."""

    i: int
    type: str
    content: str
    trace_id: uuid.UUID | None = None


class StoredSteps(msgspec.Struct):
    """The parts of a stored payload that a reader needs; the rest is skipped during decoding."""

    prompt: str
    final_answer: str
    steps: list[StoredStep]


class StoredTexts(msgspec.Struct):
    """The parts of a stored payload, with its steps as they are stored."""

    prompt: str
    final_answer: str
    steps: msgspec.Raw


encode = msgspec.json.Encoder().encode
decode_stored = msgspec.json.Decoder(StoredSteps).decode
decode_texts = msgspec.json.Decoder(StoredTexts).decode
decode_steps = msgspec.json.Decoder(list[StoredStep]).decode


class TraceDraft(msgspec.Struct, dict=True):
    """A validated trace that is not stored yet.

    Args:
        canonical: the payload as compact JSON, which is stored and hashed.
        scores: the scores to store with it, not part of the hash.
        reference_answer: the known correct answer, not part of the hash.
        group: the group that was given, not part of the hash; None for the group of the prompt.
        origin: the external run that has produced it, not part of the hash; None if there is none.
        id: its existing id; None for a new one.
        created_at: its creation time; None for the time of storing.
    """

    payload: TracePayload
    canonical: bytes
    external_id: str | None = None
    scores: tuple[GivenScore, ...] = ()
    reference_answer: str | None = None
    group: str | None = None
    origin: GivenOrigin | None = None
    id: uuid.UUID | None = None
    created_at: datetime | None = None

    @property
    def source(self) -> str | None:
        """``meta.source`` if it is a string, else None."""
        value = (self.payload.meta or {}).get(META_KEY)
        return value if isinstance(value, str) else None

    @cached_property
    def content_hash(self) -> str:
        """The SHA-256, in hex, of the canonical payload and the external id: equal for a trace imported again."""
        return content_sha256(self.canonical, self.external_id).hex()

    @property
    def char_count(self) -> int:
        """The number of code points of the prompt, the final answer and every step's content."""
        trace = self.payload
        return len(trace.prompt) + len(trace.final_answer) + sum(len(step.content) for step in trace.steps)


class AnyStep(Protocol):
    """A step, stored or not."""

    i: int
    type: str
    content: str


def steps_or_answer(steps: list[Any] | None, final_answer: Any) -> Any:
    """Returns the given steps; without any, the step of an answer without reasoning, if there is a final answer."""
    if steps or not isinstance(final_answer, str) or not final_answer:
        return steps
    return [{"i": 0, "type": ANSWER_STEP, "content": final_answer}]


def reasoning_of(steps: Sequence[AnyStep]) -> list[str]:
    """Returns the contents of the steps of reasoning; none for an answer without reasoning."""
    return [] if is_answer_alone(steps) else [step.content for step in steps]


def is_answer_alone(steps: Sequence[AnyStep]) -> bool:
    """Returns whether steps belong to an answer without reasoning: one step of the type ``answer``."""
    return len(steps) == 1 and steps[0].type == ANSWER_STEP


def content_sha256(canonical: bytes, external_id: str | None) -> bytes:
    """Returns the digest by which duplicates are detected: of the canonical payload, a NUL and the external id."""
    digest = hashlib.sha256(canonical)
    digest.update(b"\0" + (external_id or "").encode())
    return digest.digest()
