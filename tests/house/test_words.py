"""The glossary's terms have no synonyms: words that they replace stay out of names, docstrings, messages and pages.

Names are split into their words first, so that ``tell_run`` and ``RunTold`` are found as well as "is told".
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tests.support.web_sources import WEB, web_files

NOT_OURS = (".tell()", '"drawing"', ".toBe(")
"""Methods of files and of Vitest, and the tag of recipes in existing databases: names that are not chosen here."""

OF_PAGES = {"drawing", "undone"}
"""Terms that are the field's own in the web client, which draws charts and undoes actions."""

RULED_OUT = {
    "judgement": r"judge?ments?|judged|judges",
    "fault": r"faults?|faulty",
    "undone": r"undone|undoes",
    "begun": r"begun",
    "standing": r"standing|stands? (as|where|for)",
    "leash": r"leash",
    "tail": r"tails",
    "long work": r"long work",
    "neighbours": r"neighbours?",
    "material": r"material",
    "worked out": r"worked out",
    "drawing": r"drawn|drawing|drawings|draws|lots? drawn",
    "models at hand": r"at hand",
    "thinning": r"thinn(ed|ing)",
    "patience": r"patien(ce|t|tly)",
    "told": r"told|tells?|telling",
    "say": r"sa(ys?|id|ying)",
    "learnt": r"learnt|foretold|surprise[sd]?",
    "archaic": r"whoever|whatever it|besides|alike|anew|so many|so long after|be it|shall|in the manner of",
    "of its own": r"of (its|one s|their) own",
    "look": r"looked at|a look at|looks whether",
    "mend": r"mend(s|ed|ing)?",
    "is no": r"(?<!there )(?:is|are|was|were) no (?:dicts?|json|lists?|mappings?|numbers?|objects?|records?|http url)",
    "see that": r"see that (?:it|the|they)",
    "and only then": r"and (?:only then|(?:only for|for) (?:it|them) only|only for (?:it|them))",
    "half a riddle": r"what is there|what becomes? of|what became of|how it (ended|stands|fares)|becomes? of",
}
"""Each ruled-out term, and the words by which it is recognised, in lower case with single spaces."""

OPENING = "docstring opening"
COMMENT_OPENING = re.compile(r"/\*\*\s+(?:\* )?(?:What|That|As|Nothing|How|Where|Who|Which|When) ")
OPENINGS = ("What ", "That ", "As ", "Nothing ", "Whether ", "How ", "Where ", "Who ", "Which ", "When ")


def pattern_of(words: str) -> re.Pattern[str]:
    """Returns the pattern that finds some words as whole words."""
    return re.compile(rf"\b(?:{words})\b")


PATTERNS = {term: pattern_of(words) for term, words in RULED_OUT.items()}


def words_of(text: str) -> str:
    """Returns a text's words in lower case, parted by single spaces; names are split where their words meet."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[a-z0-9]+", parted.lower()))


def terms_in(text: str) -> set[str]:
    """Returns the ruled-out terms that a text has."""
    words = words_of(text)
    return {term for term, pattern in PATTERNS.items() if pattern.search(words)}


def openings_in(source: str) -> set[str]:
    """Returns ``OPENING`` if a docstring of some Python source begins with a question or a demonstrative."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
    return {OPENING} if any((ast.get_docstring(node) or "").startswith(OPENINGS) for node in nodes) else set()


def files() -> Iterator[Path]:
    """Yields the source, the tests and the pages, but the changelog, which has old names."""
    folders = (ROOT / "server", ROOT / "client" / "python", ROOT / "tests", ROOT / "migrations")
    found = (path for folder in folders for path in sorted(folder.rglob("*.py")) if path != Path(__file__))
    yield from (path for path in found if "node_modules" not in path.parts)
    yield from web_files()
    yield from sorted((ROOT / "client" / "notebooks").glob("*.ipynb"))
    yield from [ROOT / "README.md", ROOT / "Makefile", ROOT / "docs" / "zensical.toml"]
    yield from sorted((ROOT / "tests" / "tools").rglob("*.sh"))
    yield from sorted((ROOT / "docs").rglob("*.md"))


def text_of(path: Path) -> str:
    """Returns the text of a file; of a notebook that of its cells, since outputs are written by programs."""
    if path.suffix != ".ipynb":
        return path.read_text()
    return "\n".join("".join(cell["source"]) for cell in json.loads(path.read_text())["cells"])


def found_in(path: Path) -> set[str]:
    """Returns the ruled-out terms of a file, each after its path."""
    text = text_of(path)
    openings = openings_in(text) if path.suffix == ".py" and "tests" not in path.parts else set()
    for name in NOT_OURS:
        text = text.replace(name, "")
    terms = terms_in(text) | openings
    if WEB in path.parents:
        terms = (terms - OF_PAGES) | ({OPENING} if COMMENT_OPENING.search(text) else set())
    return {f"{path.relative_to(ROOT).as_posix()}: {term}" for term in terms}


def test_no_ruled_out_word_comes_back():
    assert not {line for path in files() for line in found_in(path)}


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("def tell_run(): ...", "told"),
        ("class TraceJudgement: ...", "judgement"),
        ("WAIT_PATIENTLY = 1", "patience"),
        ("the models at\n    hand", "models at hand"),
        ("Its own faults are named.", "fault"),
        ("def toldOnce(self): ...", "told"),
        ("The line is no JSON.", "is no"),
        ("Check the file: see that it can be read.", "see that"),
        ("Required by the method DPO, and only for it.", "and only then"),
    ],
)
def test_a_ruled_out_word_is_found(text: str, term: str):
    assert terms_in(text) == {term}


@pytest.mark.parametrize(
    "text", ["default", "detail", "a sentence", "essay", "installment", "DEFAULTS = untold", "There is no object."]
)
def test_other_words_are_left_alone(text: str):
    assert terms_in(text) == set()


def test_a_docstring_that_opens_as_a_riddle_is_found():
    assert openings_in('def f():\n    """What it gives."""') == {OPENING}
    assert openings_in('def f():\n    """Returns the sum."""') == set()


def test_words_of_the_web_client_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tests.house.test_words.ROOT", tmp_path)
    monkeypatch.setattr("tests.house.test_words.WEB", tmp_path)
    chart = tmp_path / "Chart.tsx"
    chart.write_text("/**\n * What is drawn.\n */\nfunction tell() {}\n")
    assert found_in(chart) == {"Chart.tsx: told", f"Chart.tsx: {OPENING}"}


def test_a_notebook_is_read_without_its_outputs(tmp_path: Path):
    notebook = tmp_path / "one.ipynb"
    notebook.write_text('{"cells": [{"source": ["# Told\\n", "once"], "outputs": [{"text": ["a judge"]}]}]}')
    assert text_of(notebook) == "# Told\nonce"


def test_the_rule_reads_every_kind_of_file():
    read = {(path.relative_to(ROOT).parts[0], path.suffix) for path in files()}
    assert {
        ("client", ".tsx"),
        ("client", ".graphql"),
        ("client", ".ipynb"),
        ("docs", ".md"),
        ("server", ".py"),
    } <= read
