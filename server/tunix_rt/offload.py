"""Keeps work that grows with its input off the event loop.

The rule: a request's size, in bytes, values or rows, is bounded before the work begins; whatever may take more than
about 50 ms within the bound runs in a thread by ``off_loop``. The interpreter hands its lock round every 5 ms between
bytecodes, but not inside a call into C, so the bound also has to keep each single call short: decode, encode, sort or
match a piece at a time. Work that cannot be cut, or whose memory cannot be foretold, belongs in a process of its own,
as reading Parquet does (``domain.tables.parquet``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SMALL_BYTES = 1 << 16
"""Less than this is done at once: it takes less than a millisecond or two, and a thread's errand some 0.1 ms."""


async def off_loop(size: int, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Runs ``work`` and returns what it returns, in a thread unless its input is small.

    Args:
        size: of the input in bytes, or what it amounts to.
    """
    if size <= SMALL_BYTES:
        return work(*arguments, **named)
    return await asyncio.to_thread(work, *arguments, **named)
