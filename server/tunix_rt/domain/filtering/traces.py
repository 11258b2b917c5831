"""The filterable fields of traces: columns, metadata, words, scores and datasets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from sqlalchemy import and_, bindparam, cast, column, literal, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TEXT, TSQUERY, TSVECTOR

from tunix_rt.db.models import dataset_traces, datasets, scores, traces
from tunix_rt.domain.filtering.datasets import DATASETS
from tunix_rt.domain.filtering.generations import OF_TRACE, ORIGINS
from tunix_rt.domain.filtering.metadata.conditions import meta_condition
from tunix_rt.domain.filtering.metadata.sqlite import UNINDEXED_SEQ
from tunix_rt.domain.filtering.scores import SCORES
from tunix_rt.domain.filtering.sql import Condition, Filterable, Relation
from tunix_rt.domain.jobs.datasets import OF_COMPLETED
from tunix_rt.domain.search_words import Phrase, required_phrases

trace_search = table("trace_search", column("rowid"))
"""SQLite's full-text index."""


def search_condition(search: str, kind: str, *, joined: bool = False) -> Condition:
    """Returns the condition for traces whose text has every phrase of a search, by the database's search index.

    Args:
        joined: whether the traces are looked up by another table's rows, see ``Filterable.joined``.

    Raises:
        BadUserInput: the search has no word.
    """
    phrases = required_phrases(search)
    if kind == "postgresql":
        wanted = cast(literal(" & ".join(map(tsquery, phrases)), TEXT), TSQUERY)
        return literal_column("traces.search", TSVECTOR).bool_op("@@")(wanted)
    match = text("trace_search MATCH :wanted").bindparams(
        bindparam("wanted", " AND ".join(map(fts_query, phrases)), unique=True)
    )
    found = select(trace_search.c.rowid).where(match)
    return (UNINDEXED_SEQ if joined else traces.c.seq).in_(found.scalar_subquery())


def fts_query(phrase: Phrase) -> str:
    """Returns a phrase in FTS5's syntax; words contain no quotes."""
    return f'"{" ".join(phrase.words)}"' + (" *" if phrase.is_prefix else "")


def tsquery(phrase: Phrase) -> str:
    """Returns a phrase in the syntax of PostgreSQL's ``tsquery``."""
    *before, last = (f"'{word}'" for word in phrase.words)
    return f"({' <-> '.join([*before, last + (':*' if phrase.is_prefix else '')])})"


def in_datasets(condition: Condition) -> Condition:
    """Returns the condition for members of datasets that satisfy a condition.

    The datasets are looked up once in a subquery; with a join, SQLite might start from their members.
    """
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
        "reference_answer": traces.c.reference_answer,
        "group": traces.c.group_key,
    },
    relations={
        "scores": Relation(SCORES, scores.c.trace_id == traces.c.id),
        "produced_by": Relation(ORIGINS, OF_TRACE),
        "datasets": Relation(DATASETS, and_(dataset_traces.c.trace_id == traces.c.id, OF_COMPLETED), in_datasets),
    },
)


def traces_noun(*, joined: bool) -> Filterable:
    """Returns the noun of traces, with its ``unserved`` variant."""
    meta, search = partial(meta_condition, joined=joined), partial(search_condition, joined=joined)
    noun = replace(ROOT_TRACES, meta=meta, search=search)
    return replace(noun, unserved=replace(noun, meta=partial(meta, served=False)))


TRACES = replace(traces_noun(joined=False), joined=traces_noun(joined=True))
