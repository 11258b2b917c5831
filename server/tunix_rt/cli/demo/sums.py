"""The traces of the demo: every sum of two numbers from 1 to 20, with one step of reasoning."""

from __future__ import annotations

import json
from collections.abc import Iterator

SOURCE = "demo/sums"
LARGEST = 20


def sum_lines() -> Iterator[str]:
    """Yields the traces as native lines, 400 of them, each with its reference answer."""
    for a in range(1, LARGEST + 1):
        for b in range(1, LARGEST + 1):
            yield json.dumps(
                {
                    "trace_version": "1.0",
                    "prompt": f"What is {a} + {b}?",
                    "steps": [{"i": 0, "type": "reasoning", "content": f"Add {b} to {a}."}],
                    "final_answer": str(a + b),
                    "reference_answer": str(a + b),
                    "external_id": f"{a}+{b}",
                    "meta": {"source": SOURCE},
                }
            )
