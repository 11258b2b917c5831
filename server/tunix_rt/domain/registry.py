"""Registries of drop-in files: the objects that the modules in a package, at any depth, define under a given name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, TypeVar

K = TypeVar("K")
T = TypeVar("T")


def drop_ins(package: str, attribute: str, type_: type[T], key: Callable[[T], K]) -> dict[K, T]:
    """Imports a package's modules and returns the objects that they define, by key, in the order of module names.

    Args:
        package: the package's dotted name.
        attribute: the name under which a module defines its object; a module without one is skipped.
        type_: the objects' class.

    Raises:
        RuntimeError: two modules have the same key.
    """
    found: dict[K, T] = {}
    path: Any = importlib.import_module(package).__path__
    for module in pkgutil.walk_packages(path, f"{package}."):
        value = getattr(importlib.import_module(module.name), attribute, None)
        if isinstance(value, type_) and found.setdefault(key(value), value) is not value:
            raise RuntimeError(f"{module.name} claims the key {key(value)!r} of another module")
    return found
