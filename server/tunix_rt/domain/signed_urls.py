"""Signed download URLs, valid for one path and a limited time, so that a browser or curl needs no API key."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from tunix_rt.domain.atomic_files import create_atomically
from tunix_rt.errors import Forbidden, Unavailable

SECRET_BYTES = 32


class Signer:
    """Signs and verifies URLs with the secret in a data folder.

    Args:
        lifetime: the validity period of a URL.
    """

    def __init__(self, data_dir: Path, lifetime: timedelta) -> None:
        self._data_dir = data_dir
        self._lifetime = lifetime

    @cached_property
    def _secret(self) -> bytes:
        try:
            return secret_in(self._data_dir)
        except OSError as error:
            raise Unavailable(f"The secret in the data folder cannot be read or created: {error.strerror}.") from error

    def sign(self, path: str, at: datetime, until: datetime | None = None) -> str:
        """Returns a path with its expiry and its signature in the query.

        Args:
            path: the decoded path, the same as in the route.
            until: the time when the file is removed, which limits the URL's lifetime.

        Raises:
            Unavailable: there is no secret, and none can be created.
        """
        end = at + self._lifetime
        expires = int((end if until is None else min(end, until)).timestamp())
        return f"{quote(path)}?expires={expires}&signature={self._url_signature(path, expires)}"

    def check(self, path: str, expires: str, signature: str, at: datetime) -> None:
        """Verifies a URL's signature and expiry.

        Raises:
            Forbidden: the signature is invalid, or the URL has expired.
            Unavailable: there is no secret, and none can be created.
        """
        known = len(expires) < 20 and expires.isdecimal() and expires.isascii()
        if not known or not hmac.compare_digest(
            self._url_signature(path, int(expires)).encode(), signature.encode(errors="replace")
        ):
            raise Forbidden("The download URL is not valid; request a new one.")
        if int(expires) < at.timestamp():
            raise Forbidden("The download URL has expired; request a new one.")

    def _url_signature(self, path: str, expires: int) -> str:
        return self.signature(f"{path}\n{expires}")

    def signature(self, text: str) -> str:
        """Returns the signature of a text.

        Raises:
            Unavailable: there is no secret, and none can be created.
        """
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()


def secret_in(data_dir: Path) -> bytes:
    """Returns the secret of a data folder, which is created at its first use and readable by the owner only.

    Raises:
        OSError: it can neither be read nor created.
        Unavailable: it is too short; with an empty secret, anybody could sign.
    """
    file = data_dir / "secret"
    if not file.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        make_secret(file)
    secret = file.read_bytes()
    if len(secret) < SECRET_BYTES:
        raise Unavailable(
            f"The file `secret` in the data folder must have at least {SECRET_BYTES} bytes; it has {len(secret)}. "
            "Remove it: the server creates a new one, and existing download URLs become invalid."
        )
    return secret


def make_secret(file: Path) -> None:
    """Creates a secret, unless another process has just created one."""
    with contextlib.suppress(FileExistsError):
        create_atomically(file, secrets.token_bytes(SECRET_BYTES))
