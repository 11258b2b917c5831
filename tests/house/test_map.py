"""``docs/house.md`` is a true map of the tree, and its rules for additions hold."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.repository import ROOT
from tests.support.source_tree import PACKAGE, modules, tree_of
from tunix_rt.domain import scorers
from tunix_rt.domain.exports import containers, scored_formats
from tunix_rt.domain.exports import formats as export_formats
from tunix_rt.domain.imports import formats as import_formats

PAGE = ROOT / "docs" / "house.md"
GLOSSARY = ROOT / "docs" / "glossary.md"

ROW = re.compile(r"^\| `(?P<folder>[\w/]+)/` \|", re.MULTILINE)
PATH = re.compile(r"`(?P<path>[\w/.]+(?:/|\.py))(?::(?P<name>\w+))?`")
ADDITION = re.compile(r"a file in `(?P<folder>[\w/]+)/` that defines `(?P<constant>\w+)`")
TERM = re.compile(r"^\*\*(?P<term>[^*]+)\*\*: (?P<sentence>.+)$", re.MULTILINE)

TERMS = {
    *("trace", "step", "final answer", "reference answer", "group", "score", "scorer", "grader", "dataset", "recipe"),
    *("member", "split", "overlap", "export", "format", "container", "import", "run", "attempt", "mode", "method"),
    *("engine", "manifest", "checkpoint", "artifact", "adapter", "event", "metric", "supervisor", "worker", "lease"),
    *("hold", "job", "connection", "edge", "cursor", "node", "idempotency key"),
}

REGISTRIES: dict[str, tuple[ModuleType, str]] = {
    "domain/scorers": (scorers, "scorers"),
    "domain/imports/formats": (import_formats, "import_formats"),
    "domain/exports/formats": (export_formats, "export_formats"),
    "domain/exports/scored_formats": (scored_formats, "scored_formats"),
    "domain/exports/containers": (containers, "container_types"),
}
"""The package of each folder to which the page adds files, and the function that finds its members."""


def folders() -> set[str]:
    """Returns the folders of the server that have Python files, as the page writes them."""
    return {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")} - {"."}


def top_level_names(path: Path) -> set[str]:
    """Returns the names that a module defines."""
    found = set()
    for node in tree_of(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def broken_references(page: str) -> Iterator[str]:
    """Yields the page's references to files that do not exist and to names that their files do not define."""
    for found in PATH.finditer(page):
        places = [place for place in (PACKAGE / found["path"], ROOT / found["path"]) if place.exists()]
        if not places or (found["name"] and found["name"] not in top_level_names(places[0])):
            yield found[0]


def test_the_map_has_every_folder_once():
    rows = [row["folder"] for row in ROW.finditer(PAGE.read_text())]

    assert sorted(rows) == sorted(folders())


def test_what_the_page_names_is_there():
    assert not list(broken_references(PAGE.read_text()))


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.name)
def test_what_a_decision_names_is_there(page: Path):
    assert not list(broken_references(page.read_text()))


def test_a_reference_to_nothing_is_found():
    page = "`domain/nowhere/`, `db/paging.py:lost`, `domain/`, `db/paging.py`, `errors.py:ErrorCode` and `tests/house/`"

    assert list(broken_references(page)) == ["`domain/nowhere/`", "`db/paging.py:lost`"]


def test_every_registry_is_on_the_page():
    additions = {found["folder"] for found in ADDITION.finditer(PAGE.read_text())}

    assert additions == REGISTRIES.keys()


@pytest.mark.parametrize("found", ADDITION.finditer(PAGE.read_text()), ids=lambda found: found["folder"])
def test_a_file_with_the_constant_is_all_that_a_registry_needs(
    found: re.Match[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package, function = REGISTRIES[found["folder"]]
    registry = getattr(package, function)
    there = registry()
    defining = [
        module
        for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if hasattr(module := importlib.import_module(one.name), found["constant"])
    ]
    assert len(defining) == len(there)

    folder = sys.modules[str(defining[0].__package__)]
    inner = [importlib.import_module(f"{folder.__name__}.{one.name}") for one in pkgutil.iter_modules(folder.__path__)]
    moved = Path(str(defining[0].__file__))
    others = tmp_path / "others"
    others.mkdir()
    for module in inner:
        if module is not defining[0]:
            (others / Path(str(module.__file__)).name).symlink_to(str(module.__file__))
    monkeypatch.setattr(folder, "__path__", [str(others)])
    registry.cache_clear()
    try:
        assert len(registry()) == len(there) - 1
        (others / moved.name).symlink_to(moved)
        importlib.invalidate_caches()
        registry.cache_clear()
        assert registry() == there
    finally:
        monkeypatch.undo()
        registry.cache_clear()


def test_a_model_family_is_one_function_in_one_table():
    file = PACKAGE / "trainer" / "models" / "families.py"
    (table,) = [
        node.value
        for node in tree_of(file).body
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "MAKERS"
    ]
    assert isinstance(table, ast.Dict)
    families = {ast.literal_eval(key) for key in table.keys if key}
    functions = {name for value in table.values for name in re.findall(r"\w+", ast.unparse(value))}

    assert families
    assert functions & top_level_names(file)
    elsewhere = {
        path.name
        for path in modules().values()
        if path != file
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and node.value in families
    }
    assert elsewhere <= {"tiny.py", "base_models.py"}, "only the tiny models of random weights name their families"


def test_a_kind_of_job_is_a_line_of_one_function():
    (function,) = [
        node
        for node in tree_of(PACKAGE / "jobs" / "kinds.py").body
        if isinstance(node, ast.FunctionDef) and node.name == "kinds_of"
    ]
    called = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    defined = {
        node.name
        for path in (PACKAGE / "jobs").glob("*/kind.py")
        for node in tree_of(path).body
        if isinstance(node, ast.ClassDef)
        and any(ast.unparse(one).startswith("async def record_event") for one in node.body)
    }

    assert defined
    assert defined <= called


def test_the_glossary_defines_its_terms_in_order_in_a_sentence_each():
    entries = [(found["term"], found["sentence"]) for found in TERM.finditer(GLOSSARY.read_text())]
    terms = [term for term, _ in entries]

    assert set(terms) >= TERMS
    assert terms == sorted(terms)
    assert not [term for term, sentence in entries if not sentence.endswith(".") or ". " in sentence]
