"""Functions of the web client are named by verbs and nouns, not by a bare participle such as ``moved``.

A participle leaves open what the function does: ``applyMove`` changes a state, ``moveRun`` a list.
"""

from __future__ import annotations

import re

from tests.support.web_sources import web_files

FUNCTION = re.compile(
    r"\b(?:function\s+(?P<declared>[a-z]+)\b"
    r"|const\s+(?P<assigned>[a-z]+)\s*=\s*(?:async\s*)?(?:<[^=]*>\s*)?\((?:[^()]|\([^()]*\))*\)(?:\s*:\s*[^=;]+?)?\s*=>)",
)
IRREGULAR = (
    "built|brought|caught|chosen|cut|done|found|given|gone|held|hidden|kept|left|made|met|put|read|"
    "sent|set|shown|spent|taken|written"
)
PARTICIPLE = re.compile(rf"\w+(?:ed|ing)|{IRREGULAR}")
NOT_PARTICIPLES = {"embed", "exceed", "feed", "need", "nothing", "proceed", "seed", "speed", "string", "succeed"}
"""Words that only end like participles."""


def participles_in(source: str) -> set[str]:
    """Returns the names of a source's functions that are bare participles."""
    names = {match["declared"] or match["assigned"] for match in FUNCTION.finditer(source)}
    return {name for name in names if PARTICIPLE.fullmatch(name)} - NOT_PARTICIPLES


SOURCES = [path for path in web_files() if path.suffix in {".ts", ".tsx", ".mjs"}]


def test_participles_are_found():
    source = """
      export function moved(at: number): number { return at; }
      const shown = (text: string): string[] => [text];
      const deleted = async (): Promise<void> => {};
      const open = (): void => {};
      const loaded = rows.filter((row) => row.isLoaded);
      function watchReturns(): void {}
    """

    assert participles_in(source) == {"moved", "shown", "deleted"}


def test_no_function_of_the_web_client_is_a_bare_participle():
    assert SOURCES
    found = {str(path): participles_in(path.read_text()) for path in SOURCES}

    assert {path: names for path, names in found.items() if names} == {}
