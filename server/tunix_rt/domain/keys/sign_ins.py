"""Sign-ins of browsers: a signed token replaces the secret, which the browser need not keep.

A token names the key by the prefix of its secret and is signed with the hash of that secret, so that rotating or
revoking the key ends all its sign-ins. It is valid where the data folder's secret is the same.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tunix_rt.domain.keys.grant import Grant
from tunix_rt.domain.keys.secret import PREFIX
from tunix_rt.domain.signed_urls import Signer

LIFETIME = timedelta(days=30)
"""Longest validity of a sign-in."""
TOKEN = re.compile(rf"({PREFIX})\.([0-9]{{1,11}})\.([0-9a-f]{{64}})", re.ASCII)


@dataclass(frozen=True)
class SignIn:
    """A new sign-in.

    Args:
        grant: the permissions of its key.
        token: proves it, so it is as secret as the key.
        expires_at: when it ends at the latest.
    """

    grant: Grant
    token: str = field(repr=False)
    expires_at: datetime


def new_sign_in(signer: Signer, grant: Grant, sha256: str, at: datetime) -> SignIn:
    """Returns a new sign-in.

    Args:
        sha256: the hash of the key's secret.

    Raises:
        Unavailable: there is no secret to sign with, and none can be created.
    """
    end, issued = at + LIFETIME, int(at.timestamp())
    token = f"{grant.prefix}.{issued}.{signature_of(signer, sha256, issued)}"
    return SignIn(grant, token, end if grant.expires_at is None else min(end, grant.expires_at))


def prefix_in(token: str) -> str | None:
    """Returns the prefix of the secret that a token replaces; None if a text does not have the form of a token."""
    found = TOKEN.fullmatch(token)
    return found[1] if found else None


def is_valid(signer: Signer, token: str, sha256: str, at: datetime) -> bool:
    """Returns whether a token replaces the secret with a hash, and is not too old.

    Raises:
        Unavailable: there is no secret to sign with, and none can be created.
    """
    found = TOKEN.fullmatch(token)
    if found is None:
        return False
    issued = int(found[2])
    is_signed = hmac.compare_digest(signature_of(signer, sha256, issued), found[3])
    return is_signed and at.timestamp() < issued + LIFETIME.total_seconds()


def signature_of(signer: Signer, sha256: str, issued: int) -> str:
    """Returns the signature of a token; its first word keeps it apart from those of URLs, which begin with a slash."""
    return signer.signature(f"sign-in\n{sha256}\n{issued}")
