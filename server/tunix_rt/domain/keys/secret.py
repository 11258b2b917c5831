"""Secrets of keys: 256 random bits after a prefix by which people recognise a key. Only their hashes are stored."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from tunix_rt.domain.text import sha256

START = "trt"
PREFIX_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
"""Letters and digits that are not mistaken for each other."""
PREFIX_CHARS = 8
SECRET_BYTES = 32
PREFIX = rf"{START}_[a-z0-9]{{{PREFIX_CHARS}}}"
"""The form of a prefix, as a regular expression."""
SECRET = re.compile(rf"({PREFIX})_[0-9a-f]{{{2 * SECRET_BYTES}}}", re.ASCII)


@dataclass(frozen=True)
class NewSecret:
    """A secret, which is shown once.

    Args:
        text: the secret.
        prefix: its first characters, which are not secret.
    """

    text: str = field(repr=False)
    prefix: str

    @property
    def sha256(self) -> str:
        """The hash that is stored."""
        return secret_hash(self.text)


def new_secret() -> NewSecret:
    """Returns a new random secret."""
    prefix = f"{START}_{''.join(secrets.choice(PREFIX_ALPHABET) for _ in range(PREFIX_CHARS))}"
    return NewSecret(f"{prefix}_{secrets.token_bytes(SECRET_BYTES).hex()}", prefix)


def prefix_of(secret: str) -> str | None:
    """Returns the prefix of a secret; None if a text does not have the form of a secret."""
    found = SECRET.fullmatch(secret)
    return found[1] if found else None


def secret_hash(secret: str) -> str:
    """Returns the SHA-256 of a secret. A slow hash would add nothing: 256 random bits cannot be guessed."""
    return sha256(secret.encode())
