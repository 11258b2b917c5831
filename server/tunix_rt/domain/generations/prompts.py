"""The prompts of a generation: distinct, in the order of their source, each with the facts of its first trace."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec

from tunix_rt.db.session import Database
from tunix_rt.domain.atomic_files import write_atomically
from tunix_rt.domain.exports.formats import FormatOptions
from tunix_rt.domain.exports.formats.turns import record_turns
from tunix_rt.domain.exports.reading import read_ahead
from tunix_rt.domain.exports.sources import Source, reader_of
from tunix_rt.domain.generations.options import PROMPTS_MAX, GenerationOptions
from tunix_rt.domain.reasoning_templates import DEFAULT_TEMPLATE, reasoning_template
from tunix_rt.domain.text import sha256
from tunix_rt.errors import TooCostly


class Prompt(msgspec.Struct):
    """A prompt to answer.

    Args:
        prompts: the conversation up to the model's turn, which the trainer reads by this name.
        group: the group of the trace that has the prompt.
        reference_answer: its reference answer; None if it has none.
    """

    prompts: str
    prompt: str
    group: str
    reference_answer: str | None = None


class PromptOnly(msgspec.Struct):
    """The part of a stored payload that a generation reads."""

    prompt: str


decode_prompt = msgspec.json.Decoder(PromptOnly).decode


async def write_prompts(
    database: Database, source: Source, options: GenerationOptions, path: Path, wait_limit: float
) -> int:
    """Writes the prompts of a source to a file, atomically, and returns their number.

    Raises:
        NotFound: the dataset was deleted.
        TooCostly: there are too many prompts.
        Unavailable: the database was unreachable for longer than ``wait_limit`` seconds.
        OSError: the file cannot be written.
    """
    found = [prompt async for prompt in distinct_prompts(database, source, options, wait_limit)]
    lines = b"".join(msgspec.json.encode(prompt) + b"\n" for prompt in found)
    await asyncio.to_thread(write_atomically, path, lines)
    return len(found)


async def distinct_prompts(
    database: Database, source: Source, options: GenerationOptions, wait_limit: float
) -> AsyncIterator[Prompt]:
    """Yields the first prompts of a source, each once."""
    seen: set[str] = set()
    maximum = PROMPTS_MAX if options.limit is None else options.limit
    async with read_ahead(database, reader_of(source), wait_limit) as pages:
        async for page in pages:
            for trace in page.traces:
                text = decode_prompt(trace.payload).prompt
                key = sha256(text.encode())
                if key in seen:
                    continue
                if len(seen) == maximum:
                    if options.limit is not None:
                        return
                    raise TooCostly(f"There are more than {PROMPTS_MAX:,} prompts; set limit, or select fewer traces.")
                seen.add(key)
                yield Prompt(conversation(text, options), text, trace.group_key, trace.reference_answer)


def conversation(prompt: str, options: GenerationOptions) -> str:
    """Returns the conversation up to the model's turn, as in the records of a training."""
    user = FormatOptions(system_instruction=options.system_instruction).user_text(prompt)
    return record_turns(user, [], "", reasoning_template(DEFAULT_TEMPLATE)).prompt


def read_prompts(path: Path) -> list[Prompt]:
    """Reads the file of ``write_prompts``. Blocks; call it in a thread.

    Raises:
        OSError: it cannot be read.
    """
    return list(decoded_lines(path))


def decoded_lines(path: Path) -> Iterator[Prompt]:
    """Yields the prompts of a file."""
    decoder = msgspec.json.Decoder(Prompt)
    with path.open("rb") as file:
        yield from map(decoder.decode, file)
