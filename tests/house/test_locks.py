"""The locks, which are made with Python 3.11, install on every later version that is supported.

Pip refuses a lock with hashes in which a requirement is missing. Metadata of the installed packages show without a
network what each would require of another Python; only the wheels themselves are left to an installation.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from typing import Any, cast

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.support.repository import ROOT
from tests.tools.audit import LOCKS

PYTHONS = ("3.11", "3.12", "3.13")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {"runtime.txt": (), "dev.txt": ("answers", "dev", "parquet", "storage", "tunix")}
"""The extras of the project that each lock has, as ``make lock`` names them."""


def test_the_audit_inspects_every_lock():
    assert sorted(LOCKS) == sorted(f"requirements/{path.name}" for path in (ROOT / "requirements").glob("*.txt"))


def locked_names(lock: str) -> set[str]:
    """Returns the packages of a lock."""
    text = (ROOT / "requirements" / lock).read_text()
    return {canonicalize_name(name) for name in re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)}


def required_on(python: str, requirements: Iterable[str], extras: Iterable[str] = ()) -> list[Requirement]:
    """Returns the requirements that hold on a Python version, with some extras of the package that has them."""
    environment = cast(dict[str, Any], default_environment())
    environment |= {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "implementation_version": f"{python}.9",
    }
    found = [Requirement(text) for text in requirements]
    return [
        one
        for one in found
        if one.marker is None or any(one.marker.evaluate(environment | {"extra": extra}) for extra in ("", *extras))
    ]


def errors_on(python: str, roots: Iterable[str], locked: set[str]) -> set[str]:
    """Returns why a lock cannot be installed on a Python version: what is missing from it, and what refuses Python."""
    waiting, seen, errors = required_on(python, roots), set[tuple[str, frozenset[str]]](), set[str]()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        if name not in locked:
            errors.add(f"{name} is missing")
            continue
        metadata = distribution(name).metadata
        if not SpecifierSet(metadata["Requires-Python"] or "").contains(f"{python}.9"):
            errors.add(f"{name} requires Python {metadata['Requires-Python']}")
        waiting += required_on(python, metadata.get_all("Requires-Dist") or (), requirement.extras)
    return errors


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", EXTRAS)
def test_a_lock_is_whole_on_every_python(lock: str, python: str):
    optional = [text for extra in EXTRAS[lock] for text in PROJECT["optional-dependencies"][extra]]

    assert errors_on(python, [*PROJECT["dependencies"], *optional], locked_names(lock)) == set()


def test_a_package_that_another_python_needs_is_missed():
    roots = ['orjson; python_version >= "3.12"', 'click; python_version < "3.12"']

    assert errors_on("3.11", roots, {"click"}) == set()
    assert errors_on("3.12", roots, {"click"}) == {"orjson is missing"}


def test_a_package_that_refuses_a_python_is_found():
    assert any(error.startswith("click requires Python >=") for error in errors_on("3.2", ["click"], {"click"}))


def test_the_project_itself_supports_these_versions():
    assert all(SpecifierSet(PROJECT["requires-python"]).contains(f"{python}.0") for python in PYTHONS)
    named = [name.rpartition(" ")[2] for name in PROJECT["classifiers"] if name.startswith("Programming Language :: ")]
    assert named == ["3", *PYTHONS]


NODE = (20, 19, 0)
"""The oldest Node.js with which the pages are built."""
COMPARATOR = re.compile(r"(?P<sign>>=|<=|>|<|\^|~|=)?\s*v?(?P<version>\d+(?:\.\d+){0,2})(?:\.[x*])*")


def satisfies(node: tuple[int, int, int], wanted: str) -> bool:
    """Returns whether a version of Node.js is in a range as npm writes it."""
    if wanted.strip() in {"", "*"}:
        return True
    alternatives = [list(COMPARATOR.finditer(part)) for part in wanted.split("||")]
    return any(all(compares(node, one["sign"], one["version"]) for one in part) for part in alternatives)


def compares(node: tuple[int, int, int], sign: str | None, text: str) -> bool:
    """Returns whether a version of Node.js satisfies one comparator."""
    given = [int(part) for part in text.split(".")]
    whole, least = (*given, 0, 0)[:3], node[: len(given)]
    if sign in {">=", ">", "<=", "<"}:
        return {">=": node >= whole, ">": node > whole, "<=": node <= whole, "<": node < whole}[sign]
    if sign in {"^", "~"}:
        return node >= whole and node[: 1 if sign == "^" else 2] == whole[: 1 if sign == "^" else 2]
    return list(least) == given


@pytest.mark.parametrize(
    ("wanted", "satisfied"),
    [
        (">=18", True),
        ("^20.19.0 || >=22.12.0", True),
        (">= 16.20.0 < 21", True),
        ("20.x", True),
        ("*", True),
        (">=22.15.0", False),
        ("^18.0.0", False),
        ("^20.20.0", False),
        (">=16 <20", False),
    ],
)
def test_ranges_of_node_are_read(wanted: str, satisfied: bool):
    assert satisfies(NODE, wanted) is satisfied


def test_the_packages_of_the_web_client_run_on_the_oldest_node():
    packages = json.loads((ROOT / "client" / "web" / "package-lock.json").read_text())["packages"]
    wanted = {name: found.get("engines", {}) for name, found in packages.items()}
    nodes = {
        name: engines["node"] for name, engines in wanted.items() if isinstance(engines, dict) and "node" in engines
    }

    assert len(nodes) > 100
    assert {name: node for name, node in nodes.items() if not satisfies(NODE, node)} == {}
