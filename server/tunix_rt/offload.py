"""Keeps work that grows with its input off the event loop.

The rule: a request's size, in bytes, values or rows, is limited before the work starts; work that may take more than
about 50 ms within the limit runs in a thread by ``off_loop``. The interpreter passes its lock on every 5 ms between
bytecodes, but not inside a call into C, so each single call has to be short, too: decode, encode, sort or match one
piece at a time. Work that cannot be split, or whose memory cannot be predicted, belongs in a separate process, like
reading Parquet (``domain.imports.tables.parquet_process``).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SMALL_BYTES = 1 << 16
"""Inputs below this size are processed in the event loop, in up to two milliseconds; a thread costs about 0.1 ms."""


async def off_loop(size: int, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Runs ``work``, in a thread unless its input is small, and returns its result.

    Args:
        size: the input's size in bytes, or an equivalent cost.
    """
    if size <= SMALL_BYTES:
        return work(*arguments, **named)
    return await asyncio.to_thread(work, *arguments, **named)
