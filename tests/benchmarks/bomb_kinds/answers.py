"""Small queries with large answers."""

from __future__ import annotations

import orjson

from tests.benchmarks.bomb_kinds.base import Bomb, Drop, Target, answer_to, asking
from tests.benchmarks.client import request_bytes

STEPS = 45
TRACES = 100
PAGES = "{ " + " ".join(f"a{n}: traces(first: 100) {{ nodes {{ steps {{ content }} }} }}" for n in range(7)) + " }"
WHOLE = "{ traces(first: 60) { nodes { steps { content } } } }"
MANY_STEPS = 500
STEPS_OF_MANY = "{ traces(first: 180) { nodes { steps { index type content } } } }"
DEFAULTS = """query ($a: Int! = 500, $b: Int! = 500) {
    traces(first: $a) { nodes { scores(first: $b) { nodes { trace { scores(first: $b) { nodes { id } } } } } } }
}"""


def filled(target: Target) -> None:
    """Stores traces of nearly a megabyte each."""
    line = {"trace_version": "1.0", "final_answer": "4"}
    steps = [{"i": number, "type": "thought", "content": "x" * 20_000} for number in range(STEPS)]
    lines = [orjson.dumps(line | {"prompt": f"{number}?", "steps": steps}) for number in range(TRACES)]
    output = answer_to(target, [request_bytes("/v1/traces", b"\n".join(lines), "application/x-ndjson")])
    if not output.startswith("200"):
        raise RuntimeError(output)


def pages(target: Target) -> Drop:
    """Asks for every trace seven times."""
    filled(target)
    return asking(PAGES)(target)


def page(target: Target) -> Drop:
    """Asks for 54 MB, which is within the bound."""
    filled(target)
    return asking(WHOLE)(target)


def steps(target: Target) -> Drop:
    """Asks for 90,000 short steps, which is within the bound."""
    line = {"trace_version": "1.0", "final_answer": "4"}
    short = [{"i": number, "type": "thought", "content": "x"} for number in range(MANY_STEPS)]
    lines = [orjson.dumps(line | {"prompt": f"{number}?", "steps": short}) for number in range(180)]
    output = answer_to(target, [request_bytes("/v1/traces", b"\n".join(lines), "application/x-ndjson")])
    if not output.startswith("200"):
        raise RuntimeError(output)
    return asking(STEPS_OF_MANY)(target)


BOMBS = (
    Bomb("answer: 600 MB from 500 bytes", pages),
    Bomb("answer: 54 MB", page),
    Bomb("answer: 90,000 steps", steps),
    Bomb("answer: 62 million objects by variables' defaults", asking(DEFAULTS)),
)
