"""The proxies in front of the server: the client's address and the signed-in user that their headers name.

Headers count only if the request comes from one of the named addresses, since everybody can send them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from tunix_rt.domain.keys.grant import Grant
from tunix_rt.domain.keys.scopes import KeyScope, with_included
from tunix_rt.domain.keys.storage import NAME_MAX_CHARS
from tunix_rt.domain.text import text_errors
from tunix_rt.errors import Unauthenticated
from tunix_rt.http.access.cookie import is_of_own_page
from tunix_rt.setting_values import group_scopes, networks
from tunix_rt.settings import Settings

EVERYBODY = "*"
"""The group of all users that a proxy has signed in."""


@dataclass(frozen=True)
class Proxies:
    """The proxies whose headers count.

    Args:
        addresses: their addresses.
        scopes: the scopes of each group of users; empty if users are not signed in by a proxy.
        user_header: the header with the user's name.
        groups_header: the header with the user's groups, separated by commas.
    """

    addresses: tuple[IPv4Network | IPv6Network, ...] = ()
    scopes: Mapping[str, frozenset[KeyScope]] = field(default_factory=dict)
    user_header: str = ""
    groups_header: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Proxies:
        """Returns the proxies of the settings."""
        scopes = {
            group: with_included(KeyScope(word) for word in words)
            for group, words in group_scopes(settings.proxy_scopes).items()
        }
        addresses = networks(settings.proxy_addresses)
        return cls(addresses, scopes, settings.proxy_user_header, settings.proxy_groups_header)

    def client_address(self, scope: Scope, headers: Headers) -> str | None:
        """Returns the address of the client: the last one in ``X-Forwarded-For`` that is not a proxy's.

        Each proxy appends the address that it sees, so the first ones may be invented.
        """
        address = peer_address(scope)
        forwarded = ",".join(headers.getlist("x-forwarded-for")).split(",") if self.addresses else []
        while forwarded and self._include(address):
            try:
                address = str(ip_address(forwarded.pop().strip()))
            except ValueError:
                break
        return address

    def user(self, scope: Scope, headers: Headers) -> Grant | None:
        """Returns the permissions of the user whom a proxy has signed in; None if no header that counts names one.

        A browser adds the proxy's cookie by itself, so the server's own pages alone count, as for the server's cookie.

        Raises:
            Unauthenticated: the headers are ambiguous, or their text is not valid.
        """
        if not self.scopes or not self._include(peer_address(scope)):
            return None
        names, groups = (self._values(headers, name) for name in (self.user_header, self.groups_header))
        if not any(names) or not is_of_own_page(scope, headers):
            return None
        if len(names) > 1 or len(groups) > 1:
            raise Unauthenticated("The proxy sent a header of the user or of the groups twice.")
        for error in text_errors(names[0], 1, NAME_MAX_CHARS, [self.user_header]):
            raise Unauthenticated(f"The proxy sent a name of a user that is not valid: {error.message}")
        held = {EVERYBODY, *(group.strip() for group in ",".join(groups).split(","))}
        return Grant.of_user(names[0], frozenset().union(*(self.scopes.get(group, ()) for group in held)))

    def _include(self, address: str | None) -> bool:
        """Returns whether an address belongs to a proxy."""
        try:
            found = ip_address(address or "")
        except ValueError:
            return False
        found = getattr(found, "ipv4_mapped", None) or found
        return any(found in network for network in self.addresses)

    def _values(self, headers: Headers, name: str) -> list[str]:
        """Returns the values of a header, which proxies send in UTF-8.

        Raises:
            Unauthenticated: one has another encoding.
        """
        try:
            return [value.encode("latin-1").decode().strip() for value in headers.getlist(name)]
        except UnicodeDecodeError:
            raise Unauthenticated(f"The proxy sent {name} in another encoding than UTF-8.") from None


def peer_address(scope: Scope) -> str | None:
    """Returns the address at the other end of the connection; None if it has none, as over a Unix socket."""
    client = scope.get("client")
    return client[0] if client else None
