"""What a filter of traces may speak of: their columns, metadata, words, scores and datasets."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from functools import partial

from sqlalchemy import and_, bindparam, column, func, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TSVECTOR

from tunix_rt.db.models import dataset_traces, datasets, scores, traces
from tunix_rt.domain.dataset_filters import DATASETS
from tunix_rt.domain.filter_sql import Condition, Filterable, Relation
from tunix_rt.domain.meta_sql import meta_condition
from tunix_rt.domain.score_filters import SCORES
from tunix_rt.domain.sqlite_meta import UNINDEXED_SEQ
from tunix_rt.errors import BadUserInput

ASCII_PUNCTUATION = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+")
WORD_CATEGORIES = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl"}
"""Unicode's letters and digits: what both databases make words of."""

trace_search = table("trace_search", column("rowid"))
"""SQLite's full-text index, kept by triggers."""


def search_condition(words: str, kind: str, *, joined: bool = False) -> Condition:
    """Traces whose text holds every word; both databases part words at the same places.

    Args:
        joined: whether the traces are looked up by another table's rows, see ``Filterable.joined``.

    Raises:
        BadUserInput: if there is no word in it.
    """
    phrases = [phrase for term in words.split() if has_word(phrase := ASCII_PUNCTUATION.sub(" ", term).strip())]
    if not phrases:
        raise BadUserInput("search needs at least one word of letters or digits.", ["where", "search"])
    if kind == "sqlite":
        wanted = " ".join(f'"{phrase}"' for phrase in phrases)
        found = select(trace_search.c.rowid).where(
            text("trace_search MATCH :wanted").bindparams(bindparam("wanted", wanted, unique=True))
        )
        return (UNINDEXED_SEQ if joined else traces.c.seq).in_(found.scalar_subquery())
    vector = literal_column("traces.search", TSVECTOR)
    return and_(
        *(
            vector.bool_op("@@")(func.phraseto_tsquery(literal_column("'simple'::regconfig"), phrase))
            for phrase in phrases
        )
    )


def has_word(phrase: str) -> bool:
    """Whether there is a word in it: a term of signs alone, such as an arrow, asks for nothing on either database."""
    return any(unicodedata.category(char) in WORD_CATEGORIES for char in phrase)


def in_datasets(condition: Condition) -> Condition:
    """Memberships of such datasets. These are looked up once; a join would let SQLite begin with their members."""
    return dataset_traces.c.dataset_id.in_(select(datasets.c.id).where(condition))


ROOT_TRACES = Filterable(
    table=traces,
    columns={
        "id": traces.c.id,
        "created_at": traces.c.created_at,
        "trace_version": traces.c.trace_version,
        "source": traces.c.source,
        "prompt_hash": traces.c.prompt_hash,
        "content_hash": traces.c.content_hash,
        "step_count": traces.c.step_count,
        "char_count": traces.c.char_count,
        "prompt_preview": traces.c.prompt_preview,
        "final_answer_preview": traces.c.final_answer_preview,
        "external_id": traces.c.external_id,
    },
    relations={
        "scores": Relation(SCORES, scores.c.trace_id == traces.c.id),
        "datasets": Relation(DATASETS, dataset_traces.c.trace_id == traces.c.id, in_datasets),
    },
    meta=meta_condition,
    search=search_condition,
)
TRACES = replace(
    ROOT_TRACES,
    joined=replace(
        ROOT_TRACES, meta=partial(meta_condition, joined=True), search=partial(search_condition, joined=True)
    ),
)
