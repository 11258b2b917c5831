"""Large documents."""

from __future__ import annotations

from tests.benchmarks.bomb_kinds.base import Bomb, asking

SIZE = 30_000_000
FIELDS = "{ " + "__typename " * 9_900 + "}"
ESCAPES = "\\n" * (SIZE // 4)

BOMBS = (
    Bomb("document: a comment of 30 MB", asking(f"#{'x' * SIZE}\n{{ __typename }}")),
    Bomb("document: 15 million lines", asking("\n" * (SIZE // 2) + "{ __typename }")),
    Bomb("document: a string of 30 MB", asking('{ node(id: "' + "x" * SIZE + '") { id } }')),
    Bomb("document: a string of 7 million escapes", asking('{ node(id: "' + ESCAPES + '") { id } }')),
    Bomb("document: a field 9,900 times", asking(FIELDS)),
)
