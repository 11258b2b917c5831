"""Imports run downwards only: each room of the server may import the rooms that this table names, and no other."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tests.support.source_tree import PACKAGE, imported_names

DATA = {"db"}
RULES = {"domain"} | DATA
FACE = {"api"} | RULES
EVERY_ROOM = {
    "settings",
    "setting_values",
    "errors",
    "frames",
    "offload",
    "logs",
    "lru",
    "suggestions",
    "trainer.contract",
    "trainer.step_plan",
}

TRAINER_LIBRARIES = {"flax", "jax", "numpy", "optax", "orbax", "qwix", "tunix"}
TRAINER_LIBRARIES |= {"huggingface_hub", "safetensors", "tokenizers", "yaml"}
"""The libraries of the trainer's interpreter, which has nothing of the server's."""

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"engine_settings", "errors", "setting_values", "suggestions"},
    "engine_settings": {"setting_values"},
    "setting_values": {"errors"},
    "frames": set(),
    "offload": set(),
    "logs": set(),
    "lru": set(),
    "suggestions": set(),
    "db": EVERY_ROOM,
    "domain": EVERY_ROOM | DATA,
    "integrations": EVERY_ROOM | RULES,
    "jobs": EVERY_ROOM | RULES | {"trainer.check"},
    "samples": EVERY_ROOM | RULES,
    "api": EVERY_ROOM | RULES | {"integrations", "samples"},
    "http": EVERY_ROOM | FACE,
    "services": EVERY_ROOM | FACE | {"integrations"},
    "app": EVERY_ROOM | FACE | {"http", "jobs", "integrations", "services"},
    "cli": EVERY_ROOM | FACE | {"http", "jobs", "app", "integrations", "samples", "services"},
    "__main__": EVERY_ROOM | {"cli"},
    "trainer": set(),
}


def offences(source: str, path: str) -> list[str]:
    """Returns the imports of a module against the table, each as ``path:line: what``.

    Args:
        path: where the module is, seen from the package: ``api/traces.py``.
    """
    parts = path.removesuffix(".py").split("/")
    room = parts[0]
    found = []
    for line, name in imported_names(ast.parse(source), ".".join(["tunix_rt", *parts])):
        target = name.split(".")[1:]
        if name.split(".")[0] != "tunix_rt" or not is_room(target):
            continue
        if target[0] != room and not {target[0], ".".join(target[:2])} & MAY_IMPORT.get(room, set()):
            found.append(f"{path}:{line}: {room} may not import {name}")
    return found


def is_room(target: list[str]) -> bool:
    """Returns whether a name below the package is a module, rather than something that its ``__init__`` defines."""
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


def foreign_imports(source: str) -> set[str]:
    """Returns the libraries that a module of the trainer imports though its interpreter may lack them."""
    names = {name.split(".")[0] for _, name in imported_names(ast.parse(source), "tunix_rt.trainer.module")}
    return names - sys.stdlib_module_names - TRAINER_LIBRARIES - {"tunix_rt"}


def test_the_trainer_needs_its_own_libraries_only():
    found = {path.name: foreign_imports(path.read_text()) for path in (PACKAGE / "trainer").rglob("*.py")}

    assert found
    assert not {name: libraries for name, libraries in found.items() if libraries}


def test_a_library_of_the_server_in_the_trainer_is_found():
    assert foreign_imports("import json, jax.numpy\nfrom sqlalchemy import select") == {"sqlalchemy"}


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
        ("trainer/check.py", "from tunix_rt.errors import Conflict", 1),
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
            "api/relay/connection.py",
            "from tunix_rt.api.errors import coded\nfrom . import cursors\nfrom ...errors import BadId",
        ),
        ("cli/run.py", "from tunix_rt.integrations import tunix\nfrom tunix_rt import __version__\nimport tunix_rt"),
        ("settings.py", "from tunix_rt.errors import SettingsError\nimport errors\nfrom api import traces"),
    ],
)
def test_an_import_downwards_is_allowed(path: str, source: str):
    assert offences(source, path) == []
