"""The sync client, token by token from the async one: both have the same methods from one source."""

from __future__ import annotations

import re
from collections.abc import Callable

HEADER = "# Generated from _async/{name}: edit that file, then run python client/python/codegen/generate.py.\n"

REPLACEMENTS: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"\bfrom collections\.abc import .*\n", lambda found: one_of_each(found.group(0))),
    (r"\bawait asyncio\.to_thread\((\w[\w.]*)\)", r"\1()"),
    (r"\bimport asyncio\b", "import time"),
    (r"\basyncio\.sleep\b", "time.sleep"),
    (r"\bwebsockets\.asyncio\b", "websockets.sync"),
    (r"\bawait ", ""),
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\b__a(enter|exit|iter|len)__\b", r"__\1__"),
    (r"\b__anext__\b", "__next__"),
    (r"\bAsync(Iterator|Iterable|Generator)\b", r"\1"),
    (r"\bhttpx\.AsyncClient\b", "httpx.Client"),
    (r"\baclose\b", "close"),
    (r"\baiter_(\w+)\b", r"iter_\1"),
    (r"\baread\b", "read"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b_async\b", "_sync"),
    (r"\basync client\b", "client"),
    (r"^import time\n(?!(?:.*\n)*.*\btime\.)", ""),
]


def sync_module(source: str, name: str) -> str:
    """Returns a module of the sync client.

    Args:
        source: the module of the async client.
        name: its path below ``_async``, for the first line.
    """
    for pattern, replacement in REPLACEMENTS:
        source = re.sub(pattern, replacement, source, flags=re.MULTILINE)
    return HEADER.format(name=name) + source


def one_of_each(line: str) -> str:
    """Returns an import line in which no name occurs twice once the async ones have lost their prefix."""
    names = {name.strip().removeprefix("Async") for name in line.partition(" import ")[2].split(",")}
    return f"from collections.abc import {', '.join(sorted(names))}\n"
