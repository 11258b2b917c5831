"""Large documents."""

from __future__ import annotations

from tests.benchmarks.bomb_kinds.base import Bomb, asking

SIZE = 30_000_000
LEGAL = 990_000
"""Just below the bound on a document's characters."""
COMPOSITE = "{ traces { " + "nodes { id } " * 2_400 + "} }"
NAMES = "{ " + " ".join(f"f{number}{'x' * 90}" for number in range(9_900)) + " }"
FIELDS = "{ " + "__typename " * 9_900 + "}"
ESCAPES = "\\n" * (SIZE // 4)

BOMBS = (
    Bomb("document: a comment of 30 MB", asking(f"#{'x' * SIZE}\n{{ __typename }}")),
    Bomb("document: 15 million lines", asking("\n" * (SIZE // 2) + "{ __typename }")),
    Bomb("document: a string of 30 MB", asking('{ node(id: "' + "x" * SIZE + '") { id } }')),
    Bomb("document: a string of 7 million escapes", asking('{ node(id: "' + ESCAPES + '") { id } }')),
    Bomb("document: a field 9,900 times", asking(FIELDS)),
    Bomb("document: a comment of 990,000 characters", asking(f"#{'x' * LEGAL}\n{{ __typename }}")),
    Bomb("document: a string of 495,000 escapes", asking('{ node(id: "' + "\\n" * (LEGAL // 2) + '") { id } }')),
    Bomb("document: an object 2,400 times", asking(COMPOSITE)),
    Bomb("document: 9,900 long unknown names", asking(NAMES)),
)
