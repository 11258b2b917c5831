"""The reference of the Python client: a page generated from its signatures and docstrings."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import msgspec

import tunix_rt_client
from tests.tools.site.markdown import page, prose, table

INTRODUCTION = """# Python client

Everything that `tunix_rt_client` exports, from its docstrings. The guide [From a notebook](../guides/notebook.md) shows
how it is used. `AsyncClient`, `AsyncDataset`, `AsyncRun` and the other classes with that prefix have the same methods,
to be awaited."""

SECTION = re.compile(r"^(Args|Raises|Returns|Yields):$", re.MULTILINE)
MODULES = re.compile(r"\b(?:tunix_rt_client(?:\.\w+)*|collections\.abc|typing|pathlib)\.")


def write_client_page(folder: Path) -> None:
    """Writes the page of the Python client."""
    folder.mkdir(parents=True, exist_ok=True)
    classes = [getattr(tunix_rt_client, name) for name in tunix_rt_client.__all__ if exported(name)]
    (folder / "python-client.md").write_text(page(INTRODUCTION, *map(class_section, classes)))


def exported(name: str) -> bool:
    """Returns whether an exported name is described: asynchronous classes have the methods of the others."""
    return not name.startswith(("_", "Async"))


def class_section(kind: type) -> str:
    """Returns a class with its docstring, its fields and its public members."""
    signature = "" if records_fields(kind) or issubclass(kind, Exception) else signature_of(kind, kind.__name__)
    parts = [f"## {kind.__name__}", signature, docstring(kind), fields_of(kind)]
    for name, member in members_of(kind):
        parts += [f"### {kind.__name__}.{name}", signature_of(member, name), docstring(member)]
    return page(*parts).rstrip()


def members_of(kind: type) -> Iterator[tuple[str, Any]]:
    """Yields the documented public methods and properties of a class, inherited ones too, by name."""
    for name, member in inspect.getmembers_static(kind):
        found = member.__func__ if isinstance(member, classmethod | staticmethod) else member
        if name.startswith("_") or not isinstance(found, FunctionType | property) or not inspect.getdoc(found):
            continue
        function = found.fget if isinstance(found, property) else found
        if function is not None and function.__module__.startswith("tunix_rt_client"):
            yield name, found


def signature_of(member: Any, name: str) -> str:
    """Returns the signature of a class, method or property as a block of Python."""
    if isinstance(member, property):
        return f"```python\n{name}: {plain(inspect.signature(member.fget).return_annotation)}\n```"  # type: ignore[arg-type]
    signature = inspect.signature(member)
    if isinstance(member, type):
        signature = signature.replace(return_annotation=inspect.Signature.empty)
    shown = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
    text = f"{name}{plain(signature.replace(parameters=shown))}"
    if len(text) > 100:
        arguments = "".join(f"    {plain(one)},\n" for one in with_marks(shown))
        result = signature.return_annotation
        text = f"{name}(\n{arguments})" + ("" if result is signature.empty else f" -> {plain(result)}")
    return f"```python\n{text}\n```"


def with_marks(parameters: list[inspect.Parameter]) -> Iterator[object]:
    """Yields parameters, with the mark before those that are passed by name only."""
    marked = False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not marked:
            yield "*"
        marked |= one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        yield one


def plain(annotation: object) -> str:
    """Returns an annotation or a parameter without quotes and modules."""
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return MODULES.sub("", re.sub(r"(: |-> )'([^']*)'", r"\1\2", text)).strip("'")


def records_fields(kind: type) -> dict[str, str]:
    """Returns the fields of a record and their types; empty if the class is none."""
    if issubclass(kind, msgspec.Struct):
        names = kind.__struct_fields__
    elif dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
    else:
        return {}
    annotations = {name: text for base in reversed(kind.__mro__) for name, text in annotations_of(base).items()}
    return {name: plain(annotations[name]) for name in names if not name.startswith("_")}


def annotations_of(kind: type) -> dict[str, Any]:
    """Returns the annotations of a class itself, without those of its bases."""
    return inspect.get_annotations(kind)


def fields_of(kind: type) -> str:
    """Returns a table of the fields of a record."""
    return table(("Field", "Type"), ((f"`{name}`", f"`{text}`") for name, text in records_fields(kind).items()))


def docstring(member: Any) -> str:
    """Returns a docstring as Markdown, its sections as lists."""
    text = inspect.getdoc(member) or ""
    head, *sections = SECTION.split(text)
    parts = [prose(code(head))]
    for title, body in zip(sections[::2], sections[1::2], strict=True):
        parts += [f"**{title}**", "\n".join(f"- {prose(code(entry))}" for entry in entries(body))]
    return page(*parts).rstrip()


def code(text: str) -> str:
    """Returns the text of a docstring with Markdown's marks of code."""
    return text.replace("``", "`")


def entries(body: str) -> list[str]:
    """Returns the entries of a docstring's section, each on one line."""
    text = inspect.cleandoc(body)
    return [" ".join(entry.split()) for entry in re.split(r"\n(?=\S)", text) if entry.strip()]
