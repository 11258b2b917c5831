"""The JSON Web Token by which Slurm knows its user. Slurm checks it; here only its claims are read."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tunix_rt.errors import Unavailable
from tunix_rt.settings import Settings


class TokenClaims(msgspec.Struct, frozen=True):
    """The claims of a token that concern the server.

    Args:
        sun: the name of the user.
        exp: when the token expires, in seconds since 1970; None for never.
    """

    sun: str = ""
    exp: float | None = None


class SlurmToken:
    """The token of the settings; one in a file is read for each request, since it is replaced before it expires.

    Args:
        read: returns the token.
        clock: the time in seconds since 1970.
    """

    def __init__(self, read: Callable[[], str], user: str = "", clock: Callable[[], float] = time.time) -> None:
        self._read = read
        self._user = user
        self._clock = clock

    def headers(self, cluster: str) -> dict[str, str]:
        """Returns the headers of a request; blocks.

        Args:
            cluster: the cluster, for messages.

        Raises:
            Unavailable: the token cannot be read, or has expired.
        """
        try:
            token = self._read().strip()
        except (OSError, UnicodeError) as error:
            raise Unavailable(f"The token for {cluster} cannot be read ({type(error).__name__}).") from None
        claims = claims_of(token)
        if claims.exp is not None and claims.exp <= self._clock():
            since = datetime.fromtimestamp(claims.exp, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            raise Unavailable(f"The token for {cluster} expired at {since}: replace it.")
        user = self._user or claims.sun
        return {"X-SLURM-USER-TOKEN": token} | ({"X-SLURM-USER-NAME": user} if user else {})


def claims_of(token: str) -> TokenClaims:
    """Returns the claims of a token; no claims if it is not a JSON Web Token. Its signature is not checked."""
    try:
        part = token.split(".")[1]
        found = msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=TokenClaims)
        datetime.fromtimestamp(found.exp or 0, UTC)
    except (IndexError, ValueError, OverflowError, OSError, msgspec.DecodeError):
        return TokenClaims()
    return found


def token_of_settings(settings: Settings) -> SlurmToken:
    """Returns the configured token."""
    if settings.slurm_token:
        return SlurmToken(lambda: settings.slurm_token, settings.slurm_user)
    return SlurmToken(Path(settings.slurm_token_file).read_text, settings.slurm_user)
