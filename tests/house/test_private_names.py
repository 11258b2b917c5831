"""Private names of libraries that the server uses, each with a test that it still exists.

A name with an underscore may change in any release of its library. Those that are used all the same are listed here
alone, with the reason, so that an upgrade which removes one fails here by name.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sqlite3
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

import aiosqlite
import pytest
from graphql import GraphQLSchema
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection
from sqlalchemy.pool import QueuePool
from starlette.responses import FileResponse
from strawberry import Info
from strawberry.schema import Schema
from strawberry.types import ExecutionContext

from tests.support.source_tree import NAME, PACKAGE, modules, tree_of
from tunix_rt.api.execution.limits.operation import Limits
from tunix_rt.api.schema import build_schema
from tunix_rt.settings import Settings

STANDARD = {"_asdict", "_fields", "_mapping", "_exit", "_Decompress"}
"""Documented in spite of the underscore: of named tuples, of SQLAlchemy's rows, of ``os``, and zlib's type as typeshed
names it."""


@cache
def schema() -> Any:
    """Returns the schema as it is served."""
    return build_schema(Limits.of(Settings()))


def functions_of(module: str) -> set[str]:
    """Returns the functions in the source of an installed module."""
    return {node.name for node in ast.walk(installed(module)) if isinstance(node, ast.FunctionDef)}


def installed(module: str) -> ast.Module:
    """Returns the source of an installed module, which is not imported: that would start JAX."""
    package, *inner = module.split(".")
    spec = importlib.util.find_spec(package)
    assert spec, f"{package} is not installed"
    assert spec.submodule_search_locations
    return ast.parse(Path(spec.submodule_search_locations[0], *inner).with_suffix(".py").read_text())


def sets(class_: Any, name: str) -> bool:
    """Returns whether the methods of a class set an attribute."""
    return f"self.{name} = " in inspect.getsource(class_)


def has(owner: Any, name: str) -> bool:
    """Returns whether a class defines a name, itself or by inheritance."""
    return name in {defined for base in owner.__mro__ for defined in vars(base)}


def sqlite_connection() -> aiosqlite.Connection:
    """Returns a connection that is never opened."""
    return aiosqlite.Connection(lambda: sqlite3.connect(":memory:"), 1)


PRIVATE_NAMES: dict[str, Callable[[], bool]] = {
    # Strawberry's schema: graphql-core's, which documents are validated against, and the way back.
    "_schema": lambda: isinstance(schema()._schema, GraphQLSchema),
    "_strawberry_schema": lambda: schema()._schema._strawberry_schema is schema(),
    # Strawberry's hooks of an operation: its context, its executor, its errors.
    "_create_execution_context": lambda: has(Schema, "_create_execution_context"),
    "_get_execute_function": lambda: has(Schema, "_get_execute_function"),
    "_handle_execution_result": lambda: has(Schema, "_handle_execution_result"),
    # graphql-core's info with the selection as parsed, and the operation's name as sent.
    "_raw_info": lambda: "_raw_info" in {field.name for field in fields(Info)},
    "_provided_operation_name": lambda: sets(ExecutionContext, "_provided_operation_name"),
    # The connections that a pool of SQLAlchemy's may open beyond its size, for metrics.
    "_max_overflow": lambda: sets(QueuePool, "_max_overflow"),
    # Starlette: opens the file of a download, here one of the storage.
    "_open_file": lambda: has(FileResponse, "_open_file"),
    # aiosqlite: the connection of the standard library, its thread, and the ways into the thread.
    "_conn": lambda: has(aiosqlite.Connection, "_conn"),
    "_execute": lambda: has(aiosqlite.Connection, "_execute"),
    "_thread": lambda: isinstance(sqlite_connection()._thread, Thread),
    "_tx": lambda: isinstance(sqlite_connection()._tx, SimpleQueue),
    # SQLAlchemy's adapter of aiosqlite, whose cursor is replaced by one that reads all rows in one turn.
    "_adapt_connection": lambda: has(AsyncAdapt_dbapi_cursor, "_adapt_connection"),
    "_awaitable_cursor_close": lambda: AsyncAdapt_dbapi_cursor._awaitable_cursor_close is True,
    "_connection": lambda: has(AsyncAdapt_dbapi_cursor, "_connection"),
    "_cursor": lambda: has(AsyncAdapt_dbapi_cursor, "_cursor"),
    "_cursor_cls": lambda: has(AsyncAdapt_aiosqlite_connection, "_cursor_cls"),
    "_execute_async": lambda: has(AsyncAdapt_dbapi_cursor, "_execute_async"),
    "_execute_mutex": lambda: has(AsyncAdapt_aiosqlite_connection, "_execute_mutex"),
    "_executemany_async": lambda: has(AsyncAdapt_dbapi_cursor, "_executemany_async"),
    "_rows": lambda: has(AsyncAdapt_dbapi_cursor, "_rows"),
    "_soft_closed_memoized": lambda: has(AsyncAdapt_dbapi_cursor, "_soft_closed_memoized"),
    # Tunix: the table of Hugging Face's tensor names of each family, and the metrics and evaluation of its trainer.
    "_buffered_train_metrics": lambda: (
        "_buffered_train_metrics" in defined_names([installed("tunix.sft.peft_trainer")])
    ),
    "_get_key_and_transform_mapping": lambda: (
        "_get_key_and_transform_mapping" in functions_of("tunix.models.qwen3.params")
    ),
    "_post_process_eval_step": lambda: "_post_process_eval_step" in functions_of("tunix.sft.peft_trainer"),
    "_post_process_train_step": lambda: "_post_process_train_step" in functions_of("tunix.sft.peft_trainer"),
    "_run_eval": lambda: "_run_eval" in functions_of("tunix.sft.peft_trainer"),
}
"""Each private name of a library that the server uses, with the proof that the library still has it."""


def is_private(name: str) -> bool:
    """Returns whether a name has the underscore of what is not meant for others."""
    return name.startswith("_") and not name.startswith("__") and name != "_"


def private_names(tree: ast.AST) -> set[str]:
    """Returns the private names that a piece of source uses or defines of attributes, methods and imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {part for alias in node.names for part in [*(node.module or "").split("."), alias.name]}
    return {name for name in found if is_private(name)}


def defined_names(trees: Iterable[ast.AST]) -> set[str]:
    """Returns every name that some source defines: functions, classes, variables and attributes."""
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and ast.unparse(node.value) == "self":
            found.add(node.attr)
    return found


def inherited_names(class_: type) -> set[str]:
    """Returns the private names that a class of ours uses or overrides and that a library's class above it defines."""
    names = private_names(ast.parse(textwrap.dedent(inspect.getsource(class_))))
    above = {name for base in class_.__mro__ if not base.__module__.startswith(NAME) for name in vars(base)}
    return {name for name in names & above if is_private(name)}


def own_classes() -> Iterator[type]:
    """Yields the classes of the server, without those of the trainer, whose libraries start JAX."""
    for name, path in modules().items():
        written = {node.name for node in tree_of(path).body if isinstance(node, ast.ClassDef)}
        if written and not name.startswith(f"{NAME}.trainer."):
            yield from (getattr(importlib.import_module(name), class_) for class_ in written)


def used_names() -> set[str]:
    """Returns the private names of libraries that the server uses: those it never defines, and those it inherits."""
    trees = [tree_of(path) for path in modules().values()]
    strange = {name for tree in trees for name in private_names(tree)} - defined_names(trees)
    return strange | {name for class_ in own_classes() for name in inherited_names(class_)}


OVERRIDDEN = {"_post_process_eval_step", "_post_process_train_step"}
"""The private methods that a class of the trainer overrides, which is not imported."""


def test_every_used_name_is_listed():
    listed = PRIVATE_NAMES.keys() - OVERRIDDEN

    assert used_names() - STANDARD == listed


@pytest.mark.parametrize("name", PRIVATE_NAMES)
def test_a_listed_name_still_exists(name: str):
    assert PRIVATE_NAMES[name](), f"the library has no {name} any more"


def test_the_trainer_overrides_private_methods():
    assert private_names(tree_of(PACKAGE / "trainer" / "training" / "trainer.py")) >= OVERRIDDEN


class Opened(aiosqlite.Connection):
    """A class that uses a private name."""

    def thread(self) -> Any:
        """Returns the connection's own."""
        return self._conn


def test_a_name_that_a_class_inherits_is_found():
    assert inherited_names(Opened) == {"_conn"}


def test_a_name_of_a_foreign_object_is_found():
    tree = ast.parse("from lib._inner import thing\ncount = pool._queue.size()\nself._own = 1")

    assert private_names(tree) - defined_names([tree]) == {"_inner", "_queue"}
