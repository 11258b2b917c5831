"""Imports run downwards only: each room of the server may import the rooms that this table names, and no other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.repository import ROOT

PACKAGE = ROOT / "server" / "tunix_rt"

DATA = {"db"}
RULES = {"domain"} | DATA
FACE = {"api"} | RULES
EVERY_ROOM = {"settings", "errors", "offload"}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": {"settings"},
    "settings": {"errors"},
    "offload": set(),
    "db": EVERY_ROOM,
    "domain": EVERY_ROOM | DATA,
    "integrations": EVERY_ROOM | RULES,
    "jobs": EVERY_ROOM | RULES | {"trainer.check", "trainer.errors", "trainer.manifest", "trainer.step_plan"},
    "samples": EVERY_ROOM | RULES,
    "api": EVERY_ROOM | RULES | {"integrations"},
    "http": EVERY_ROOM | FACE,
    "app": EVERY_ROOM | FACE | {"http", "jobs"},
    "cli": EVERY_ROOM | FACE | {"http", "jobs", "app", "integrations", "samples"},
    "__main__": EVERY_ROOM | {"cli"},
    "trainer": EVERY_ROOM,
}


def imported_modules(source: str, module: str) -> Iterator[tuple[int, str]]:
    """The line and the full name of each import in a module's text, inside functions and TYPE_CHECKING blocks too.

    Args:
        module: the module's own full name, which relative imports start from; a package's ends in ``.__init__``.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def offences(source: str, path: str) -> list[str]:
    """What a module of the package imports against the table, each as ``path:line: what``.

    Args:
        path: where the module is, seen from the package: ``api/traces.py``.
    """
    parts = path.removesuffix(".py").split("/")
    room = parts[0]
    found = []
    for line, name in imported_modules(source, ".".join(["tunix_rt", *parts])):
        target = name.split(".")[1:]
        if name.split(".")[0] != "tunix_rt" or not is_room(target):
            continue
        if target[0] != room and not {target[0], ".".join(target[:2])} & MAY_IMPORT.get(room, set()):
            found.append(f"{path}:{line}: {room} may not import {name}")
    return found


def is_room(target: list[str]) -> bool:
    """Whether a name below the package is a module, rather than something that its ``__init__`` defines."""
    return bool(target) and (
        target[0] in MAY_IMPORT or (PACKAGE / f"{target[0]}.py").exists() or (PACKAGE / target[0]).is_dir()
    )


def modules() -> list[Path]:
    """Every module of the package but its own ``__init__``."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def test_every_room_has_a_line_in_the_table():
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}

    assert rooms, "the package was not found"
    assert rooms <= MAY_IMPORT.keys()


def test_imports_run_downwards():
    found = [
        offence for path in modules() for offence in offences(path.read_text(), path.relative_to(PACKAGE).as_posix())
    ]

    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source", "line"),
    [
        ("domain/traces.py", "import os\nfrom tunix_rt.api.traces.types import Trace", 2),
        ("domain/traces.py", "from ..http import graphql", 1),
        ("domain/__init__.py", "from ..http import graphql", 1),
        ("db/paging.py", "def page():\n    import tunix_rt.domain.traces.storage", 2),
        ("db/paging.py", "from tunix_rt import domain", 1),
        ("settings.py", "from tunix_rt.db import engine", 1),
        ("cli/run.py", "from tunix_rt.trainer.train import main", 1),
        (
            "jobs/worker.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from tunix_rt.api import context",
            3,
        ),
    ],
)
def test_an_import_upwards_is_found(path: str, source: str, line: int):
    (offence,) = offences(source, path)

    assert offence.startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("api/traces.py", "from tunix_rt.db.pages import Pages\nfrom tunix_rt.domain import traces"),
        (
            "api/relay/ids.py",
            "from tunix_rt.api.errors import coded\nfrom . import cursors\nfrom ...errors import BadId",
        ),
        ("cli/run.py", "from tunix_rt.integrations import tunix\nfrom tunix_rt import __version__\nimport tunix_rt"),
        ("settings.py", "from tunix_rt.errors import SettingsError\nimport errors\nfrom api import traces"),
    ],
)
def test_an_import_downwards_is_allowed(path: str, source: str):
    assert offences(source, path) == []
