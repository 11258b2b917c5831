"""Objects kept by columns: lists and plans read whole columns, and objects are made only where one is asked for.

A page of rows is a few columns. To make an object of each row, only to read its attributes again, takes longer than
everything else that a page of plain fields needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain
from types import MappingProxyType
from typing import Any, overload


class ObjectColumns(Sequence[Any]):
    """Objects of one class, by the values of their attributes.

    As a sequence it has the objects themselves, made at first use without their constructor.

    Args:
        make: the class.
        size: the number of objects.
        columns: by attribute, a value for each object; ``ObjectColumns`` if these are objects, ``ListColumns`` if they
            are lists of objects.
        ahead: what was read for fields below with the objects, see ``fetching.Ahead``, by the ids of their fetches.
    """

    def __init__(
        self,
        make: type[Any],
        size: int,
        columns: Mapping[str, Sequence[Any]],
        ahead: Mapping[int, Any] = MappingProxyType({}),
    ) -> None:
        self.make: Any = make
        self.size = size
        self.columns = columns
        self.ahead = ahead

    @cached_property
    def objects(self) -> list[Any]:
        """The objects."""
        make, names = self.make, tuple(self.columns)
        made = [make.__new__(make) for _ in range(self.size)]
        for target, values in zip(made, zip(*self.columns.values(), strict=True), strict=bool(names)):
            target.__dict__.update(zip(names, values, strict=True))
        return made

    def values(self, name: str) -> Sequence[Any]:
        """Returns the values of an attribute.

        Raises:
            AttributeError: it was not loaded.
        """
        found = self.columns.get(name)
        if found is not None:
            return found
        if self.size:
            raise AttributeError(name)
        return ()

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[Any]:
        return iter(self.objects)

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.objects[index]


class LazyLists(Sequence[list[Any]]):
    """Lists of objects, made at first use."""

    @cached_property
    def lists(self) -> list[list[Any]]:
        """The lists."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[list[Any]]:
        return iter(self.lists)

    @overload
    def __getitem__(self, index: int) -> list[Any]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[Any]]: ...
    def __getitem__(self, index: int | slice) -> Any:
        return self.lists[index]


class ListColumns(LazyLists):
    """Lists of objects, kept as one longer list.

    Args:
        flat: the objects of all lists, one list after the other.
        lengths: the length of each list.
    """

    def __init__(self, flat: Sequence[Any], lengths: Sequence[int]) -> None:
        self.flat = flat
        self.lengths = lengths

    @cached_property
    def lists(self) -> list[list[Any]]:
        """The lists."""
        return divide(list(self.flat), self.lengths)

    def __len__(self) -> int:
        return len(self.lengths)


class JsonLists(LazyLists):
    """Lists of objects that are stored as JSON, each decoded only if its objects are asked for.

    Args:
        texts: the JSON of each list.
        decode: returns the objects of all lists.
    """

    def __init__(self, texts: Sequence[bytes], decode: Callable[[Sequence[bytes]], list[list[Any]]]) -> None:
        self.texts = texts
        self._decode = decode

    @cached_property
    def lists(self) -> list[list[Any]]:
        """The lists."""
        return self._decode(self.texts)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True)
class JsonForm:
    """A selection of the objects of a list nearly as they are stored: the first key differs, and constants follow.

    The stored JSON is compact, its objects have the same keys in the same order, and their values are scalars. So an
    unescaped quote after a brace begins an object, and nothing else in the text looks like its first key.

    Args:
        stored: the first key in the stored form, with its brace and colon.
        key: the same in the answer.
        end: the members that follow in the answer, each after a comma.
    """

    stored: bytes
    key: bytes
    end: bytes

    def splice(self, text: bytes) -> tuple[bytes, int]:
        """Returns the stored JSON of a list in the form of the answer, and the number of its objects.

        Raises:
            ValueError: it is not stored in this form.
        """
        opening, closing = b"[" + self.stored, b"}]"
        if not (text.startswith(opening) and text.endswith(closing)):
            raise ValueError("The list is stored in another form.")
        inner = text[len(opening) : -len(closing)]
        parts = inner.split(b"}," + self.stored)
        joined = (self.end + b"}," + self.key).join(parts)
        return b"".join((b"[", self.key, joined, self.end, closing)), len(parts)


def join(parts: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """Returns the objects of several parts, by columns if all parts are, whose columns are the same then."""
    if len(parts) == 1:
        return parts[0]
    by_columns = [part for part in parts if isinstance(part, ObjectColumns)]
    if len(by_columns) < len(parts):
        return list(chain.from_iterable(parts))
    names = by_columns[0].columns
    columns = {name: list(chain.from_iterable(part.columns[name] for part in by_columns)) for name in names}
    return ObjectColumns(by_columns[0].make, sum(map(len, parts)), columns)


def divide(flat: list[Any], lengths: Sequence[int]) -> list[list[Any]]:
    """Returns the parts of a list that have these lengths."""
    return [flat[end - length : end] for end, length in zip(accumulate(lengths), lengths, strict=True)]


def attribute_of(objects: Sequence[Any], name: str) -> Sequence[Any]:
    """Returns an attribute of each object."""
    if isinstance(objects, ObjectColumns):
        return objects.values(name)
    return [getattr(found, name) for found in objects]


def optional_attribute_of(objects: Sequence[Any], name: str) -> Sequence[Any]:
    """Returns an attribute of each object, None where it was not set."""
    if isinstance(objects, ObjectColumns):
        return objects.columns.get(name) or [None] * len(objects)
    return [getattr(found, name, None) for found in objects]
