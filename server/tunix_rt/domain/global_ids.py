"""Global ids: base64url of ``Type:uuid``. Arguments that take an id also accept a bare UUID."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Iterator, Sequence

from tunix_rt.domain.text import clip, path_text
from tunix_rt.errors import BadId, BadUserInput, PathPart

ID_MAX_CHARS = 128
UUID_CHARS = 36


def global_id(type_name: str, value: uuid.UUID) -> str:
    """Returns the opaque id of a row.

    Base64 of letters, digits, colons and dashes contains neither ``+`` nor ``/``, so plain base64 is base64url.
    """
    return binascii.b2a_base64(f"{type_name}:{value}".encode(), newline=False).decode().rstrip("=")


def global_ids(type_name: str, values: Sequence[uuid.UUID]) -> list[str]:
    """Returns ``global_id`` of each row.

    A text of whole groups of three bytes is encoded without padding, so all of them are encoded at once.
    """
    length = len(type_name) + 1 + UUID_CHARS
    if length % 3:
        return [global_id(type_name, value) for value in values]
    texts = "".join(texts_of(type_name, values))
    encoded, size = binascii.b2a_base64(texts.encode(), newline=False).decode(), length // 3 * 4
    return [encoded[start : start + size] for start in range(0, len(encoded), size)]


def texts_of(type_name: str, values: Sequence[uuid.UUID]) -> list[str]:
    """Returns ``Type:uuid`` for each row, with the digits of all ids in one text: ``str`` of an id takes twice as long.

    Ids of PostgreSQL's driver have a faster ``str``.
    """
    if not values or type(values[0]) is not uuid.UUID:
        return [f"{type_name}:{value}" for value in values]
    digits = b"".join([value.bytes for value in values]).hex()
    return [
        f"{type_name}:{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-{digits[at + 12 : at + 16]}-"
        f"{digits[at + 16 : at + 20]}-{digits[at + 20 : at + 32]}"
        for at in range(0, len(digits), 32)
    ]


def parse_global_id(text: str) -> tuple[str, uuid.UUID] | None:
    """Returns the type and the UUID of a global id; None if the text is not one."""
    if len(text) > ID_MAX_CHARS:
        return None
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        type_name, _, value = decoded.partition(":")
        return type_name, uuid.UUID(value)
    except ValueError:
        return None


def uuid_of(text: str, type_name: str, path: tuple[PathPart, ...] = ("id",)) -> uuid.UUID:
    """Returns the UUID of a row of one type, from its global id or its bare UUID.

    Raises:
        BadId: the text is neither, or an id of another type.
    """
    parsed = parse_global_id(text)
    if parsed is None:
        parsed = (type_name, bare_uuid(text, type_name, path))
    if parsed[0] != type_name:
        raise BadId(
            f"The id of {with_article(type_name)} is required; this is the id of {with_article(clip(parsed[0]))}.", path
        )
    return parsed[1]


def bare_uuid(text: str, type_name: str, path: tuple[PathPart, ...]) -> uuid.UUID:
    """Parses a bare UUID; raises as ``uuid_of`` does."""
    try:
        if len(text) <= ID_MAX_CHARS:
            return uuid.UUID(text)
    except ValueError:
        pass
    raise BadId(f"{clip(text, 40)!r} is neither the id of {with_article(type_name)} nor a UUID.", path)


def is_identity(text: str) -> bool:
    """Returns whether a text is an id or a UUID in any of its spellings, and is therefore not taken for a name."""
    if parse_global_id(text) is not None:
        return True
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return len(text) <= ID_MAX_CHARS


def identity_errors(name: str, path: Sequence[PathPart]) -> Iterator[BadUserInput]:
    """Yields an error if a name would be taken for an id or a UUID, so that its object could not be found by it."""
    if is_identity(name):
        yield BadUserInput(f"{path_text(path)} must not be a UUID or an id: it could be mistaken for one.", path)


def with_article(type_name: str) -> str:
    """Returns the name of a type with its article: ``an Export``."""
    return f"{'an' if type_name[:1] in 'AEIO' else 'a'} {type_name}"
