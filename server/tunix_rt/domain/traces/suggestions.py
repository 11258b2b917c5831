"""Suggestions for filters of traces: metadata paths with examples, from a bounded sample of the newest traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Text, cast, func, select, type_coerce

from tunix_rt.db.models import traces
from tunix_rt.db.session import Session
from tunix_rt.domain.filtering.metadata.conditions import META_KEY_MAX_CHARS, META_PATH_MAX
from tunix_rt.domain.filtering.sql import Condition
from tunix_rt.offload import off_loop

SAMPLE = 1000
META_MAX_CHARS = 16_384
"""Metadata with a longer JSON text is left out of the sample, which bounds the sample's size."""
EXAMPLES = 5
EXAMPLE_MAX_CHARS = 200
PATHS_DEFAULT = 100
PATHS_MAX = 500

MetaKey: TypeAlias = tuple[str, ...]


class MetaKind(Enum):
    """The kind of a metadata value, as filters distinguish it."""

    STRING = "STRING"
    NUMBER = "NUMBER"
    BOOLEAN = "BOOLEAN"
    NULL = "NULL"
    LIST = "LIST"


@dataclass
class MetaPathUse:
    """The use of one path in the sample.

    Args:
        count: the number of traces that have a value at the path.
        examples: some distinct values, the newest first; lists are left out.
    """

    path: MetaKey
    count: int = 0
    kinds: set[MetaKind] = field(default_factory=set)
    examples: list[Any] = field(default_factory=list)

    def add(self, value: Any) -> None:
        """Counts the value of one trace."""
        self.count += 1
        kind = kind_of(value)
        self.kinds.add(kind)
        is_long = isinstance(value, str) and len(value) > EXAMPLE_MAX_CHARS
        if kind in {MetaKind.LIST, MetaKind.NULL} or is_long or len(self.examples) >= EXAMPLES:
            return
        if all(kind_of(known) is not kind or known != value for known in self.examples):
            self.examples.append(value)


def kind_of(value: Any) -> MetaKind:
    """Returns the kind of a value that is not an object."""
    if value is None:
        return MetaKind.NULL
    if isinstance(value, bool):
        return MetaKind.BOOLEAN
    if isinstance(value, str):
        return MetaKind.STRING
    return MetaKind.LIST if isinstance(value, list) else MetaKind.NUMBER


async def meta_paths(session: Session, conditions: Sequence[Condition], maximum: int) -> list[MetaPathUse]:
    """Returns the most frequent metadata paths of the newest traces that meet all conditions, equal ones by path."""
    text = type_coerce(traces.c.meta, Text()) if session.dialect.name == "sqlite" else cast(traces.c.meta, Text())
    sample = (
        select(text)
        .where(traces.c.meta.is_not(None), func.length(text) <= META_MAX_CHARS, *conditions)
        .order_by(traces.c.created_at.desc(), traces.c.id.desc())
        .limit(SAMPLE)
    )
    texts = list((await session.execute(sample)).scalars())
    return await off_loop(sum(map(len, texts)), uses_in, texts, maximum)


def uses_in(texts: Sequence[str], maximum: int) -> list[MetaPathUse]:
    """Returns the most frequent paths in metadata, given as JSON."""
    found: dict[MetaKey, MetaPathUse] = {}
    for text in texts:
        for path, value in leaves(msgspec.json.decode(text)):
            found.setdefault(path, MetaPathUse(path)).add(value)
    return sorted(found.values(), key=lambda use: (-use.count, use.path))[:maximum]


def leaves(value: Mapping[str, Any], outer: MetaKey = ()) -> Iterator[tuple[MetaKey, Any]]:
    """Yields each value that a filter can refer to, with its path: those in objects, but not in lists."""
    for key, inner in value.items():
        if not 1 <= len(key) <= META_KEY_MAX_CHARS:
            continue
        path = (*outer, key)
        if not isinstance(inner, dict):
            yield path, inner
        elif len(path) < META_PATH_MAX:
            yield from leaves(inner, path)
