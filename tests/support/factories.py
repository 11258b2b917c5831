"""Builders of valid traces and scores, as plain values and as Hypothesis strategies.

``trace`` and ``score_row`` build one thing with the fields that a test cares about; the strategies below them give any
valid one. Nothing here touches a database but ``insert_rows``.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy import insert, select

from tunix_rt.db.bulk import driver_columns
from tunix_rt.db.identity import new_id
from tunix_rt.db.models import scores, traces
from tunix_rt.db.session import Session
from tunix_rt.domain.traces.origins import OriginDraft
from tunix_rt.domain.traces.search_index import bodies_of, insert_searchable
from tunix_rt.domain.traces.storage import delete_traces, row_of
from tunix_rt.domain.traces.trace import TraceDraft
from tunix_rt.domain.traces.validation import validate_trace
from tunix_rt.trainer.contract import FinishReason

START = datetime(2026, 1, 1, tzinfo=UTC)
MAX_BYTES = 1_048_576
SAFE_INTEGERS = 2**53
"""Up to here a double and an integer are the same number, so every JSON reader agrees on it."""

KINDS = ("CODE", "MODEL", "HUMAN")


def trace(prompt: str = "What is 2 + 2?", **fields: Any) -> dict[str, Any]:
    """Returns a valid trace in the native format, with the given fields."""
    given = {
        "trace_version": "1.0",
        "prompt": prompt,
        "final_answer": "4",
        "steps": [{"i": 0, "type": "reasoning", "content": "Two and two make four."}],
    }
    return given | fields


def trace_draft(value: Mapping[str, Any] | None = None, external_id: str | None = None) -> TraceDraft:
    """A checked trace that is not stored yet."""
    return validate_trace(value or trace(), MAX_BYTES, external_id)


def trace_row(
    value: Mapping[str, Any] | None = None, external_id: str | None = None, seconds: float = 0, **columns: Any
) -> dict[str, Any]:
    """Returns the row of a trace, stored ``seconds`` after ``START``, with the given columns."""
    return row_of(trace_draft(value, external_id), START + timedelta(seconds=seconds)) | columns


def score_row(trace_id: uuid.UUID, score: float = 1.0, seconds: float = 0, **columns: Any) -> dict[str, Any]:
    """Returns the row of a person's score of a whole trace, with the given columns."""
    given = {
        "id": new_id(),
        "trace_id": trace_id,
        "step_index": None,
        "scorer": "ada",
        "scorer_version": "1",
        "kind": "HUMAN",
        "score": score,
        "rationale": None,
        "details": None,
        "scored_at": START + timedelta(seconds=seconds),
        "run_id": None,
    }
    return given | columns


async def delete_all(session: Session) -> None:
    """Deletes every trace, and takes them out of the index."""
    await delete_traces(session, list((await session.execute(select(traces.c.id))).scalars()))


async def insert_rows(
    session: Session, trace_rows: Sequence[Mapping[str, Any]], score_rows: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Stores rows as they are, so that two databases can hold the same, and indexes them as the server does."""
    if trace_rows:
        bodies = bodies_of([row["payload"] for row in trace_rows], session.dialect.name)
        await insert_searchable(session, driver_columns(traces, trace_rows, session.dialect), bodies)
    if score_rows:
        await session.execute(insert(scores), [dict(row) for row in score_rows])


# Strategies: any valid text, JSON value, trace.

ALPHABET = st.one_of(
    st.sampled_from("aAbBzZ019 -_%'\"\\/.\t\n"),
    st.sampled_from("éÉßñ\u00a0\u0301\u2028\u200b\uffff\ufb03🦉𝄞\U0010ffff\x01\x7f"),
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
)
"""Every character that may be stored, the awkward ones often."""


def texts(low: int = 1, high: int = 20) -> SearchStrategy[str]:
    """Texts that may be stored, of ``low`` to ``high`` code points."""
    return st.text(ALPHABET, min_size=low, max_size=high)


def numbers() -> SearchStrategy[int | float]:
    """Numbers on which every JSON reader agrees."""
    whole = st.one_of(st.integers(-3, 3), st.integers(-SAFE_INTEGERS, SAFE_INTEGERS))
    broken = st.one_of(
        st.sampled_from([0.0, 0.5, 1.0, -2.5, 0.1, 1e-9, 1e20]),
        st.floats(-1e15, 1e15, allow_nan=False, allow_subnormal=False),
    )
    return st.one_of(whole, broken)


def scalars() -> SearchStrategy[Any]:
    """JSON values without inner structure."""
    return st.one_of(st.none(), st.booleans(), numbers(), texts(0, 8))


def json_values(leaves: int = 8) -> SearchStrategy[Any]:
    """JSON values, nested."""
    return st.recursive(
        scalars(),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts(0, 4), inner, max_size=3)),
        max_leaves=leaves,
    )


def metas() -> SearchStrategy[dict[str, Any] | None]:
    """Metadata, or none."""
    keys = st.one_of(st.sampled_from(["source", "k", "n"]), texts(0, 6))
    return st.one_of(st.none(), st.dictionaries(keys, json_values(), max_size=4))


@st.composite
def native_traces(draw: st.DrawFn) -> dict[str, Any]:
    """Valid traces in the native format."""
    indexes = draw(st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=4, unique=True))
    value = trace(
        draw(texts()),
        trace_version=draw(texts(high=8)),
        final_answer=draw(texts()),
        steps=[{"i": index, "type": draw(texts(high=8)), "content": draw(texts())} for index in indexes],
    )
    if draw(st.booleans()):
        value["meta"] = draw(metas())
    return value


def external_ids() -> SearchStrategy[str | None]:
    """External ids, or none."""
    return st.one_of(st.none(), texts(high=12))


# A population: rows whose values repeat, so that orders meet ties and filters meet both answers.

WORDS = ("add", "Add", "sum", "two", "2", "48", "1e5", "x1", "résumé", "Résumé", "year-end", "48/2", "a_b", "→", "end.")
SCRIPTS = (
    *("ΣΊΣΥΦΟΣ", "Σίσυφος", "İstanbul", "istanbul", "ISTANBUL", "Straße", "STRASSE", "n²", "½", "ﬃ", "cafe\u0301"),
    *(
        "a\u00adb",
        "機械学習",
        "学習する",
        "機械",
        "機。械",
        "GPU機械2",
        "カタカナー",
        "ｶﾀｶﾅ",
        "ประเทศไทย",
        "ไทย",
        "한국어",
        "русский",
    ),
    *("1️⃣", "x\u0301", "\u0301", "क्षेत्र", "ສະບາຍດີ", "x" * 3000, "é" * 1100),
)
"""Words whose folding or splitting is not that of ASCII."""
SOURCES = (None, "", "a", "A", "ab", "b%c", "b_c", "Z", "é", "\uffff", "🦉")
EXTERNAL_IDS = (None, "1", "10", "2", "row-1", "ROW-1", "é", "🦉")
META_KEYS = ("k", "n", "x.y", 'q"u', "0", "$", "é")
META_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 2**53, 0.5, 1.0, 0.1, -2.5, 1e20, "", "1", "true", "ab", "aB", "é🦉", "x" * 250),
    *([], [1, "a", None], [[1]], [1.0, True], {}, {"k": 1}, {"k": {"n": "ab"}}, {"n": [1, "ab"]}, {"k": None}),
)
SCORERS = ("ada", "baseline", "Bob", "é")
SCORES = (0.0, 1.0, -1.5, 0.1, 100.0, 1e-9)


def population(seed: int, size: int = 60) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows of ``size`` traces and of about two scores for each; equal seeds give equal values, but for the ids."""
    chance = random.Random(seed)  # noqa: S311 - test data
    trace_rows = [random_trace_row(chance) for _ in range(size)]
    chance.shuffle(trace_rows)
    score_rows = [
        random_score_row(chance, row["id"]) for row in trace_rows for _ in range(chance.choice([0, 0, 1, 2, 3, 6]))
    ]
    return trace_rows, score_rows


def random_trace_row(chance: random.Random) -> dict[str, Any]:
    """A trace's row made from the values above."""
    steps = [
        {"i": index, "type": "t", "content": random_words(chance)}
        for index in chance.sample(range(6), chance.randint(1, 4))
    ]
    meta: dict[str, Any] | None = {
        key: chance.choice(META_VALUES) for key in chance.sample(META_KEYS, chance.randint(0, 4))
    }
    source = chance.choice(SOURCES)
    if source is not None and meta is not None:
        meta["source"] = source
    elif chance.random() < 0.3:
        meta = None
    value = trace(
        random_words(chance),
        trace_version=chance.choice(["1.0", "2"]),
        final_answer=random_words(chance),
        steps=steps,
        meta=meta,
    )
    return trace_row(value, chance.choice(EXTERNAL_IDS), chance.choice([0, 0, 1, 1.5, 60, 86_400]))


def origin_draft(**given: Any) -> OriginDraft:
    """The origin of an answer to the first prompt, with some of its values."""
    values: dict[str, Any] = {
        "model_id": "run:addition",
        "prompt_position": 0,
        "sample_index": 0,
        "temperature": 0.5,
        "top_p": 1.0,
        "max_new_tokens": 8,
        "finish_reason": FinishReason.STOP,
        "token_count": 4,
        "malformed": False,
        "raw_text": "4",
    }
    return OriginDraft(**values | given)


def random_score_row(chance: random.Random, trace_id: uuid.UUID) -> dict[str, Any]:
    """A score's row made from the values above."""
    return score_row(
        trace_id,
        chance.choice(SCORES),
        chance.choice([0, 1, 1, 2, 3600]),
        step_index=chance.choice([None, None, 0, 1, 5]),
        scorer=chance.choice(SCORERS),
        scorer_version=chance.choice(["1", "2"]),
        kind=chance.choice(KINDS),
        rationale=chance.choice([None, "", "good", "Good", "\uffff", "🦉"]),
        details=chance.choice([None, {"a": 1}]),
        run_id=chance.choice([None, uuid.UUID(int=1), uuid.UUID(int=2)]),
    )


def random_words(chance: random.Random) -> str:
    """A few words."""
    return chance.choice(" ,").join(chance.choices(WORDS + SCRIPTS, k=chance.randint(1, 5)))
